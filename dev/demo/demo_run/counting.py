"""Counters of a job, from the steps that its resource lists."""

from collections.abc import Mapping
from typing import Any

from demo_run.jobs import Status


def counters_of(status: Status) -> dict[str, int]:
    """Return what happened to the file's rows: the first step's `read`, the sum of the others.

    Several steps may walk over the same rows (root models, then sub models, then
    associations), but each row is created, updated or refused once.
    """
    steps = [step.get("counters", {}) for step in status.get("steps", [])]
    return {"read": _rows(steps)} | {
        name: sum(counters.get(name, 0) for counters in steps)
        for name in ("created", "updated", "unchanged", "skipped", "invalid")
    }


def _rows(steps: list[Mapping[str, Any]]) -> int:
    return max((int(counters.get("read", 0)) for counters in steps), default=0)


def steps_of(status: Status) -> tuple[int, int]:
    """Return (steps completed, all steps)."""
    steps = status.get("steps", [])
    return sum(step.get("phase") == "Completed" for step in steps), len(steps)
