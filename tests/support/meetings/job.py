"""Jobs that meet, and the place where they do: one database and one files volume."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pimjob_api.outcome import Outcome
from pimjob_runner.engine.control import Control
from pimjob_runner.engine.progress import JobProgress
from pimjob_runner.launch import Launch, run
from pimjob_runner.stores.database import Database
from pimjob_runner.stores.url import open_database


@dataclass(frozen=True)
class Job:
    """One import. `text` is its file."""

    name: str
    type: str
    text: str
    parameters: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.name} ({self.type}):\n{self.text}"

    @property
    def rows(self) -> list[str]:
        """Return the lines of the file without the header. No cell has a line break."""
        return self.text.splitlines()[1:]


@dataclass(frozen=True)
class Place:
    """Where jobs meet."""

    url: str
    files: Path

    @property
    def is_sqlite(self) -> bool:
        """Whether there is one writer at a time, whatever the runner does."""
        return self.url.startswith("sqlite:")

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Read what is committed."""
        database = open_database(self.url)
        try:
            return database.query(sql, values)
        finally:
            database.close()

    def attempt(
        self,
        job: Job,
        number: int = 1,
        *,
        control: Control | None = None,
        listener: Callable[[JobProgress], None] = lambda _progress: None,
        connect: Callable[[str], Database] = open_database,
        ended_from_outside: frozenset[int] = frozenset(),
    ) -> Outcome:
        """Run one attempt in this process. An exception is a crash."""
        source = self.files / "in" / f"{job.name}.csv"
        source.parent.mkdir(parents=True, exist_ok=True)
        if not source.exists():
            source.write_text(job.text, encoding="utf-8")
        launch = Launch(
            id=job.name,
            namespace="pim",
            name=job.name,
            spec={
                "type": job.type,
                "parameters": {"source": f"file:///data/in/{source.name}", **job.parameters},
            },
            attempt=number,
            holder=f"{job.name}-{number}",
            database_url=self.url,
            files_root=self.files,
            ended_from_outside=ended_from_outside,
        )
        return run(launch, control or Control(), listener, connect)
