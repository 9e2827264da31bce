"""Why a job is in its phase: one word for machines, a sentence for people."""

from collections.abc import Sequence

from pimjob_api.lifecycle import Course, Situation, Standing, Step, effective, is_held
from pimjob_api.phases import DELETED, DesiredState, Phase
from pimjob_operator.core.attempts import Attempt
from pimjob_operator.core.gating import explain_hold
from pimjob_operator.core.observed import Waiting, newest
from pimjob_operator.core.standing import idle_failures, next_attempt_due
from pimjob_operator.core.world import World


def explain(
    world: World,
    situation: Situation,
    course: Course,
    attempts: Sequence[Attempt],
    *,
    create: int | None,
) -> Waiting:
    """Return reason and message of a phase."""
    if is_held(situation):
        return explain_hold(world, situation, course.phase, course.step)
    if create is not None:
        return _starting(create)
    if course.phase is Phase.QUEUED:
        return _unknown_type(world)
    if course.phase in {Phase.STOPPING, Phase.PAUSING}:
        return _leaving(world, situation, course)
    if course.phase in {Phase.STARTING, Phase.RUNNING}:
        return _under_way(world, situation, attempts)
    return _at_rest(world, situation, course, attempts)


def _under_way(world: World, situation: Situation, attempts: Sequence[Attempt]) -> Waiting:
    if situation.standing is Standing.BACKING_OFF:
        return _backing_off(world, attempts)
    if situation.standing is Standing.STARTING:
        return _given_up(attempts[-1]) if attempts[-1].outcome else _waiting(world, attempts[-1])
    return _running(world, situation, attempts[-1])


def _starting(number: int) -> Waiting:
    return Waiting(reason="Starting", message=f"Attempt {number} is being started.")


def _unknown_type(world: World) -> Waiting:
    return Waiting(
        reason="UnknownType",
        message=f"There is no PimJobType for {world.spec['type']!r}. The job starts when there is"
        " one; list them with: kubectl get pimjobtypes.",
    )


def _waiting(world: World, current: Attempt) -> Waiting:
    pod = newest(world.pods.get(current.job, ()))
    found = (pod.waiting if pod is not None else None) or world.trouble
    if found is None:
        return _starting(current.number)
    return Waiting(reason=found.reason, message=found.message or found.reason)


def _given_up(current: Attempt) -> Waiting:
    return Waiting(
        reason=current.reason or "",
        message=f"The image {current.image} does not come; its Job is being deleted, and the next"
        " attempt runs another one.",
    )


def _backing_off(world: World, attempts: Sequence[Attempt]) -> Waiting:
    due = next_attempt_due(world, attempts).isoformat(timespec="seconds").replace("+00:00", "Z")
    return Waiting(
        reason="BackOff",
        message=f"Attempt {attempts[-1].number} ended with {_end_of(attempts[-1])}. The next one"
        f" starts at {due}, from the checkpoint.",
    )


def refusal(world: World, situation: Situation) -> Waiting | None:
    """Return why a wish is not fulfilled, if the type does not allow it."""
    if effective(situation) is situation.desired:
        return None
    stop = situation.desired is DesiredState.STOPPED
    return Waiting(
        reason="NotStoppable" if stop else "NotPausable",
        message=f"Jobs of type {world.spec['type']} cannot be {'stopped' if stop else 'paused'}"
        " once they have begun; this one goes on.",
    )


def _running(world: World, situation: Situation, current: Attempt) -> Waiting:
    running = Waiting(reason="Running", message=f"Attempt {current.number} is running.")
    return refusal(world, situation) or running


def _leaving(world: World, situation: Situation, course: Course) -> Waiting:
    word = "stop" if course.phase is Phase.STOPPING else "pause"
    if situation.standing is Standing.STARTING:
        return Waiting(
            reason="NotStarted", message="The pod has not started; its Job is being deleted."
        )
    if course.step is Step.END:
        return Waiting(
            reason="NotObeyed",
            message=f"The runner has not left within {world.settings.obey_seconds:.0f} s; its Job"
            " is being deleted. A chunk that it had not committed is not done, nothing is lost.",
        )
    return Waiting(
        reason="Requested",
        message=f"The runner was asked to {word}; it does so after the current chunk.",
    )


def _at_rest(
    world: World, situation: Situation, course: Course, attempts: Sequence[Attempt]
) -> Waiting:
    """Explain an end or a pause."""
    if situation.standing is Standing.INVALID and course.phase is Phase.FAILED:
        errors = () if world.job_type is None else world.job_type.parameter_errors
        return Waiting(reason="InvalidParameters", message="; ".join(errors))
    if not attempts:
        return Waiting(
            reason=course.phase.value, message=f"{course.phase.value} before it started."
        )
    if situation.standing is Standing.EXHAUSTED and course.phase is Phase.FAILED:
        return _exhausted(attempts)
    current = attempts[-1]
    if course.phase is Phase.FAILED:
        return Waiting(reason=current.reason or "Failed", message=current.message or "")
    if situation.standing is Standing.UNREADABLE and course.phase is Phase.PAUSED:
        return _unreadable(attempts)
    spoke = current.outcome == course.phase and current.reason != DELETED
    own = current.message if spoke else None
    return Waiting(reason=course.phase.value, message=own or f"{course.phase.value} on request.")


def _unreadable(attempts: Sequence[Attempt]) -> Waiting:
    read = [a.image for a in attempts if a.processed and a.image != attempts[-1].image]
    named = f"The last image that could read it: {read[-1]}. " if read else ""
    return Waiting(reason="CheckpointUnreadable", message=f"{named}{attempts[-1].message or ''}")


def _exhausted(attempts: Sequence[Attempt]) -> Waiting:
    return Waiting(
        reason="AttemptsExhausted",
        message=f"{idle_failures(attempts)} attempts without progress; the last one ended with"
        f" {_end_of(attempts[-1])}",
    )


def _end_of(attempt: Attempt) -> str:
    return f"{attempt.reason}: {attempt.message}" if attempt.message else str(attempt.reason)
