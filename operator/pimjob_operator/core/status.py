"""The operator's fields of a PimJob's status. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pimjob_api import bounds
from pimjob_api.phases import ENDED, DesiredState, Phase
from pimjob_api.text import clip
from pimjob_operator.core.attempts import describe
from pimjob_operator.core.decision import Decision
from pimjob_operator.core.recordable import parse_time
from pimjob_operator.core.world import World

Status = dict[str, Any]

OWNED = (
    "phase",
    "phaseTime",
    "reason",
    "message",
    "startTime",
    "completionTime",
    "attempts",
    "attemptCount",
    "stoppable",
    "pausable",
    "stop",
    "gate",
    "observedRetry",
    "conditions",
    "observedGeneration",
    "operator",
)


def owned(status: Mapping[str, Any]) -> Status:
    """Return the fields of a status that belong to the operator."""
    return {key: status[key] for key in OWNED if key in status}


def is_news(wanted: Status, known: Mapping[str, Any]) -> bool:
    """Whether a status is worth a write.

    A pod's name alone is not, nor that a job of an earlier version has nobody who looks after it:
    both go along with the next.
    """
    same = {"operator": wanted["operator"]} if "operator" in wanted else {}
    return _without_pods(wanted) != _without_pods(same | owned(known))


def status_of(world: World, decision: Decision) -> Status:
    """Return what the operator's fields of the status must be."""
    before = world.status
    now = text(world.now)
    attempts = decision.attempts[-bounds.MAX_ATTEMPTS :]
    status: Status = {
        "phase": decision.phase.value,
        "phaseTime": _phase_time(world, decision, now),
        "reason": clip(decision.reason, bounds.WORD),
        "message": clip(decision.message, bounds.MESSAGE),
        "observedRetry": decision.retry,
        "observedGeneration": world.pimjob["metadata"]["generation"],
        "operator": world.settings.namespace,
    }
    if attempts:
        status["attempts"] = [describe(attempt) for attempt in attempts]
        status["attemptCount"] = attempts[-1].number
        first = attempts[0].started
        status["startTime"] = before.get("startTime") or text(first or world.now)
    if world.job_type is not None or "stoppable" in before:
        status["stoppable"] = world.stoppable
        status["pausable"] = world.pausable
    if decision.phase in ENDED:
        status["completionTime"] = now
    stop = _stop(world, decision, now)
    if stop is not None:
        status["stop"] = stop
    if decision.gate is not None:
        status["gate"] = dict(decision.gate)
    if decision.conditions:
        status["conditions"] = _conditions(world, decision, now)
    return status


def text(time: datetime) -> str:
    """Return a time as the API server writes it."""
    return time.replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _without_pods(status: Status) -> Status:
    attempts = [
        {key: value for key, value in attempt.items() if key != "pod"}
        for attempt in status.get("attempts") or ()
    ]
    return {**status, "attempts": attempts}


def _phase_time(world: World, decision: Decision, now: str) -> str:
    """Return when the phase began; not later than now: the clock may have been set back."""
    since: str | None = world.status.get("phaseTime")
    same = world.status.get("phase") == decision.phase
    return since if same and since is not None and parse_time(since) <= world.now else now


def _stop(world: World, decision: Decision, now: str) -> Status | None:
    """Return who asked for the stop and when it was obeyed, once it was asked for."""
    if world.spec.get("desiredState") != DesiredState.STOPPED:
        return None
    stop: Status = {"at": now, **(world.status.get("stop") or {})}
    for key, value in (
        ("by", world.spec.get("requestedBy")),
        ("reason", world.spec.get("reason")),
    ):
        if value is not None:
            stop[key] = value
    if decision.phase is Phase.STOPPED and "acknowledgedAt" not in stop:
        last = decision.attempts[-1] if decision.attempts else None
        ended = text(last.ended) if last and last.ended else now
        # A job that was paused had left long before.
        stop["acknowledgedAt"] = max(ended, stop["at"])
        stop["processed"] = (last.processed if last else None) or world.reported
    return stop


def _conditions(world: World, decision: Decision, now: str) -> list[Status]:
    before = {c["type"]: c for c in world.status.get("conditions") or ()}
    return [
        {
            "type": kind,
            "status": "True",
            "reason": clip(why.reason, bounds.WORD),
            "message": clip(why.message, bounds.MESSAGE),
            "lastTransitionTime": before.get(kind, {}).get("lastTransitionTime", now),
        }
        for kind, why in decision.conditions.items()
    ]
