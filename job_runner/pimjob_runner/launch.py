"""From a PimJob's spec to a running engine: what an attempt and a local run share."""

import gc
import hashlib
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from pimjob_api.outcome import Outcome
from pimjob_api.phases import OutcomeKind
from pimjob_runner.engine import schema
from pimjob_runner.engine.checkpoint import Checkpoint, utc_now
from pimjob_runner.engine.control import Control
from pimjob_runner.engine.engine import Engine, Listener
from pimjob_runner.engine.errors import SupersededError
from pimjob_runner.engine.plan import plan_of
from pimjob_runner.engine.progress import StepProgress
from pimjob_runner.engine.take_over import JobIdentity, is_known, take_over
from pimjob_runner.registry import job_type
from pimjob_runner.sdk import CheckpointUnreadableError, JobFailedError, JobType
from pimjob_runner.stores.conflicts import retried
from pimjob_runner.stores.database import Database
from pimjob_runner.stores.errors import DatabaseMisconfiguredError
from pimjob_runner.stores.url import open_database

log = logging.getLogger(__name__)

_VALUE = re.compile(r"^(Invalid (?:enum )?value) .*?(?= - at |$)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Launch:
    """One job to run. `spec` is a PimJob's spec as decoded JSON."""

    id: str
    namespace: str
    name: str
    spec: dict[str, Any]
    attempt: int
    holder: str
    database_url: str
    files_root: Path
    ended_from_outside: frozenset[int] = frozenset()
    """Numbers of attempts that were ended by nothing they did, as far as is known."""


def files_root(url: str) -> Path:
    """Return the folder of a files URL: `file:///data` is /data."""
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc or not parts.path:
        raise JobFailedError(
            "FilesMisconfigured", f"PIMJOB_FILES_URL must look like file:///data, not {url!r}."
        )
    return Path(unquote(parts.path))


def run(
    launch: Launch,
    control: Control,
    listener: Listener,
    connect: Callable[[str], Database] = open_database,
    urgent: Listener | None = None,
    *,
    find: Callable[[str], JobType] = job_type,
) -> Outcome:
    """Run one attempt to its outcome. An exception that comes out is a crash.

    `urgent` is told what has to be reported at once, because the attempt may not live
    until the next report. `find` returns the type of a name, or raises JobFailedError.
    """
    try:
        database = connect(launch.database_url)
        try:
            found = partial(_job_type, database, launch, find)
            return _run(
                database,
                launch,
                found,
                control=control,
                listener=listener,
                urgent=urgent or listener,
            )
        finally:
            database.close()
    except SupersededError as error:
        return Outcome(kind=OutcomeKind.SUPERSEDED, reason="Superseded", message=str(error))
    except CheckpointUnreadableError as error:
        return Outcome(
            kind=OutcomeKind.CHECKPOINT_UNREADABLE,
            reason="CheckpointUnreadable",
            message=str(error),
        )
    except JobFailedError as error:
        return Outcome(kind=OutcomeKind.FAILED, reason=error.reason, message=str(error))
    except DatabaseMisconfiguredError as error:
        return Outcome(kind=OutcomeKind.FAILED, reason="DatabaseMisconfigured", message=str(error))


def _run(
    database: Database,
    launch: Launch,
    find: Callable[[], JobType],
    *,
    control: Control,
    listener: Listener,
    urgent: Listener,
) -> Outcome:
    schema.prepare(database)
    found = find()
    control.allow(stoppable=found.stoppable, pausable=found.pausable)
    found.prepare(database)
    checkpoint = _take_over(database, launch, found)
    log.info("attempt %d of %s holds epoch %d", launch.attempt, launch.name, checkpoint.epoch)
    engine = _engine(
        database, launch, found, checkpoint, control=control, listener=listener, urgent=urgent
    )
    # Chunks are many small objects without cycles: looking for some in all of them,
    # again and again, takes a fifth of an import's time.
    gc.freeze()
    gc.set_threshold(100_000, 50, 1_000)
    outcome = engine.run()
    engine.tell()
    return outcome


def _job_type(database: Database, launch: Launch, find: Callable[[str], JobType]) -> JobType:
    """Find the type and check the parameters.

    A job that has begun was understood by some image: then it is this image that
    is too old or too new, and the job waits for another one instead of failing.
    """
    try:
        found = find(launch.spec["type"])
        _decode(found, _frozen(launch))
    except JobFailedError as error:
        if is_known(database, launch.id):
            raise CheckpointUnreadableError(f"The job has begun, but: {error}") from error
        raise
    return found


def _take_over(database: Database, launch: Launch, found: JobType) -> Checkpoint:
    steps = found.steps(_decode(found, _frozen(launch)))
    planned = [StepProgress(s.name, s.label, ordinal) for ordinal, s in enumerate(steps)]
    identity, plan = _identity(launch), plan_of(found, steps)
    return retried(lambda: take_over(database, identity, plan, planned, utc_now))


def _engine(
    database: Database,
    launch: Launch,
    found: JobType,
    checkpoint: Checkpoint,
    *,
    control: Control,
    listener: Listener,
    urgent: Listener,
) -> Engine:
    # The parameters of the first attempt: what was launched is what runs.
    parameters = _decode(found, checkpoint.parameters)
    return Engine(
        job_id=launch.id,
        steps=found.steps(parameters),
        parameters=parameters,
        database=database,
        checkpoint=checkpoint,
        control=control,
        listener=listener,
        urgent=urgent,
        files_root=launch.files_root,
        folder=launch.files_root / "executions" / folder_name(launch.id),
        clock=utc_now,
    )


def _frozen(launch: Launch) -> str:
    """Return the parameters as canonical JSON, as they are kept in the checkpoint."""
    return msgspec.json.encode(launch.spec.get("parameters") or {}, order="sorted").decode()


def _decode(found: JobType, frozen: str) -> Any:
    try:
        return msgspec.json.decode(frozen, type=found.parameters)
    except msgspec.ValidationError as error:
        # Status and logs have more readers than a spec: they name no value.
        what = _VALUE.sub(r"\1", str(error))
        raise JobFailedError("InvalidParameters", f"Parameters of {found.name}: {what}.") from None


def _identity(launch: Launch) -> JobIdentity:
    return JobIdentity(
        id=launch.id,
        namespace=launch.namespace,
        name=launch.name,
        type=launch.spec["type"],
        label=launch.spec.get("label"),
        user=launch.spec.get("user"),
        parameters=_frozen(launch),
        attempt=launch.attempt,
        holder=launch.holder,
        runner_version=version("pimjobs"),
        ended_from_outside=launch.ended_from_outside,
    )


def folder_name(job_id: str) -> str:
    """Return a job's folder in the files volume: its ID, or a digest where that is no file name."""
    if all(c.isalnum() or c == "-" for c in job_id):
        return job_id
    return hashlib.sha256(job_id.encode()).hexdigest()[:32]
