"""A catalogue that is made once and copied for each meeting."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from pimjob_api.phases import OutcomeKind
from support.meetings.job import Job, Place


@dataclass(frozen=True)
class Ground:
    """The catalogue, and where its copies go."""

    place: Place
    folder: Path

    @contextmanager
    def copy(self) -> Iterator[Place]:
        """Yield a copy; it is gone afterwards."""
        name = f"meeting_{uuid.uuid4().hex[:12]}"
        files = self.folder / name
        files.mkdir()
        make = sqlite_copy if self.place.is_sqlite else _postgres_copy
        try:
            with make(self.place.url, name, files) as url:
                yield Place(url, files)
        finally:
            shutil.rmtree(files)


def ground(place: Place, folder: Path, jobs: list[Job]) -> Ground:
    """Make a catalogue by imports that have nobody beside them."""
    for job in jobs:
        outcome = place.attempt(job)
        assert outcome.kind is OutcomeKind.COMPLETED, outcome
    refused = place.query("SELECT job_id, line, column_name, reason FROM item_warning")
    assert not refused, refused
    return Ground(place, folder)


@contextmanager
def sqlite_copy(url: str, _name: str, folder: Path) -> Iterator[str]:
    """Copy a SQLite file that nobody has open."""
    source = Path(url.removeprefix("sqlite:///"))
    assert not source.with_name(f"{source.name}-wal").exists(), "somebody has it open"
    shutil.copyfile(source, folder / "catalog.db")
    yield f"sqlite:///{folder / 'catalog.db'}"


@contextmanager
def _postgres_copy(url: str, name: str, _folder: Path) -> Iterator[str]:
    parts = urlsplit(url)
    administration = parts._replace(path="/postgres").geturl().replace(":/", ":///", 1)
    template = parts.path.removeprefix("/")
    with psycopg.connect(administration, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
    try:
        yield url.replace(template, name, 1)
    finally:
        with psycopg.connect(administration, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
