"""What to do about one PimJob: a pure function of the world at one moment.

`pimjob_api.lifecycle` derives phase and step; here the world is read into a
situation, and the phase gets its reason, a message for people, and its timing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pimjob_api.lifecycle import Course, Situation, Standing, Step, derive
from pimjob_api.phases import ENDED, DesiredState, Phase
from pimjob_operator.core import explain, timing
from pimjob_operator.core.attempts import Attempt, attempts_of, is_unclear
from pimjob_operator.core.gating import gate_of, is_gated, is_outdated
from pimjob_operator.core.image import ImageChoice, choose_image, given_up
from pimjob_operator.core.observed import ObservedJob, Waiting, newest
from pimjob_operator.core.standing import has_begun, standing_of
from pimjob_operator.core.world import World

REFUSED = "Refused"
"""Condition of a job that is asked for what its type does not allow."""
KEPT_JOBS = 3
"""Attempts whose Jobs, and with them the logs of their pods, are kept."""


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
    image: str = ""
    """The image that it runs."""
    delete: ObservedJob | None = None
    prune: tuple[ObservedJob, ...] = ()
    """Jobs of attempts so old that nobody reads their logs."""
    confirm: str | None = None
    """A Job that the cache does not have as it is: read it and its pods, then decide again."""
    look_up_trouble: bool = False
    again: float | None = None
    """Seconds until it must be decided again, if no event comes first."""
    write: bool = True
    """False while the phase is so young that it may be over before it is read."""
    conditions: dict[str, Waiting] = field(default_factory=dict)
    """By type, with why."""
    gate: Mapping[str, Any] | None = None
    """What the current attempt is told: that a release asks it to pause."""

    def summary(self) -> str:
        """Return what is decided, for a log: no text that holds what people have written."""
        does = {
            "create attempt": self.create,
            "delete": self.delete.name if self.delete else None,
            "prune": ", ".join(job.name for job in self.prune) or None,
            "write": True if self.write else None,
            "again in": self.again,
        }
        done = "; ".join(f"{what} {how}" for what, how in does.items() if how is not None)
        return f"{self.phase.value} ({self.reason}): {done or 'nothing to do'}"


def is_over(pimjob: Mapping[str, Any]) -> bool:
    """Whether a PimJob has ended and nobody asks for a retry. Cheap: most events come after."""
    status = pimjob.get("status") or {}
    return status.get("phase") in {phase.value for phase in ENDED} and not _is_retried(
        pimjob["spec"], status
    )


def decide(world: World) -> Decision | None:
    """Return what to do, None if the job has ended and nothing is to be done."""
    if is_over(world.pimjob):
        return None
    retried = _is_retried(world.spec, world.status)
    retry = int(world.spec.get("retry", 0))
    attempts = attempts_of(
        world, retry=retry if retried else int(world.status.get("observedRetry", 0))
    )
    missing = _unconfirmed(world, attempts)
    if missing is not None:
        return _confirm(missing, attempts)
    answered = retry if retried or not attempts else _answered(world, attempts)
    given_up = _given_up(world, attempts)
    situation = replace(_situation(world, attempts, retry=answered), hopeless=given_up is not None)
    course = derive(situation)
    if given_up is not None and course == Course(Phase.STARTING, Step.END):
        attempts = (*attempts[:-1], given_up)
    return _decision(world, attempts, situation, course, answered)


def _is_retried(spec: Mapping[str, Any], status: Mapping[str, Any]) -> bool:
    raised = int(spec.get("retry", 0)) > int(status.get("observedRetry", 0))
    return raised and status.get("phase") == Phase.FAILED


def _answered(world: World, attempts: tuple[Attempt, ...]) -> int:
    """Return the retry that the job answers. Its attempt may have to wait for a gate to open."""
    return max(attempts[-1].retry, int(world.status.get("observedRetry", 0)))


def _unconfirmed(world: World, attempts: tuple[Attempt, ...]) -> str | None:
    """Return the Job of an attempt whose end the cache can't tell: it lacks the Job or its pod."""
    if not attempts or attempts[-1].outcome is not None:
        return None
    current = attempts[-1]
    job = _job(world, current)
    missing = job is None or (job.finished is not None and not world.pods.get(current.job))
    unknown = missing or is_unclear(world, current, job)
    return current.job if unknown and current.job not in world.confirmed else None


def _confirm(job: str, attempts: tuple[Attempt, ...]) -> Decision:
    return Decision(
        phase=Phase.STARTING,
        reason="Confirming",
        message=f"Job {job} is read once more.",
        attempts=attempts,
        confirm=job,
        write=False,
        again=timing.TROUBLE_SECONDS,
    )


def _situation(world: World, attempts: tuple[Attempt, ...], *, retry: int) -> Situation:
    # The attempt that answers this retry may be there already, unrecorded.
    fresh = bool(attempts) and attempts[-1].retry < retry
    return Situation(
        desired=_desired(world, attempts),
        standing=standing_of(world, attempts, fresh=fresh),
        stoppable=world.stoppable,
        pausable=world.pausable,
        begun=has_begun(world, attempts),
        startable=world.job_type is not None,
        overdue=timing.left_to_obey(world) <= 0,
        gated=is_gated(world, attempts),
        outdated=is_outdated(world, attempts),
        yields=world.yields,
    )


def _desired(world: World, attempts: tuple[Attempt, ...]) -> DesiredState:
    """Return what people want. An attempt whose Job is being deleted for a pause leaves first."""
    wanted = DesiredState(world.spec.get("desiredState", DesiredState.RUNNING))
    if wanted is not DesiredState.RUNNING or not attempts or attempts[-1].outcome is not None:
        return wanted
    number, job = attempts[-1].number, _job(world, attempts[-1])
    leaves = job is not None and job.deleting and world.is_pausing(number)
    # What leaves for a release is told by that.
    return DesiredState.PAUSED if leaves and not world.is_asked(number) else wanted


def _given_up(world: World, attempts: tuple[Attempt, ...]) -> Attempt | None:
    """Return the attempt under way as ended, if its image does not come and another one would."""
    if not attempts or attempts[-1].outcome is not None:
        return None
    pod = newest(world.pods.get(attempts[-1].job, ()))
    ended = given_up(world.image, attempts, pod, timing.age(world, attempts[-1]))
    return None if ended is None else replace(ended, ended=world.now.replace(microsecond=0))


def _decision(
    world: World,
    attempts: tuple[Attempt, ...],
    situation: Situation,
    course: Course,
    retry: int,
) -> Decision:
    current = attempts[-1] if attempts else None
    job = None if current is None else _job(world, current)
    pod = None if current is None else newest(world.pods.get(current.job, ()))
    create = _next_number(world, attempts) if course.step is Step.START else None
    choice = choose_image(world.image, attempts)
    why = explain.explain(world, situation, course, attempts, create=create)
    end = job if course.step is Step.END and job is not None and not job.deleting else None
    stuck = situation.standing is Standing.STARTING and course.phase is Phase.STARTING
    return Decision(
        phase=course.phase,
        reason=why.reason,
        message=why.message,
        attempts=attempts,
        retry=retry,
        create=create,
        image=choice.image,
        delete=end,
        prune=_outdated(world, create or (current.number if current else 0)),
        look_up_trouble=stuck and timing.needs_look_up(world, attempts[-1], pod),
        again=timing.again(world, situation, course, attempts, pod),
        write=timing.is_worth_writing(world, situation, course, pod),
        conditions=_conditions(world, situation, course, why, choice),
        gate=gate_of(world, situation, attempts),
    )


def _conditions(
    world: World, situation: Situation, course: Course, why: Waiting, choice: ImageChoice
) -> dict[str, Waiting]:
    found: dict[str, Waiting] = {}
    if course.phase is Phase.PAUSED and situation.standing is Standing.UNREADABLE:
        found["CheckpointUnreadable"] = why
    if choice.instead is not None:
        found["ImageFallback"] = choice.instead
    refused = None if course.phase in ENDED else explain.refusal(world, situation)
    if refused is not None:
        found[REFUSED] = refused
    return found


def _next_number(world: World, attempts: tuple[Attempt, ...]) -> int:
    highest = max([0, *(a.number for a in attempts), *(job.number for job in world.jobs)])
    return max(highest, int(world.status.get("attemptCount", 0))) + 1


def _outdated(world: World, last: int) -> tuple[ObservedJob, ...]:
    # In each decision, not only when an attempt is made: the operator may die before it is done.
    return tuple(job for job in world.jobs if job.number <= last - KEPT_JOBS and not job.deleting)


def _job(world: World, attempt: Attempt) -> ObservedJob | None:
    return next((job for job in world.jobs if job.number == attempt.number), None)
