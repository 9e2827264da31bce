"""A job of a type, run in this process, and what it leaves."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from pimjob_api.outcome import Outcome
from pimjob_runner.engine import schema
from pimjob_runner.engine.control import Control
from pimjob_runner.engine.engine import Listener
from pimjob_runner.engine.progress import JobProgress
from pimjob_runner.launch import Launch, run
from pimjob_runner.sdk import Database, ItemStep, JobType, Tasklet
from pimjob_runner.stores.url import open_database

NO_PARAMETERS: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Left:
    """What a job has left in the database and in its files, but for times and paths."""

    phase: str
    reason: str
    counters: dict[str, dict[str, int]]
    """By step, those that are there."""
    warnings: list[tuple[Any, ...]]
    """Step, line, column, value, reason and record."""
    files: dict[str, bytes] = field(repr=False)
    """Its artifacts, by name."""


@dataclass(frozen=True, kw_only=True)
class TestedJob:
    """One job on one database and one files volume."""

    __test__ = False
    """It is no class of tests, whatever pytest thinks of its name."""

    job_type: JobType
    parameters: Mapping[str, Any]
    """As in `spec.parameters`."""
    files_root: Path
    database_url: str
    id: str

    def run(
        self,
        attempt: int = 1,
        *,
        control: Control | None = None,
        connect: Callable[[str], Database] = open_database,
        listener: Listener | None = None,
    ) -> Outcome:
        """Run an attempt. What comes out as an exception is a crash of the attempt."""
        launch = Launch(
            id=self.id,
            namespace="tests",
            name=self.id,
            spec={"type": self.job_type.name, "parameters": dict(self.parameters)},
            attempt=attempt,
            holder="tests",
            database_url=self.database_url,
            files_root=self.files_root,
        )
        return run(
            launch,
            control or Control(),
            listener or _ignore,
            connect,
            find=lambda _name: self.job_type,
        )

    @contextmanager
    def database(self) -> Iterator[Database]:
        """Open its database, with all tables that the type needs."""
        database = open_database(self.database_url)
        try:
            schema.prepare(database)
            self.job_type.prepare(database)
            yield database
        finally:
            database.close()

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask its database."""
        with self.database() as database:
            return database.query(sql, values)

    def left(self) -> Left:
        """Return what it has left so far."""
        with self.database() as database:
            jobs = database.query("SELECT phase, reason FROM job_execution WHERE id = ?", [self.id])
            steps = database.query(
                "SELECT name, counters FROM step_execution WHERE job_id = ? ORDER BY ordinal",
                [self.id],
            )
            warnings = database.query(
                "SELECT step, line, column_name, value, reason, record FROM item_warning"
                " WHERE job_id = ? ORDER BY step, seq",
                [self.id],
            )
            files = database.query("SELECT name, path FROM artifact WHERE job_id = ?", [self.id])
        phase, reason = jobs[0] if jobs else ("", "")
        return Left(
            phase=phase,
            reason=reason or "",
            counters={name: msgspec.json.decode(found) for name, found in steps},
            warnings=warnings,
            files={name: Path(path).read_bytes() for name, path in files},
        )


def fresh_job(
    job_type: JobType,
    folder: Path,
    parameters: Mapping[str, Any] = NO_PARAMETERS,
    *,
    database_url: str | None = None,
    job_id: str = "job",
) -> TestedJob:
    """Return a job in a new folder, on a database of its own (SQLite) or on a given one."""
    files_root = folder / "files"
    files_root.mkdir(parents=True)
    return TestedJob(
        job_type=job_type,
        parameters=parameters,
        files_root=files_root,
        database_url=database_url or f"sqlite:///{folder / 'catalog.db'}",
        id=job_id,
    )


def type_of(
    step: ItemStep | Tasklet, parameters: type[Any], prepare: Callable[[Database], None]
) -> JobType:
    """Return a job type of a single step, to test that alone."""
    return JobType(
        name="tested_step",
        label=step.label,
        kind="test",
        parameters=parameters,
        steps=lambda _parameters: [step],
        prepare=prepare,
    )


def _ignore(_progress: JobProgress) -> None:
    """Nobody listens."""
