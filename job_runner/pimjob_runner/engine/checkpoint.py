"""The checkpoint: progress, committed under the epoch of the attempt that holds the job.

Every statement that changes a job runs in a transaction that begins with
an update of the job's row that matches only the caller's epoch. It locks the row
until the commit, so of two live attempts one waits, then matches nothing, and leaves.
"""

import json
import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from pimjob_runner.engine.errors import SupersededError
from pimjob_runner.engine.first_items import Stored
from pimjob_runner.engine.output_parts import forget_parts
from pimjob_runner.engine.progress import StepProgress
from pimjob_runner.engine.suspicion import stored
from pimjob_runner.engine.warning_bounds import bounded
from pimjob_runner.sdk import ArtifactFile, ItemWarning
from pimjob_runner.stores.conflicts import retried
from pimjob_runner.stores.database import Database, Transaction

Clock = Callable[[], datetime]
_R = TypeVar("_R")


def utc_now() -> datetime:
    """Return the time, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


class Checkpoint:
    """The stored state of one job, held under one epoch."""

    def __init__(
        self,
        *,
        database: Database,
        job_id: str,
        epoch: int,
        parameters: str,
        steps: list[StepProgress],
        artifacts: list[ArtifactFile],
        clock: Clock,
    ) -> None:
        self.epoch = epoch
        self.parameters = parameters
        self.steps = steps
        self.artifacts = artifacts
        self._database = database
        self._job_id = job_id
        self._clock = clock

    def commit(self, work: Callable[[Transaction], _R]) -> _R:
        """Do `work` in one fenced transaction, again where another one gets in the way.

        What it changes in memory must come out the same however often it is done. Raises
        SupersededError, and ConflictError if there was no end to it.
        """
        return retried(lambda: self.commit_once(work))

    def commit_once(self, work: Callable[[Transaction], _R]) -> _R:
        """Do `work` in one fenced transaction. Raises SupersededError and ConflictError."""
        with self._database.transaction() as transaction:
            self._fence(transaction)
            return work(transaction)

    def _fence(self, transaction: Transaction) -> None:
        """Lock the job's row; raise SupersededError unless the epoch is still ours."""
        matched = transaction.execute(
            "UPDATE job_execution SET heartbeat_at = ? WHERE id = ? AND epoch = ?",
            (text_of(self._clock()), self._job_id, self.epoch),
        )
        if matched != 1:
            raise SupersededError(
                f"Epoch {self.epoch} of job {self._job_id} has been taken over by another attempt."
            )

    def save(self, transaction: Transaction, step: StepProgress) -> None:
        """Store a step's progress. Part of a `commit`."""
        transaction.execute(
            "UPDATE step_execution SET phase = ?, position = ?, total = ?, processed = ?,"
            " counters = ?, warnings = ?, active_ms = ?, rate = ?, header = ?,"
            " started_at = ?, ended_at = ? WHERE job_id = ? AND name = ?",
            (
                step.phase.value,
                None if step.position is None else json.dumps(step.position),
                step.total,
                step.processed,
                json.dumps(step.counters, sort_keys=True),
                step.warnings,
                math.ceil(step.active_seconds * 1000),  # never less than was shown
                step.rate,
                step.preamble,
                text_of(step.started_at),
                text_of(step.ended_at),
                self._job_id,
                step.name,
            ),
        )

    def save_suspicion(self, transaction: Transaction, step: StepProgress) -> None:
        """Store what is suspected of a step. Part of a `commit`."""
        transaction.execute(
            "UPDATE step_execution SET suspicion = ? WHERE job_id = ? AND name = ?",
            (stored(step.suspicion), self._job_id, step.name),
        )

    def add_warnings(
        self, transaction: Transaction, step: StepProgress, warnings: Sequence[ItemWarning]
    ) -> None:
        """Count warnings, and store as many of them as are kept. Part of a `commit`."""
        if not warnings:
            return
        found = bounded(warnings, step.stored_warnings)
        own, first = (self._job_id, step.name), step.warnings
        transaction.execute_many(
            "INSERT INTO item_warning"
            " (job_id, step, seq, line, column_name, value, reason, record, more)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (*own, first + n, w.line, w.column, w.value, w.reason, w.record, w.more or None)
                for n, w in found.kept
            ],
        )
        step.warnings += found.count
        step.stored_warnings += len(found.kept)
        step.sample([warning for _, warning in found.kept])

    def stored_warnings(self, step: str) -> list[Stored]:
        """Read the warnings of a step, in order."""
        rows = self._database.query(
            "SELECT line, column_name, reason, record IS NOT NULL FROM item_warning"
            " WHERE job_id = ? AND step = ? ORDER BY seq",
            (self._job_id, step),
        )
        return [Stored(*row) for row in rows]

    def add_artifacts(self, transaction: Transaction, artifacts: Sequence[ArtifactFile]) -> None:
        """Store files to show. Part of a `commit`."""
        for artifact in artifacts:
            transaction.execute(
                "INSERT INTO artifact (job_id, kind, name, path) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (job_id, name) DO UPDATE"
                " SET kind = excluded.kind, path = excluded.path",
                (self._job_id, artifact.kind, artifact.name, str(artifact.path)),
            )
            self.artifacts = [a for a in self.artifacts if a.name != artifact.name]
            self.artifacts.append(artifact)

    def end(self, phase: str, reason: str) -> None:
        """Store how this attempt left the job, fenced like everything else.

        Parts of its output count no more if it cannot go on.
        """
        ended = text_of(self._clock()) if phase in {"Completed", "Stopped", "Failed"} else None

        def save(transaction: Transaction) -> None:
            transaction.execute(
                "UPDATE job_execution SET phase = ?, reason = ?, ended_at = ? WHERE id = ?",
                (phase, reason, ended, self._job_id),
            )
            if phase in {"Completed", "Stopped"}:
                forget_parts(transaction, self._job_id)

        self.commit(save)


def text_of(time: datetime | None) -> str | None:
    """Return a time as it is stored."""
    return None if time is None else time.isoformat()


def time_of(text: str | None) -> datetime | None:
    """Read a stored time."""
    return None if text is None else datetime.fromisoformat(text)
