"""The gate of a PimRelease: the one function that derives whether it is closed, and why.

A gate is closed for as long as there is a cause: people ask for it, or a rollout that it
watches is under way. It has a deadline, so that a release which never ends does not
keep jobs waiting for ever: after it the gate opens by itself and stays open until
somebody asks anew.
"""

from dataclasses import dataclass
from enum import StrEnum


class Gate(StrEnum):
    """Whether jobs may run."""

    CLOSED = "Closed"
    OPEN = "Open"


class RolloutState(StrEnum):
    """How the rollout of a watched Deployment stands."""

    COMPLETE = "Complete"
    """All pods are of its template. Scaling does not change this."""
    PROGRESSING = "Progressing"
    FAILED = "Failed"
    """Kubernetes gave it up: its progressDeadlineSeconds are over."""
    MISSING = "Missing"
    """There is no such Deployment."""


class GateReason(StrEnum):
    """Why a gate is as it is."""

    REQUESTED = "Requested"
    ROLLOUT = "RolloutInProgress"
    ROLLOUT_FAILED = "RolloutFailed"
    NOTHING = "NothingToWaitFor"
    DEADLINE = "DeadlineExceeded"


@dataclass(frozen=True, kw_only=True)
class GateSituation:
    """All that a gate depends on."""

    wanted: Gate
    """What people ask for. Open leaves it to the rollouts."""
    rollouts: frozenset[RolloutState] = frozenset()
    stuck: bool = False
    """Whether it opened by itself, over a cause that was still there."""
    renewed: bool = False
    """Whether it has been asked for anew since: the spec was changed, a rollout began."""
    overdue: bool = False
    """Whether it has been closed for as long as it may be."""


@dataclass(frozen=True)
class GateCourse:
    """A gate, and why it is so."""

    gate: Gate
    reason: GateReason

    @property
    def stuck(self) -> bool:
        """Whether it is open though its cause is still there."""
        return self.reason is GateReason.DEADLINE


def derive_gate(situation: GateSituation) -> GateCourse:
    """Return how the gate has to be."""
    cause = _cause(situation)
    if cause is None:
        return GateCourse(Gate.OPEN, GateReason.NOTHING)
    given_up = not situation.renewed if situation.stuck else situation.overdue
    if given_up:
        return GateCourse(Gate.OPEN, GateReason.DEADLINE)
    return GateCourse(Gate.CLOSED, cause)


def _cause(situation: GateSituation) -> GateReason | None:
    """Return what keeps the gate closed; what needs people most comes first."""
    causes = {
        GateReason.ROLLOUT_FAILED: RolloutState.FAILED in situation.rollouts,
        GateReason.REQUESTED: situation.wanted is Gate.CLOSED,
        GateReason.ROLLOUT: RolloutState.PROGRESSING in situation.rollouts,
    }
    return next((cause for cause, there in causes.items() if there), None)
