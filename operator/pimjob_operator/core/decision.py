"""What to do about one PimJob: a pure function of the world at one moment."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pimjob_api.phases import ENDED, DesiredState, OutcomeKind, Phase
from pimjob_operator.core.attempts import (
    CRASHED,
    Attempt,
    is_outcome,
    observe_end,
    recorded,
    with_created,
    without_progress,
)
from pimjob_operator.core.observed import ObservedJob, ObservedPod, newest, parse_time
from pimjob_operator.core.world import World

SHORT_SECONDS = 2.0
"""A phase that lasts less needs no write of its own."""
TROUBLE_SECONDS = 3.0
"""How long a pod may take before its events are looked up."""
LOOK_AGAIN_SECONDS = 10.0
LONGEST_BACKOFF_SECONDS = 300.0


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The phase, with why, and what to do. At most one of `create` and `delete` is set."""

    phase: Phase
    reason: str
    message: str
    attempts: tuple[Attempt, ...] = ()
    retry: int = 0
    create: int | None = None
    """Number of the attempt to create."""
    delete: ObservedJob | None = None
    look_up_trouble: bool = False
    again: float | None = None
    """Seconds until it must be decided again, if no event comes first."""
    write: bool = True
    """False while the phase is so young that it may be over before it is read."""
    conditions: dict[str, str] = field(default_factory=dict)


def decide(world: World) -> Decision | None:
    """Return what to do, None if the job has ended and nothing is to be done."""
    phase = world.status.get("phase")
    retry = int(world.spec.get("retry", 0))
    observed_retry = int(world.status.get("observedRetry", 0))
    retried = phase == Phase.FAILED and retry > observed_retry
    if phase in {p.value for p in ENDED} and not retried:
        return None
    attempts = _attempts(world, retry if retried else observed_retry)
    if not attempts:
        return _first(world, retry=retry)
    if attempts[-1].outcome is None:
        return _under_way(world, attempts)
    return _next(world, attempts, retry=retry) if retried else _ended(world, attempts)


def _attempts(world: World, retry: int) -> tuple[Attempt, ...]:
    jobs = {job.number: job for job in world.jobs}
    attempts = with_created(recorded(world.status), world.jobs, retry)
    return tuple(
        observe_end(
            attempt,
            jobs.get(attempt.number),
            world.pods.get(attempt.job, ()),
            reported=world.reported,
            now=world.now,
        )
        for attempt in attempts
    )


def _wants(world: World, state: DesiredState) -> bool:
    """Whether people want this state and the type allows it. A type unknown by now allows all."""
    if world.spec.get("desiredState", DesiredState.RUNNING) != state:
        return False
    if world.job_type is None:
        return True
    allowed = {
        DesiredState.STOPPED: world.job_type.stoppable,
        DesiredState.PAUSED: world.job_type.pausable,
    }
    return allowed[state]


def _first(world: World, *, retry: int) -> Decision:
    """Decide about a job that nothing has been created for."""
    if _wants(world, DesiredState.STOPPED):
        return _stopped((), retry, "Stopped before it started.")
    name = world.spec["type"]
    if world.job_type is None:
        return Decision(
            phase=Phase.QUEUED,
            reason="UnknownType",
            message=f"There is no PimJobType for {name!r}. The job starts when there is one;"
            " list them with: kubectl get pimjobtypes.",
            retry=retry,
        )
    if world.job_type.parameter_errors:
        return Decision(
            phase=Phase.FAILED,
            reason="InvalidParameters",
            message="; ".join(world.job_type.parameter_errors),
            retry=retry,
        )
    if _wants(world, DesiredState.PAUSED):
        return _paused((), retry, "Paused before it started.")
    return _next(world, (), retry=retry)


def _next(world: World, attempts: tuple[Attempt, ...], *, retry: int) -> Decision:
    """Start the next attempt."""
    number = attempts[-1].number + 1 if attempts else 1
    number = max(number, int(world.status.get("attemptCount", 0)) + 1)
    return Decision(
        phase=Phase.STARTING,
        reason="Starting",
        message=f"Attempt {number} is being started.",
        attempts=attempts,
        retry=retry,
        create=number,
        again=TROUBLE_SECONDS,
    )


def _under_way(world: World, attempts: tuple[Attempt, ...]) -> Decision:
    current = attempts[-1]
    job = next((job for job in world.jobs if job.number == current.number), None)
    pod = newest(world.pods.get(current.job, ()))
    running = pod is not None and pod.running_since is not None
    for state, phase in (
        (DesiredState.STOPPED, Phase.STOPPING),
        (DesiredState.PAUSED, Phase.PAUSING),
    ):
        if _wants(world, state):
            return _leaving(world, attempts, job, phase=phase, running=running)
    if pod is not None and pod.running_since is not None:
        return _running(world, attempts, pod.running_since)
    return _starting(world, attempts, pod)


def _leaving(
    world: World,
    attempts: tuple[Attempt, ...],
    job: ObservedJob | None,
    *,
    phase: Phase,
    running: bool,
) -> Decision:
    """Stop or pause an attempt that is under way."""
    retry = attempts[-1].retry
    if not running:
        # Nothing has begun, so there is nobody to wait for.
        return Decision(
            phase=phase,
            reason="NotStarted",
            message="The pod has not started; its Job is being deleted.",
            attempts=attempts,
            retry=retry,
            delete=job,
            write=False,
        )
    asked = _asked_at(world, phase)
    left = world.settings.obey_seconds - (world.now - asked).total_seconds()
    if left <= 0:
        return Decision(
            phase=phase,
            reason="NotObeyed",
            message=f"The runner has not left within {world.settings.obey_seconds:.0f} s; its Job"
            " is being deleted. The last chunk that was not committed is lost, nothing else.",
            attempts=attempts,
            retry=retry,
            delete=job,
        )
    word = "stop" if phase is Phase.STOPPING else "pause"
    return Decision(
        phase=phase,
        reason="Requested",
        message=f"The runner was asked to {word}; it does so after the current chunk.",
        attempts=attempts,
        retry=retry,
        again=left,
    )


def _asked_at(world: World, phase: Phase) -> datetime:
    """When the phase began; now, if this is when it begins."""
    if world.status.get("phase") != phase:
        return world.now
    since = world.status.get("phaseTime")
    return parse_time(since) if since else world.now


def _running(world: World, attempts: tuple[Attempt, ...], since: datetime) -> Decision:
    age = (world.now - since).total_seconds()
    already = world.status.get("phase") == Phase.RUNNING
    reason, message = "Running", f"Attempt {attempts[-1].number} is running."
    if world.spec.get("desiredState") in {DesiredState.STOPPED, DesiredState.PAUSED}:
        word = "stopped" if world.spec["desiredState"] == DesiredState.STOPPED else "paused"
        reason = "NotStoppable" if word == "stopped" else "NotPausable"
        message = f"Jobs of type {world.spec['type']} cannot be {word}; this one goes on."
    return Decision(
        phase=Phase.RUNNING,
        reason=reason,
        message=message,
        attempts=attempts,
        retry=attempts[-1].retry,
        write=already or age >= SHORT_SECONDS,
        again=None if already else max(SHORT_SECONDS - age, 0.1),
    )


def _starting(world: World, attempts: tuple[Attempt, ...], pod: ObservedPod | None) -> Decision:
    current = attempts[-1]
    waiting = (pod.waiting if pod is not None else None) or world.trouble
    age = (world.now - (current.started or world.now)).total_seconds()
    if waiting is not None:
        reason, message = waiting.reason, waiting.message
    else:
        reason, message = "Starting", f"Attempt {current.number} is being started."
    return Decision(
        phase=Phase.STARTING,
        reason=reason,
        message=message or reason,
        attempts=attempts,
        retry=current.retry,
        look_up_trouble=waiting is None and age >= TROUBLE_SECONDS,
        again=LOOK_AGAIN_SECONDS if age >= TROUBLE_SECONDS else TROUBLE_SECONDS - age,
    )


def _ended(  # noqa: PLR0911 - one return per outcome reads as the table it is
    world: World, attempts: tuple[Attempt, ...]
) -> Decision:
    """Decide what follows an attempt that has ended."""
    current = attempts[-1]
    retry = current.retry
    message = current.message or ""
    if is_outcome(current, OutcomeKind.COMPLETED):
        return _end(Phase.COMPLETED, attempts, "Completed", message)
    if is_outcome(current, OutcomeKind.STOPPED) or _wants(world, DesiredState.STOPPED):
        return _stopped(attempts, retry, message or "Stopped on request.")
    if is_outcome(current, OutcomeKind.FAILED):
        return _end(Phase.FAILED, attempts, current.reason or "Failed", message)
    if is_outcome(current, OutcomeKind.CHECKPOINT_UNREADABLE) and current.image == world.image:
        return Decision(
            phase=Phase.PAUSED,
            reason="CheckpointUnreadable",
            message=message,
            attempts=attempts,
            retry=retry,
            conditions={"CheckpointUnreadable": message},
        )
    if _wants(world, DesiredState.PAUSED):
        return _paused(attempts, retry, message or "Paused on request.")
    if is_outcome(current, OutcomeKind.SUPERSEDED) or current.outcome == CRASHED:
        return _after_crash(world, attempts)
    return _next(world, attempts, retry=retry)


def _after_crash(world: World, attempts: tuple[Attempt, ...]) -> Decision:
    current = attempts[-1]
    idle = without_progress(attempts)
    limit = world.settings.attempts_limit
    why = f"{current.reason}: {current.message}" if current.message else str(current.reason)
    if idle >= limit:
        return _end(
            Phase.FAILED,
            attempts,
            "AttemptsExhausted",
            f"{idle} attempts without progress; the last one ended with {why}",
        )
    backoff = min(world.settings.backoff_seconds * 2 ** max(idle - 1, 0), LONGEST_BACKOFF_SECONDS)
    due = (current.ended or world.now) + timedelta(seconds=backoff)
    left = (due - world.now).total_seconds()
    if left <= 0:
        return _next(world, attempts, retry=current.retry)
    return Decision(
        phase=Phase.STARTING,
        reason="BackOff",
        message=f"Attempt {current.number} ended with {why}. The next one starts at"
        f" {due.isoformat(timespec='seconds')}, from the checkpoint.",
        attempts=attempts,
        retry=current.retry,
        again=left,
    )


def _end(phase: Phase, attempts: tuple[Attempt, ...], reason: str, message: str) -> Decision:
    return Decision(
        phase=phase,
        reason=reason,
        message=message,
        attempts=attempts,
        retry=attempts[-1].retry if attempts else 0,
    )


def _stopped(attempts: tuple[Attempt, ...], retry: int, message: str) -> Decision:
    return Decision(
        phase=Phase.STOPPED, reason="Stopped", message=message, attempts=attempts, retry=retry
    )


def _paused(attempts: tuple[Attempt, ...], retry: int, message: str) -> Decision:
    return Decision(
        phase=Phase.PAUSED, reason="Paused", message=message, attempts=attempts, retry=retry
    )
