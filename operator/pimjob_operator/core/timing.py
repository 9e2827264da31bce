"""When a decision has to be made again, and whether it is worth a look-up or a write by now."""

from datetime import datetime

from pimjob_api.lifecycle import Course, Situation, Standing, Step, is_held
from pimjob_api.phases import DesiredState, Phase
from pimjob_operator.core.attempts import LOST_AFTER, Attempt
from pimjob_operator.core.observed import ObservedPod
from pimjob_operator.core.recordable import parse_time
from pimjob_operator.core.standing import next_attempt_due
from pimjob_operator.core.world import World

SHORT_SECONDS = 2.0
"""A phase that lasts less needs no write of its own."""
TROUBLE_SECONDS = 3.0
"""How long a Job may be without a pod before its events are looked up."""
SLOW_START_SECONDS = 10.0
"""How long a pod may take without a word: its status says most of what can be wrong."""
LONGEST_SECONDS = 300.0
"""Until it is looked at again in any case: clocks are set."""
LOOK_AGAIN_SECONDS = (10.0, 120.0)
"""Between two look-ups: as long as it has lasted, within these bounds."""


def again(
    world: World,
    situation: Situation,
    course: Course,
    attempts: tuple[Attempt, ...],
    pod: ObservedPod | None,
) -> float | None:
    """Return the seconds until time alone changes something, None if it never does."""
    waits: list[float] = []
    if course.step is Step.START:
        waits.append(TROUBLE_SECONDS)
    elif course.phase in {Phase.STOPPING, Phase.PAUSING} and course.step is Step.WAIT:
        waits.append(left_to_obey(world))
    elif situation.standing is Standing.BACKING_OFF:
        waits.append(_until(world, next_attempt_due(world, attempts)))
    elif course.phase is Phase.STARTING:
        lasted, (shortest, longest) = age(world, attempts[-1]), LOOK_AGAIN_SECONDS
        patience = _patience(pod)
        waits.append(
            min(max(lasted, shortest), longest) if lasted >= patience else patience - lasted
        )
    elif not is_worth_writing(world, situation, course, pod) and course.phase is Phase.RUNNING:
        waits.append(SHORT_SECONDS - _running_for(world, pod))
    under_way = pod is not None and pod.ended is None and attempts[-1].outcome is None
    if pod is not None and under_way and pod.gone_by is not None:
        waits.append(_until(world, pod.gone_by + LOST_AFTER))
    return min((*waits, LONGEST_SECONDS)) if waits else None


def is_worth_writing(
    world: World, situation: Situation, course: Course, pod: ObservedPod | None
) -> bool:
    """Whether the phase has lasted so long, or says so much, that people should read it."""
    if course.phase is Phase.RUNNING and world.status.get("phase") != Phase.RUNNING:
        return _running_for(world, pod) >= SHORT_SECONDS
    if is_held(situation):
        # Before its Job is deleted: that it was for a release must be known afterwards.
        return True
    if situation.desired is DesiredState.PAUSED:
        # The same: people may resume it while its Job is being deleted.
        return True
    # Deleting a Job that has not started takes a moment.
    leaves = course.step is Step.END and situation.standing is Standing.STARTING
    return situation.hopeless or not leaves


def needs_look_up(world: World, current: Attempt, pod: ObservedPod | None) -> bool:
    """Whether an attempt has been starting for so long that its events may say why."""
    known = pod is not None and pod.waiting is not None
    return not known and world.trouble is None and age(world, current) >= _patience(pod)


def left_to_obey(world: World) -> float:
    """Return the seconds that a runner still has to stop or pause."""
    allowed = world.settings.obey_seconds
    since = world.status.get("phaseTime")
    if world.status.get("phase") not in {Phase.STOPPING, Phase.PAUSING} or not since:
        return allowed
    return min(allowed - (world.now - parse_time(since)).total_seconds(), allowed)


def age(world: World, current: Attempt) -> float:
    """Return how long ago an attempt was started, in seconds."""
    return max((world.now - (current.started or world.now)).total_seconds(), 0.0)


def _patience(pod: ObservedPod | None) -> float:
    return TROUBLE_SECONDS if pod is None else SLOW_START_SECONDS


def _until(world: World, due: datetime) -> float:
    return max((due - world.now).total_seconds(), 0.1)


def _running_for(world: World, pod: ObservedPod | None) -> float:
    if pod is None or pod.running_since is None:
        return 0.0
    # By a node's clock that is ahead it begins later; by that of the API server it was created.
    since = pod.running_since if pod.running_since <= world.now else pod.created
    return max((world.now - since).total_seconds(), 0.0)
