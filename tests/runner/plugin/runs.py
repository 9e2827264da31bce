"""Running the numbers job in this process, and looking at what it left."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pimjob_api.outcome import Outcome
from pimjob_runner.engine import schema
from pimjob_runner.engine.checkpoint import Checkpoint, utc_now
from pimjob_runner.engine.control import Control
from pimjob_runner.engine.progress import JobProgress, StepProgress
from pimjob_runner.engine.take_over import JobIdentity, take_over
from pimjob_runner.launch import Launch, run
from pimjob_runner.stores.database import Database
from pimjob_runner.stores.url import open_database

Hook = Callable[[JobProgress], None]


@dataclass
class Job:
    """One job on one database; `run` is one attempt of it."""

    database_url: str
    files_root: Path
    id: str = "4a5f"
    type: str = "numbers"
    parameters: dict[str, Any] = field(default_factory=lambda: {"count": 100, "chunk": 10})
    attempts: int = 0
    ended_from_outside: frozenset[int] = frozenset()
    reports: list[JobProgress] = field(default_factory=list)

    def run(
        self,
        *,
        control: Control | None = None,
        on_report: Hook | None = None,
        attempt: int = 0,
        connect: Callable[[str], Database] = open_database,
    ) -> Outcome:
        self.attempts = attempt or self.attempts + 1

        def listen(progress: JobProgress) -> None:
            self.reports.append(progress)
            if on_report is not None:
                on_report(progress)

        return run(self.launch(), control or Control(), listen, connect)

    def launch(self) -> Launch:
        return Launch(
            id=self.id,
            namespace="pim",
            name="numbers",
            spec={"type": self.type, "parameters": self.parameters, "user": "julia"},
            attempt=self.attempts,
            holder="pod",
            database_url=self.database_url,
            files_root=self.files_root,
            ended_from_outside=self.ended_from_outside,
        )

    def run_until(self, processed: int, action: Callable[[Control], None]) -> Outcome:
        """Run an attempt that does `action` once `processed` numbers are committed."""
        control = Control()

        def act(progress: JobProgress) -> None:
            if progress.processed >= processed:
                action(control)

        return self.run(control=control, on_report=act)

    @property
    def last(self) -> JobProgress:
        return self.reports[-1]

    @property
    def write(self) -> Any:
        """Progress of the item step."""
        return next(step for step in self.last.steps if step.name == "write")

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        database = open_database(self.database_url)
        try:
            return database.query(sql, values)
        finally:
            database.close()

    def execute(self, sql: str, *values: Any) -> None:
        database = open_database(self.database_url)
        try:
            with database.transaction() as transaction:
                transaction.execute(sql, values)
        finally:
            database.close()

    def numbers(self) -> list[int]:
        return [
            n for (n,) in self.query("SELECT n FROM number WHERE job_id = ? ORDER BY n", self.id)
        ]

    def runs_of(self, tasklet: str) -> int:
        path = self.files_root / "executions" / self.id / f"{tasklet}.runs"
        return len(path.read_text().splitlines()) if path.exists() else 0


def stop(control: Control) -> None:
    control.desire("Stopped")


def pause(control: Control) -> None:
    control.desire("Paused")


def make_room(control: Control) -> None:
    control.gate(closed=True)


def terminate(control: Control) -> None:
    control.terminate()


def begin(database: Database, step: str, *, attempt: int = 1) -> Checkpoint:
    """Take job 1 of a single step over, without running it."""
    schema.prepare(database)
    identity = JobIdentity(
        id="1",
        namespace="pim",
        name="numbers",
        type="numbers",
        label=None,
        user=None,
        parameters="{}",
        attempt=attempt,
        holder="pod",
        runner_version="1",
    )
    planned = [StepProgress(step, step.capitalize(), 0)]
    return take_over(database, identity, "plan", planned, utc_now)
