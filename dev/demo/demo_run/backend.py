"""Where the jobs run: a cluster, or processes on this machine."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from demo_run.jobs import DemoJob, Status


class DemoError(Exception):
    """The demo cannot go on; the message says why and what to do."""


class Backend(Protocol):
    """Runs jobs and tells about them."""

    def prepare(self, catalogue: Path) -> None:
        """Make the catalogue's files readable for the jobs; end what an earlier demo left."""

    def start(self, job: DemoJob) -> str:
        """Start a job and return its name."""

    def look(self, names: Mapping[str, DemoJob]) -> dict[str, Status]:
        """Return the status of each job by its name, empty while there is none."""

    def database(self) -> Path | None:
        """Return a SQLite file to read, None if there is none yet. Only between jobs."""

    def artifact(self, url: str) -> bytes:
        """Return the content of a job's file."""

    def explain(self, name: str) -> str:
        """Return all that helps to see why a job did not end as expected."""

    def next_commands(self) -> list[tuple[str, str]]:
        """Return (what it does, command) to try next."""

    def close(self) -> None:
        """End what was started for looking only."""
