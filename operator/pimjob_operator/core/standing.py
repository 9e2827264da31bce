"""How the current attempt stands, and when a crash is followed by the next attempt."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pimjob_api.lifecycle import Standing
from pimjob_api.phases import DATABASE_UNAVAILABLE, OutcomeKind
from pimjob_operator.core.attempts import CRASHED, Attempt, is_outcome, without_progress
from pimjob_operator.core.image import runs
from pimjob_operator.core.observed import newest
from pimjob_operator.core.world import World

LONGEST_BACKOFF_SECONDS = 300.0

_FATAL = (CRASHED, OutcomeKind.SUPERSEDED.value)
_ENDS = {
    OutcomeKind.COMPLETED: Standing.COMPLETED,
    OutcomeKind.STOPPED: Standing.STOPPED,
    OutcomeKind.FAILED: Standing.FAILED,
}


def standing_of(world: World, attempts: Sequence[Attempt], *, fresh: bool) -> Standing:
    """Return how the last attempt stands. `fresh`: it belongs to a retry that is over."""
    if not attempts:
        invalid = world.job_type is not None and world.job_type.parameter_errors
        return Standing.INVALID if invalid else Standing.NONE
    current = attempts[-1]
    if fresh:
        return Standing.LEFT
    if current.outcome is None:
        return Standing.RUNNING if _runs(world, current) else Standing.STARTING
    for kind, standing in _ENDS.items():
        if is_outcome(current, kind):
            return standing
    if is_outcome(current, OutcomeKind.CHECKPOINT_UNREADABLE):
        return Standing.UNREADABLE if runs(current, world.image) else Standing.LEFT
    return _after_leaving(world, attempts)


def next_attempt_due(world: World, attempts: Sequence[Attempt]) -> datetime:
    """Return when the attempt after a crash starts.

    An attempt that was interrupted (a drain) is followed at once, unless the one
    before it was interrupted too and none of them got anything done.
    """
    current = attempts[-1]
    ended = current.ended or world.now
    if current.outcome in _FATAL:
        doublings = max(idle_crashes(attempts) - 1, 0)
    else:
        doublings = without_progress(attempts, OutcomeKind.INTERRUPTED.value) - 2
    if doublings < 0:
        return ended
    backoff = world.settings.backoff_seconds * 2.0 ** min(doublings, 16)
    return ended + timedelta(seconds=min(backoff, LONGEST_BACKOFF_SECONDS))


def idle_crashes(attempts: Sequence[Attempt]) -> int:
    """Return how many attempts in a row have crashed without progress."""
    return without_progress(attempts, *_FATAL)


def idle_failures(attempts: Sequence[Attempt]) -> int:
    """Return how many of these speak against the job: not those whose database was away."""
    idle = attempts[len(attempts) - idle_crashes(attempts) :]
    return sum(attempt.reason != DATABASE_UNAVAILABLE for attempt in idle)


def has_begun(world: World, attempts: Sequence[Attempt]) -> bool:
    """Whether any attempt has run, as far as anything came of it."""
    runs = any(_runs(world, attempt) or attempt.processed for attempt in attempts)
    return runs or bool(world.status.get("steps"))


def _after_leaving(world: World, attempts: Sequence[Attempt]) -> Standing:
    if idle_failures(attempts) >= world.settings.attempts_limit:
        return Standing.EXHAUSTED
    due = next_attempt_due(world, attempts) <= world.now
    return Standing.LEFT if due else Standing.BACKING_OFF


def _runs(world: World, attempt: Attempt) -> bool:
    pod = newest(world.pods.get(attempt.job, ()))
    return pod is not None and pod.running_since is not None
