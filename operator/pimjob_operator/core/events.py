"""Which Events tell people of what is new in a PimJob's status. Pure.

One for each change that somebody may wait for or wonder about, and none that repeats: an Event
is named after the attempt that it is about, so that the same is told once for each attempt at
most. Nobody is told what a release does to each of its jobs: the PimRelease tells it once.
"""

from collections.abc import Iterator
from typing import Any

from pimjob_api.names import KIND_PIMJOB
from pimjob_api.phases import (
    DELETED,
    ENDED,
    NEW_IMAGE,
    RELEASE_IN_PROGRESS,
    OutcomeKind,
    Phase,
)
from pimjob_operator.core.attempts import CRASHED
from pimjob_operator.core.bodies import event_body
from pimjob_operator.core.decision import REFUSED
from pimjob_operator.core.status import Status, text
from pimjob_operator.core.world import World

NORMAL, WARNING = "Normal", "Warning"

_ALL_IS_WELL = frozenset({"Starting", "Confirming", "BackOff", RELEASE_IN_PROGRESS, NEW_IMAGE})
"""Reasons of a job that waits of which nobody need be told; the end of an attempt tells its own."""
_FOR_A_RELEASE = frozenset({RELEASE_IN_PROGRESS, NEW_IMAGE})


def events_of(world: World, wanted: Status) -> list[dict[str, Any]]:
    """Return the Events about what changes with a status that is about to be written."""
    return [*_about_attempts(world, wanted), *_about_phase(world, wanted),
            *_about_conditions(world, wanted)]  # fmt: skip


def _about_attempts(world: World, wanted: Status) -> Iterator[dict[str, Any]]:
    """Tell of attempts that ended before the job did."""
    told = {a["number"] for a in world.status.get("attempts") or () if "outcome" in a}
    for attempt in wanted.get("attempts") or ():
        number, outcome = attempt["number"], attempt.get("outcome")
        if number in told or outcome not in {CRASHED, OutcomeKind.INTERRUPTED}:
            continue
        if wanted["phase"] in ENDED:
            # Which tells the same.
            continue
        yield _event(
            world,
            f"{number}.{outcome.lower()}",
            WARNING if outcome == CRASHED else NORMAL,
            outcome,
            f"Attempt {number} ended with {attempt.get('reason')}: {attempt.get('message', '')}",
        )


def _about_phase(world: World, wanted: Status) -> Iterator[dict[str, Any]]:
    phase, reason = wanted["phase"], wanted["reason"]
    before = world.status.get("phase"), world.status.get("reason")
    if (phase, reason) == before:
        return
    number = wanted.get("attemptCount", 0)
    if phase in ENDED:
        key = f"{wanted['observedRetry']}.{number}.{phase.lower()}"
        kind = WARNING if phase == Phase.FAILED else NORMAL
        yield _event(world, key, kind, reason, wanted["message"] or phase)
        return
    told = _told_of(phase, reason, before[0], wanted)
    if told is not None:
        kind, word = told
        yield _event(world, f"{number}.{word.lower()}", kind, word, wanted["message"])


def _told_of(phase: str, reason: str, before: str | None, wanted: Status) -> tuple[str, str] | None:
    """Return type and reason of the Event about a phase, None if nobody need be told."""
    if phase == Phase.RUNNING and before not in {Phase.RUNNING, Phase.PAUSING, Phase.STOPPING}:
        return _begun(wanted)
    if phase == Phase.PAUSED and reason not in _FOR_A_RELEASE:
        return (NORMAL if reason == Phase.PAUSED else WARNING), reason
    if phase in {Phase.QUEUED, Phase.STARTING} and reason not in _ALL_IS_WELL:
        return WARNING, reason
    if phase in {Phase.PAUSING, Phase.STOPPING} and reason == "NotObeyed":
        return WARNING, reason
    return None


def _begun(wanted: Status) -> tuple[str, str] | None:
    """Tell that a job is at work again, but after a release; that it is at work tells its status.

    An Event for each job's start would be more writes than a job may cost (decision 23).
    """
    before = [a for a in wanted["attempts"][:-1] if a.get("reason") != DELETED]
    if not before or before[-1].get("reason") in _FOR_A_RELEASE:
        return None
    return NORMAL, "Resumed"


def _about_conditions(world: World, wanted: Status) -> Iterator[dict[str, Any]]:
    """Tell of conditions that are new, or true for another reason."""
    known = {(c["type"], c["reason"]) for c in world.status.get("conditions") or ()}
    for condition in wanted.get("conditions") or ():
        kind, reason, message = condition["type"], condition["reason"], condition["message"]
        if (kind, reason) in known:
            continue
        if kind == REFUSED:
            key = f"{world.pimjob['metadata']['generation']}.{reason.lower()}"
            yield _event(world, key, WARNING, reason, message)
        elif kind == "ImageFallback":
            key = f"{wanted.get('attemptCount', 0)}.imagefallback"
            yield _event(world, key, WARNING, kind, message)


def _event(world: World, key: str, kind: str, reason: str, message: str) -> dict[str, Any]:
    now = text(world.now)
    return event_body(
        world.pimjob, KIND_PIMJOB, key, severity=kind, reason=reason, message=message, now=now
    )
