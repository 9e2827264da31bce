"""Helm, and what it makes of the chart."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.helm import CHART, Helm, Render, program


@pytest.fixture(scope="session")
def helm() -> Helm:
    """Run helm; what it says is in the answer, whether it fails or not."""
    command = program()

    def run(*arguments: str | Path, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [command, *arguments], input=stdin, capture_output=True, text=True, check=False
        )

    return run


@pytest.fixture(scope="session")
def render(helm: Helm) -> Render:
    """Return the objects that the chart makes of values."""

    def rendered(
        values: dict[str, Any] | None = None, *arguments: str, chart: Path = CHART
    ) -> list[dict[str, Any]]:
        release = ("pimjobs", chart, "--namespace", "pim")
        done = helm("template", *release, "--values=-", *arguments, stdin=json.dumps(values or {}))
        assert done.returncode == 0, done.stderr
        return [document for document in yaml.safe_load_all(done.stdout) if document]

    return rendered
