"""The checkpoint: take a job over, and commit progress under its epoch.

Every statement that changes a job runs in a transaction that begins with
`Checkpoint.fence`: an update of the job's row that matches only the caller's
epoch. It locks the row until the commit, so of two live attempts one waits,
then matches nothing, and leaves.
"""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pimjob_api.phases import StepPhase
from pimjob_runner.engine.errors import CheckpointUnreadableError, SupersededError
from pimjob_runner.engine.plan import plan_hash
from pimjob_runner.engine.progress import WARNING_SAMPLES, StepProgress
from pimjob_runner.engine.schema import CHECKPOINT_SCHEMA
from pimjob_runner.engine.steps import ArtifactFile, ItemWarning
from pimjob_runner.stores.database import Database, Dialect, Transaction

_SELECT = (
    "SELECT epoch, attempt, plan_hash, plan, checkpoint_schema, runner_version, parameters"
    " FROM job_execution WHERE id = ?"
)
_SELECT_FOR_UPDATE: dict[Dialect, str] = {
    # BEGIN IMMEDIATE has locked the whole database already.
    "sqlite": _SELECT,
    "postgresql": _SELECT + " FOR UPDATE",
}

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the time, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True, kw_only=True)
class JobIdentity:
    """Which job this is, and which attempt of it. `id` is the PimJob's UID."""

    id: str
    namespace: str
    name: str
    type: str
    label: str | None
    user: str | None
    parameters: str
    attempt: int
    holder: str
    runner_version: str


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

    def fence(self, transaction: Transaction) -> None:
        """Lock the job's row; raise SupersededError unless the epoch is still ours."""
        matched = transaction.execute(
            "UPDATE job_execution SET heartbeat_at = ? WHERE id = ? AND epoch = ?",
            (_text(self._clock()), self._job_id, self.epoch),
        )
        if matched != 1:
            raise SupersededError(
                f"Epoch {self.epoch} of job {self._job_id} has been taken over by another attempt."
            )

    def save(self, transaction: Transaction, step: StepProgress) -> None:
        """Store a step's progress. The caller has fenced the transaction."""
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
                step.header,
                _text(step.started_at),
                _text(step.ended_at),
                self._job_id,
                step.name,
            ),
        )

    def add_warnings(
        self, transaction: Transaction, step: StepProgress, warnings: Sequence[ItemWarning]
    ) -> None:
        """Store and count warnings. The caller has fenced the transaction."""
        if not warnings:
            return
        transaction.execute_many(
            "INSERT INTO item_warning"
            " (job_id, step, seq, line, column_name, value, reason, record)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (self._job_id, step.name, seq, w.line, w.column, w.value, w.reason, w.record)
                for seq, w in enumerate(warnings, start=step.warnings)
            ],
        )
        step.warnings += len(warnings)
        step.sample(warnings)

    def add_artifacts(self, transaction: Transaction, artifacts: Sequence[ArtifactFile]) -> None:
        """Store files to show. The caller has fenced the transaction."""
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
        """Store how this attempt left the job, fenced like everything else."""
        ended = _text(self._clock()) if phase in {"Completed", "Stopped", "Failed"} else None
        with self._database.transaction() as transaction:
            self.fence(transaction)
            transaction.execute(
                "UPDATE job_execution SET phase = ?, reason = ?, ended_at = ? WHERE id = ?",
                (phase, reason, ended, self._job_id),
            )


def is_known(database: Database, job_id: str) -> bool:
    """Say whether an attempt of this job has ever begun."""
    return bool(database.query("SELECT 1 FROM job_execution WHERE id = ?", (job_id,)))


def take_over(
    database: Database, job: JobIdentity, plan: str, steps: Sequence[StepProgress], clock: Clock
) -> Checkpoint:
    """Make this attempt the only one that may write, and load where the job is.

    Raises SupersededError if a later attempt has been here, and
    CheckpointUnreadableError if the stored plan or schema is not this runner's.
    """
    with database.transaction() as transaction:
        _create(transaction, job, plan, steps, clock)
        (found,) = transaction.query(
            _SELECT_FOR_UPDATE[transaction.dialect],
            (job.id,),
        )
        epoch, attempt, stored_hash, stored_plan, schema, version, parameters = found
        if attempt > job.attempt:
            raise SupersededError(
                f"Attempt {attempt} of job {job.id} has begun; this is {job.attempt}."
            )
        if schema > CHECKPOINT_SCHEMA or stored_hash != plan_hash(plan):
            raise CheckpointUnreadableError(
                f"The checkpoint was written by runner {version} (schema {schema}, plan"
                f" {stored_plan}); this is runner {job.runner_version} (schema"
                f" {CHECKPOINT_SCHEMA}, plan {plan})."
            )
        transaction.execute(
            "UPDATE job_execution SET epoch = ?, attempt = ?, holder = ?, runner_version = ?,"
            " phase = 'Running', reason = NULL, ended_at = NULL, heartbeat_at = ? WHERE id = ?",
            (epoch + 1, job.attempt, job.holder, job.runner_version, _text(clock()), job.id),
        )
        return Checkpoint(
            database=database,
            job_id=job.id,
            epoch=epoch + 1,
            parameters=parameters,
            steps=_load_steps(transaction, job.id),
            artifacts=_load_artifacts(transaction, job.id),
            clock=clock,
        )


def _create(
    transaction: Transaction,
    job: JobIdentity,
    plan: str,
    steps: Sequence[StepProgress],
    clock: Clock,
) -> None:
    now = _text(clock())
    created = transaction.execute(
        "INSERT INTO job_execution (id, namespace, name, type, label, launched_by, parameters,"
        " plan, plan_hash, checkpoint_schema, runner_version, epoch, attempt, holder, phase,"
        " started_at, heartbeat_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, '', 'Starting', ?, ?)"
        " ON CONFLICT (id) DO NOTHING",
        (
            job.id,
            job.namespace,
            job.name,
            job.type,
            job.label,
            job.user,
            job.parameters,
            plan,
            plan_hash(plan),
            CHECKPOINT_SCHEMA,
            job.runner_version,
            now,
            now,
        ),
    )
    if created != 1:
        return
    transaction.execute_many(
        "INSERT INTO step_execution (job_id, name, ordinal, label, phase, processed, counters,"
        " warnings, active_ms) VALUES (?, ?, ?, ?, 'Pending', 0, '{}', 0, 0)",
        [(job.id, step.name, step.ordinal, step.label) for step in steps],
    )


def _load_steps(transaction: Transaction, job_id: str) -> list[StepProgress]:
    rows = transaction.query(
        "SELECT name, label, ordinal, phase, position, total, processed, counters, warnings,"
        " active_ms, rate, header, started_at, ended_at"
        " FROM step_execution WHERE job_id = ? ORDER BY ordinal",
        (job_id,),
    )
    return [_step(transaction, job_id, row) for row in rows]


def _step(transaction: Transaction, job_id: str, row: tuple[Any, ...]) -> StepProgress:
    name, label, ordinal, phase, position, total, processed, counters, warnings, *rest = row
    active_ms, rate, header, started_at, ended_at = rest
    samples = transaction.query(
        "SELECT reason, line, column_name, value FROM item_warning"
        " WHERE job_id = ? AND step = ? AND seq < ? ORDER BY seq",
        (job_id, name, WARNING_SAMPLES),
    )
    return StepProgress(
        name=name,
        label=label,
        ordinal=ordinal,
        phase=StepPhase(phase),
        position=None if position is None else json.loads(position),
        total=total,
        processed=processed,
        counters=json.loads(counters),
        warnings=warnings,
        samples=[ItemWarning(*sample) for sample in samples],
        active_seconds=active_ms / 1000,
        rate=rate,
        header=header,
        started_at=_time(started_at),
        ended_at=_time(ended_at),
    )


def _load_artifacts(transaction: Transaction, job_id: str) -> list[ArtifactFile]:
    rows = transaction.query(
        "SELECT kind, name, path FROM artifact WHERE job_id = ? ORDER BY name", (job_id,)
    )
    return [ArtifactFile(kind, name, Path(path)) for kind, name, path in rows]


def _text(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
