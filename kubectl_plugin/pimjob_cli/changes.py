"""Stop, pause, resume, retry: what each asks of a job. Pure.

A change is written as the state that is wanted, so to ask twice is to ask once. Whether it
is allowed is decided by the API server; `pointless` only spares requests that would have
no effect, and says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pimjob_api.phases import DesiredState, Phase
from pimjob_cli.job import Job

Spec = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Change:
    """Something that people ask of jobs."""

    verb: str
    asked: str
    """What is said of a job that was asked."""
    caution: str = ""
    """What is said before."""
    spec: Callable[[Job], Spec]
    """What is merged into the spec."""
    pointless: Callable[[Job], str]
    """Why it would change nothing; empty if it would."""
    reached: frozenset[str]
    """The phases that --wait waits for."""
    phrase: str
    """What --wait waits for, in words."""
    lasts: bool = False
    """Whether it is seen in the spec that it was asked for before."""
    revives: bool = False
    """Whether a job that has ended goes on by it."""
    confirm: bool = False
    """Whether it is confirmed in a terminal for jobs that are named, too."""


def _state(state: DesiredState) -> Callable[[Job], Spec]:
    return lambda _: {"desiredState": str(state)}


def desired(job: Job) -> str:
    """Return the state that is asked for."""
    return str(job.spec.get("desiredState", DesiredState.RUNNING))


def _nothing_to_stop(job: Job) -> str:
    if job.phase == Phase.STOPPED:
        return "already stopped"
    if job.ended:
        return f"already ended: {job.phase}"
    return "a stop is already asked for" if desired(job) == DesiredState.STOPPED else ""


def _nothing_to_pause(job: Job) -> str:
    if job.ended:
        return f"already ended: {job.phase}"
    if desired(job) == DesiredState.PAUSED:
        return "already paused" if job.phase == Phase.PAUSED else "a pause is already asked for"
    return ""


def _nothing_to_resume(job: Job) -> str:
    if job.ended:
        return f"already ended: {job.phase}"
    if desired(job) == DesiredState.RUNNING:
        release = job.phase == Phase.PAUSED and job.status.get("message")
        return f"nobody has paused it: {release}" if release else "nobody has paused it"
    return ""


def _nothing_to_retry(job: Job) -> str:
    return "" if job.phase == Phase.FAILED else f"not failed: {job.phase}"


def _retry(job: Job) -> Spec:
    """Raise the number that was read: sent twice, it is raised once."""
    wish = {"desiredState": str(DesiredState.RUNNING)}
    return {
        "retry": int(job.spec.get("retry", 0)) + 1,
        **(wish if desired(job) == DesiredState.PAUSED else {}),
    }


_ENDS = frozenset({str(Phase.COMPLETED), str(Phase.FAILED), str(Phase.STOPPED)})

STOP = Change(
    verb="stop",
    asked="stop asked for",
    caution="What is done stays done: nothing is reverted. A stopped job cannot go on.",
    spec=_state(DesiredState.STOPPED),
    pointless=_nothing_to_stop,
    reached=frozenset({str(Phase.STOPPED)}),
    phrase="stopped",
    lasts=True,
    confirm=True,
)
PAUSE = Change(
    verb="pause",
    asked="pause asked for",
    spec=_state(DesiredState.PAUSED),
    pointless=_nothing_to_pause,
    reached=frozenset({str(Phase.PAUSED)}),
    phrase="paused",
    lasts=True,
)
RESUME = Change(
    verb="resume",
    asked="goes on",
    spec=_state(DesiredState.RUNNING),
    pointless=_nothing_to_resume,
    reached=_ENDS | {str(Phase.RUNNING)},
    phrase="running again",
)
RETRY = Change(
    verb="retry",
    asked="retry asked for",
    caution="Each goes on where it failed.",
    spec=_retry,
    pointless=_nothing_to_retry,
    reached=_ENDS - {str(Phase.FAILED)} | {str(Phase.RUNNING)},
    phrase="running again",
    revives=True,
)
