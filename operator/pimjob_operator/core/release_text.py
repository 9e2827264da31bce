"""What a PimRelease says to people: messages, conditions, Events."""

from collections.abc import Mapping, Sequence
from typing import Any

from pimjob_api import bounds
from pimjob_api.gate import Gate, GateCourse, GateReason, RolloutState
from pimjob_api.names import KIND_PIMRELEASE
from pimjob_api.text import clip
from pimjob_operator.core.bodies import event_body
from pimjob_operator.core.draining import Counts
from pimjob_operator.core.rollout import Rollout

Object = Mapping[str, Any]
Status = dict[str, Any]


def gate_message(spec: Object, course: GateCourse, rollouts: Sequence[Rollout]) -> str:
    """Say why a gate is as it is."""
    about = f" ({spec['reason']})" if spec.get("reason") else ""
    messages = {
        GateReason.REQUESTED: f"spec.gate is Closed{about}. Jobs go on when it is Open.",
        GateReason.ROLLOUT: f"Being rolled out: {_in(rollouts, RolloutState.PROGRESSING)}.",
        GateReason.ROLLOUT_FAILED: f"Not rolled out in time: {_in(rollouts, RolloutState.FAILED)}."
        " Roll it back or forward, or the gate opens after its deadline.",
        GateReason.NOTHING: "Jobs run.",
        GateReason.DEADLINE: f"The gate was closed for {spec.get('deadlineSeconds')} s, as long as"
        " spec.deadlineSeconds allows, and opened by itself; jobs run. Change the spec to close it"
        " again.",
    }
    return clip(messages[course.reason], bounds.MESSAGE)


def conditions_of(
    before: Object,
    course: GateCourse,
    counts: Counts,
    rollouts: Sequence[Rollout],
    now: str,
    *,
    fresh: bool,
) -> list[Status]:
    """Return the conditions; each keeps its time while it stays as it is.

    `fresh`: nobody has been told yet of a gate that is closed now.
    """
    found = (
        _drained(course, counts, fresh=fresh),
        _rollout_failed(rollouts),
        _stuck(course),
    )
    known = {c["type"]: c for c in before.get("conditions") or ()}
    return [_dated(condition, known.get(condition["type"], {}), now) for condition in found]


def events_of(release: Object, before: Object, status: Object, now: str) -> list[Status]:
    """Return the Events about what changes with a status that is about to be written.

    Each is named after when that began which is over now: whoever has to decide the same once
    more, as nothing was written, makes the same name.
    """
    told = []
    if status["gate"] != before.get("gate", Gate.OPEN) or _turned(before, status, "Stuck"):
        stuck = _met(status, "Stuck")
        word = "GateClosed" if status["gate"] == Gate.CLOSED else "GateOpened"
        kind = "Warning" if stuck else "Normal"
        since = before.get("closedAt" if before.get("gate") == Gate.CLOSED else "openedAt")
        told.append((kind, "GateStuck" if stuck else word, status["message"], since))
    if _turned(before, status, "RolloutFailed"):
        since = _condition_of(before, "RolloutFailed").get("lastTransitionTime")
        message = str(_condition_of(status, "RolloutFailed")["message"])
        told.append(("Warning", "RolloutFailed", message, since))
    return [
        event_body(
            release,
            KIND_PIMRELEASE,
            f"{reason.lower()}.{_moment(since)}",
            severity=kind,
            reason=reason,
            message=message,
            now=now,
        )
        for kind, reason, message, since in told
    ]


def state_of(status: Object) -> str:
    """Return a release's state, as metrics count it."""
    if _met(status, "Stuck"):
        return "Stuck"
    if status.get("gate") != Gate.CLOSED:
        return "Open"
    return "Drained" if _met(status, "Drained") else "Draining"


def _drained(course: GateCourse, counts: Counts, *, fresh: bool) -> Status:
    if course.gate is Gate.OPEN:
        return _condition("Drained", "GateOpen", "The gate is open.", met=False)
    if counts.under_way or fresh:
        message = (
            f"Under way: {counts.running + counts.draining} that pause, {counts.finishing} that"
            " go on to their end."
        )
        return _condition("Drained", "Draining", message, met=False)
    return _condition("Drained", "Drained", "None of the jobs runs.", met=True)


def _rollout_failed(rollouts: Sequence[Rollout]) -> Status:
    failed = _in(rollouts, RolloutState.FAILED)
    if not failed:
        return _condition("RolloutFailed", "NoFailure", "No rollout was given up.", met=False)
    message = f"Not rolled out within its progressDeadlineSeconds: {failed}."
    return _condition("RolloutFailed", "ProgressDeadlineExceeded", message, met=True)


def _stuck(course: GateCourse) -> Status:
    if not course.stuck:
        return _condition("Stuck", "InTime", "The gate's deadline is not over.", met=False)
    message = "The gate was closed for too long and opened by itself."
    return _condition("Stuck", course.reason.value, message, met=True)


def _condition(kind: str, reason: str, message: str, *, met: bool) -> Status:
    return {
        "type": kind,
        "status": str(met),
        "reason": reason,
        "message": clip(message, bounds.MESSAGE),
    }


def _dated(condition: Status, known: Object, now: str) -> Status:
    same = known.get("status") == condition["status"]
    return {**condition, "lastTransitionTime": known["lastTransitionTime"] if same else now}


def _in(rollouts: Sequence[Rollout], state: RolloutState) -> str:
    return ", ".join(rollout.name for rollout in rollouts if rollout.state is state)


def _met(status: Object, kind: str) -> bool:
    return bool(_condition_of(status, kind).get("status") == "True")


def _turned(before: Object, status: Object, kind: str) -> bool:
    return _met(status, kind) and not _met(before, kind)


def _condition_of(status: Object, kind: str) -> Object:
    return next((c for c in status.get("conditions") or () if c["type"] == kind), {})


def _moment(time: str | None) -> str:
    return "".join(filter(str.isdigit, time or "")) or "first"
