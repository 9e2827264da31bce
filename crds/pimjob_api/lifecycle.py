"""The life of a PimJob: the one function that derives its phase and what comes next.

Everything that counts is in a Situation: what people want, what the type allows,
and how the current attempt stands. The operator reads these from the cluster and
stores the result; everybody else (list, filters, CLI, metrics) reads what is stored.

No combination is a dead end: each phase that is not an end is left by an event of
the cluster (a pod starts, ends, is lost), by time (back-off, an overdue runner) or by
people (spec). The tests go through all of them.
"""

from dataclasses import dataclass
from enum import StrEnum

from pimjob_api.phases import DesiredState, Phase


class Standing(StrEnum):
    """How the current attempt stands, whatever people want."""

    NONE = "None"
    """There has been none yet."""
    INVALID = "Invalid"
    """There can be none: the parameters do not fit the type."""
    STARTING = "Starting"
    """Its Job exists, its container has not run."""
    RUNNING = "Running"
    COMPLETED = "Completed"
    STOPPED = "Stopped"
    FAILED = "Failed"
    LEFT = "Left"
    """It committed and left (paused, interrupted), or crashed long enough ago."""
    BACKING_OFF = "BackingOff"
    """It crashed, and the next one is not due yet."""
    EXHAUSTED = "Exhausted"
    """It crashed as often without progress as is allowed."""
    UNREADABLE = "Unreadable"
    """Its image could not read the checkpoint, and there is no other image yet."""


class Step(StrEnum):
    """What the operator has to do now."""

    WAIT = "Wait"
    START = "Start"
    """Create the next attempt's Job."""
    END = "End"
    """Delete the current attempt's Job; nobody will leave it by himself."""


@dataclass(frozen=True, kw_only=True)
class Situation:
    """All that a phase depends on."""

    desired: DesiredState
    standing: Standing
    stoppable: bool = True
    pausable: bool = True
    begun: bool = False
    """Whether an attempt has run. Until then every job can be stopped and paused."""
    startable: bool = True
    """False while something outside keeps an attempt from being created: no such type."""
    overdue: bool = False
    """Whether a running attempt has had its time to obey a stop or a pause."""
    hopeless: bool = False
    """Whether a starting attempt's image does not come, and the next one would have another."""
    gated: bool = False
    """Whether a release whose gate is closed concerns it."""
    outdated: bool = False
    """Whether its type has named another image since the attempt under way was created."""
    yields: bool = True
    """Whether its type pauses for a release. If not, what has begun goes on to its end."""


@dataclass(frozen=True)
class Course:
    """A phase, and what to do in it."""

    phase: Phase
    step: Step = Step.WAIT


_ENDS = {
    Standing.COMPLETED: Phase.COMPLETED,
    Standing.STOPPED: Phase.STOPPED,
    Standing.FAILED: Phase.FAILED,
}
_FAILURES = frozenset({Standing.INVALID, Standing.EXHAUSTED})


def derive(situation: Situation) -> Course:
    """Return the phase of a job in this situation, and what to do."""
    standing = situation.standing
    if standing in _ENDS:
        # What the runner did is what is the case, whatever was asked of it meanwhile.
        return Course(_ENDS[standing])
    if effective(situation) is DesiredState.STOPPED:
        return _leave(situation, Phase.STOPPING, Phase.STOPPED)
    if standing in _FAILURES:
        return Course(Phase.FAILED)
    if effective(situation) is DesiredState.PAUSED:
        return _leave(situation, Phase.PAUSING, Phase.PAUSED)
    if is_held(situation):
        return _leave(situation, Phase.PAUSING, Phase.PAUSED if situation.begun else Phase.QUEUED)
    return _go_on(situation)


def is_held(situation: Situation) -> bool:
    """Whether a release (a closed gate, a new image), and nothing else, keeps it from running."""
    makes_room = _waits_for_gate(situation) or _leaves_its_image(situation)
    return makes_room and effective(situation) is DesiredState.RUNNING


def _waits_for_gate(situation: Situation) -> bool:
    waits_anyway = _ENDS.keys() | _FAILURES | {Standing.UNREADABLE}
    stays = situation.begun and not _pauses_for_release(situation)
    return situation.gated and not stays and situation.standing not in waits_anyway


def _leaves_its_image(situation: Situation) -> bool:
    """Whether its attempt makes room for one on the new image; the old one may never start."""
    runs = situation.standing is Standing.RUNNING and _pauses_for_release(situation)
    return situation.outdated and (runs or situation.standing is Standing.STARTING)


def _pauses_for_release(situation: Situation) -> bool:
    return situation.yields and situation.pausable


def effective(situation: Situation) -> DesiredState:
    """Return what is wanted as far as the type allows it."""
    allowed = {
        DesiredState.RUNNING: True,
        DesiredState.PAUSED: situation.pausable,
        DesiredState.STOPPED: situation.stoppable,
    }
    if allowed[situation.desired] or not situation.begun:
        return situation.desired
    return DesiredState.RUNNING


def _leave(situation: Situation, leaving: Phase, left: Phase) -> Course:
    if situation.standing is Standing.STARTING:
        # Nothing has begun, so there is nobody to wait for.
        return Course(leaving, Step.END)
    if situation.standing is Standing.RUNNING:
        return Course(leaving, Step.END if situation.overdue else Step.WAIT)
    return Course(left)


def _go_on(situation: Situation) -> Course:
    waiting = {
        Standing.STARTING: Phase.STARTING,
        Standing.RUNNING: Phase.RUNNING,
        Standing.BACKING_OFF: Phase.STARTING,
        Standing.UNREADABLE: Phase.PAUSED,
    }
    if situation.standing in waiting:
        ends = situation.standing is Standing.STARTING and situation.hopeless
        return Course(waiting[situation.standing], Step.END if ends else Step.WAIT)
    if situation.startable:
        return Course(Phase.STARTING, Step.START)
    return Course(Phase.QUEUED)
