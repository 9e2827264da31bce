"""Fixtures of the runner's tests."""

from pathlib import Path

import pytest
from runs import Job


@pytest.fixture
def job(database_url: str, tmp_path: Path) -> Job:
    """The numbers job on each database: 100 numbers in chunks of ten."""
    return Job(database_url, tmp_path / "files")


@pytest.fixture
def sqlite_job(sqlite_url: str, tmp_path: Path) -> Job:
    """The same where the kind of database makes no difference."""
    return Job(sqlite_url, tmp_path / "files")
