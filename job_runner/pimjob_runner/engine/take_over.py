"""Taking a job over: from here on only this attempt may write, and it knows where the job is."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pimjob_api.phases import StepPhase
from pimjob_runner.engine.checkpoint import Checkpoint, Clock, text_of, time_of
from pimjob_runner.engine.errors import SupersededError
from pimjob_runner.engine.plan import plan_hash
from pimjob_runner.engine.progress import WARNING_SAMPLES, StepProgress
from pimjob_runner.engine.schema import CHECKPOINT_SCHEMA
from pimjob_runner.engine.suspicion import after_death, after_removal, read
from pimjob_runner.sdk import ArtifactFile, CheckpointUnreadableError, ItemWarning
from pimjob_runner.stores.database import Database, Dialect, Transaction
from pimjob_runner.stores.errors import LockedError

HOLDER_SECONDS = 10
"""How long the attempt before may go on holding the job's row: ten chunks of the largest size."""

_SELECT = (
    "SELECT epoch, attempt, plan_hash, plan, checkpoint_schema, runner_version, parameters, phase"
    " FROM job_execution WHERE id = ?"
)
_SELECT_FOR_UPDATE: dict[Dialect, str] = {
    # BEGIN IMMEDIATE has locked the whole database already.
    "sqlite": _SELECT,
    "postgresql": _SELECT + " FOR UPDATE",
}


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
    ended_from_outside: frozenset[int] = frozenset()
    """Attempts before this one that were ended by nothing they did, as far as is known."""


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
    database.name_session(job.id)
    try:
        with database.transaction(lock_seconds=HOLDER_SECONDS) as transaction:
            return _take_over(database, transaction, job, plan=plan, steps=steps, clock=clock)
    except LockedError:
        # An attempt that is alive has committed its chunk by now. One that is frozen, or
        # whose node is away, would keep the job's row for as long as its connection lives.
        if _is_superseded(database, job) or not database.end_sessions(job.id):
            raise
    with database.transaction() as transaction:
        return _take_over(database, transaction, job, plan=plan, steps=steps, clock=clock)


def _is_superseded(database: Database, job: JobIdentity) -> bool:
    found = database.query("SELECT attempt FROM job_execution WHERE id = ?", (job.id,))
    return bool(found) and int(found[0][0]) > job.attempt


def _take_over(
    database: Database,
    transaction: Transaction,
    job: JobIdentity,
    *,
    plan: str,
    steps: Sequence[StepProgress],
    clock: Clock,
) -> Checkpoint:
    _create(transaction, job, plan, steps, clock)
    (found,) = transaction.query(_SELECT_FOR_UPDATE[transaction.dialect], (job.id,))
    epoch, attempt, stored_hash, stored_plan, schema, version, parameters, phase = found
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
        (epoch + 1, job.attempt, job.holder, job.runner_version, text_of(clock()), job.id),
    )
    checkpoint = Checkpoint(
        database=database,
        job_id=job.id,
        epoch=epoch + 1,
        parameters=parameters,
        steps=_load_steps(transaction, job.id),
        artifacts=_load_artifacts(transaction, job.id),
        clock=clock,
    )
    if phase == "Running":
        _suspect(transaction, checkpoint, removed=attempt in job.ended_from_outside)
    return checkpoint


def _suspect(transaction: Transaction, checkpoint: Checkpoint, *, removed: bool) -> None:
    """Note that the attempt before has ended without saying how."""
    for step in checkpoint.steps:
        if step.phase is not StepPhase.COMPLETED:
            before, ended = step.suspicion, checkpoint.epoch - 1
            step.suspicion = (
                after_removal(before, step.processed, ended)
                if removed
                else after_death(before, step.processed)
            )
            checkpoint.save_suspicion(transaction, step)
            break


def _create(
    transaction: Transaction,
    job: JobIdentity,
    plan: str,
    steps: Sequence[StepProgress],
    clock: Clock,
) -> None:
    now = text_of(clock())
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
        " active_ms, rate, header, started_at, ended_at, suspicion"
        " FROM step_execution WHERE job_id = ? ORDER BY ordinal",
        (job_id,),
    )
    return [_step(transaction, job_id, row) for row in rows]


def _step(transaction: Transaction, job_id: str, row: tuple[Any, ...]) -> StepProgress:
    name, label, ordinal, phase, position, total, processed, counters, warnings, *rest = row
    active_ms, rate, preamble, started_at, ended_at, suspicion = rest
    samples = transaction.query(
        "SELECT reason, line, column_name, value, NULL, COALESCE(more, 0) FROM item_warning"
        " WHERE job_id = ? AND step = ? ORDER BY seq LIMIT ?",
        (job_id, name, WARNING_SAMPLES),
    )
    ((stored_warnings,),) = transaction.query(
        "SELECT count(*) FROM item_warning WHERE job_id = ? AND step = ?", (job_id, name)
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
        stored_warnings=stored_warnings,
        samples=[ItemWarning(*sample) for sample in samples],
        active_seconds=active_ms / 1000,
        rate=rate,
        preamble=preamble,
        started_at=time_of(started_at),
        ended_at=time_of(ended_at),
        suspicion=read(suspicion),
    )


def _load_artifacts(transaction: Transaction, job_id: str) -> list[ArtifactFile]:
    rows = transaction.query(
        "SELECT kind, name, path FROM artifact WHERE job_id = ? ORDER BY name", (job_id,)
    )
    return [ArtifactFile(kind, name, Path(path)) for kind, name, path in rows]
