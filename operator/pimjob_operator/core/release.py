"""What to do about one PimRelease: a pure function of the world at one moment.

`pimjob_api.gate` derives the gate; here the world is read into a situation, and the
gate gets its times, its counts and its conditions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pimjob_api.gate import Gate, GateCourse, GateSituation, RolloutState, derive_gate
from pimjob_operator.core.draining import ConcernedJob, Counts, count
from pimjob_operator.core.recordable import parse_time
from pimjob_operator.core.release_text import conditions_of, gate_message
from pimjob_operator.core.rollout import Rollout, has_begun, rollout_of
from pimjob_operator.core.status import text

Status = dict[str, Any]

JUST_CLOSED_SECONDS = 0.1
"""Until the jobs of a gate are counted that has just been closed: those that had seen it open, and
were being started, are known by then."""
RECOUNT_SECONDS = 10.0
"""How long a count may be wrong if an event was lost."""


@dataclass(frozen=True, kw_only=True)
class ReleaseWorld:
    """One PimRelease and what surrounds it."""

    release: Mapping[str, Any]
    deployments: Mapping[str, Mapping[str, Any]]
    """Those of the namespace, by name."""
    jobs: Sequence[ConcernedJob]
    now: datetime

    @property
    def spec(self) -> Mapping[str, Any]:
        """The PimRelease's spec."""
        found: Mapping[str, Any] = self.release["spec"]
        return found

    @property
    def status(self) -> Mapping[str, Any]:
        """The PimRelease's status, as last read; none that is older than it.

        A name is used again for the next release, and the API server takes a status that was
        on its way to the one before.
        """
        found: Mapping[str, Any] = self.release.get("status") or {}
        created = self.release["metadata"]["creationTimestamp"]
        return {} if found.get("closedAt", created) < created else found

    @property
    def was_closed(self) -> bool:
        """Whether the gate in force is closed."""
        return bool(self.status.get("gate") == Gate.CLOSED)

    @property
    def deadline(self) -> datetime | None:
        """When the gate has been closed for as long as it may be."""
        closed_at = self.status.get("closedAt")
        if not self.was_closed or closed_at is None:
            return None
        return parse_time(closed_at) + timedelta(seconds=self.spec.get("deadlineSeconds", 3600))

    def condition(self, kind: str) -> bool:
        """Whether a condition was met."""
        found = {c["type"]: c["status"] for c in self.status.get("conditions") or ()}
        return found.get(kind) == "True"


@dataclass(frozen=True, kw_only=True)
class ReleaseDecision:
    """What the status must be, and when to look again if no event comes first."""

    status: Status
    again: float | None


def decide_release(world: ReleaseWorld) -> ReleaseDecision:
    """Return what to do."""
    before = recorded_rollouts(world.status)
    rollouts = [
        rollout_of(name, world.deployments.get(name), before.get(name))
        for name in world.spec.get("deployments") or ()
    ]
    course = derive_gate(_situation(world, rollouts, before))
    status = _status(world, course, rollouts)
    return ReleaseDecision(status=status, again=_again(world, status))


def is_settled(status: Mapping[str, Any]) -> bool:
    """Whether no job's change concerns a release any more: it is open, and all go on."""
    waits = int(status.get("resumed", 0)) < int(status.get("concerned", 0))
    return status.get("gate") == Gate.OPEN and not waits


def recorded_rollouts(status: Mapping[str, Any]) -> dict[str, Rollout]:
    """Read the rollouts that status remembers."""
    return {
        found["name"]: Rollout(
            name=found["name"],
            state=RolloutState(found["state"]),
            template=found.get("template", ""),
        )
        for found in status.get("rollouts") or ()
    }


def _situation(
    world: ReleaseWorld, rollouts: Sequence[Rollout], before: Mapping[str, Rollout]
) -> GateSituation:
    changed = world.status.get("observedGeneration") != world.release["metadata"]["generation"]
    return GateSituation(
        wanted=Gate(world.spec.get("gate", Gate.CLOSED)),
        rollouts=frozenset(found.state for found in rollouts),
        stuck=world.condition("Stuck"),
        renewed=changed or any(has_begun(r, before.get(r.name)) for r in rollouts),
        overdue=world.deadline is not None and world.now >= world.deadline,
    )


def _status(world: ReleaseWorld, course: GateCourse, rollouts: Sequence[Rollout]) -> Status:
    counts = count(world.jobs)
    status: Status = {
        "gate": course.gate.value,
        "reason": course.reason.value,
        "message": gate_message(world.spec, course, rollouts),
        **_times(world, course, counts),
        **_counts(world, course, counts),
        "conditions": conditions_of(
            world.status, course, counts, rollouts, text(world.now), fresh=not world.was_closed
        ),
        "observedGeneration": world.release["metadata"]["generation"],
    }
    if rollouts:
        status["rollouts"] = [_describe(rollout) for rollout in rollouts]
    return status


def _times(world: ReleaseWorld, course: GateCourse, counts: Counts) -> Status:
    known = {k: world.status[k] for k in ("closedAt", "drainedAt", "openedAt") if k in world.status}
    drains = counts.under_way or not world.was_closed
    now = text(world.now)
    if course.gate is Gate.OPEN:
        return {**known, "openedAt": now} if world.was_closed else known
    # Whoever else has written the status may have left it out.
    known = {"closedAt": now} | (known if world.was_closed else {})
    drained = known.pop("drainedAt", now)
    return known if drains else {**known, "drainedAt": drained}


def _counts(world: ReleaseWorld, course: GateCourse, counts: Counts) -> Status:
    """Count, while the gate is closed and until all go on. Else every job would cost a write."""
    if course.gate is Gate.CLOSED:
        names = ("running", "draining", "finishing", "paused", "held")
        found = {name: getattr(counts, name) for name in names}
        return {**found, "concerned": counts.waiting, "resumed": 0}
    concerned = counts.waiting if world.was_closed else int(world.status.get("concerned", 0))
    known = 0 if world.was_closed else int(world.status.get("resumed", 0))
    resumed = max(known, concerned - counts.waiting)
    waits = resumed < concerned
    return {
        "running": 0,
        "draining": 0,
        "finishing": 0,
        "paused": counts.paused if waits else 0,
        "held": counts.held if waits else 0,
        "concerned": concerned,
        "resumed": resumed,
    }


def _describe(rollout: Rollout) -> Status:
    described = {"name": rollout.name, "state": rollout.state.value}
    return {**described, "template": rollout.template} if rollout.template else described


def _again(world: ReleaseWorld, status: Status) -> float | None:
    if status["gate"] == Gate.CLOSED and not world.was_closed:
        return JUST_CLOSED_SECONDS
    if status["gate"] == Gate.CLOSED:
        allowed = timedelta(seconds=world.spec.get("deadlineSeconds", 3600))
        left = (parse_time(status["closedAt"]) + allowed - world.now).total_seconds()
        return min(max(left, 0.1), RECOUNT_SECONDS)
    return None if is_settled(status) else RECOUNT_SECONDS
