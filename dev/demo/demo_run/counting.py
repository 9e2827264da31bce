"""Counters: those that a job's resource shows, and those that it must show."""

from collections.abc import Collection, Mapping

from demo_run.database import NO_LINKS, Row
from demo_run.jobs import Status

COUNTED = ("read", "created", "updated", "unchanged", "skipped", "invalid")
LINK_STEP = "associations"
Counters = dict[str, int]


def steps_of(status: Status) -> tuple[int, int]:
    """Return (steps completed, all steps)."""
    steps = status.get("steps", [])
    return sum(step.get("phase") == "Completed" for step in steps), len(steps)


def counters_by_step(status: Status) -> dict[str, Counters]:
    """Return the counters of each step that walks over the file's rows."""
    return {
        step["name"]: {name: int(counters.get(name, 0)) for name in COUNTED}
        for step in status.get("steps", [])
        if "read" in (counters := step.get("counters", {}))
    }


def counters_of(status: Status) -> Counters:
    """Return what became of the file's rows, for people.

    Root and sub models are two steps over the same rows, so `read` is that of one
    of them. What the associations' step did is not counted once more.
    """
    steps = [c for name, c in counters_by_step(status).items() if name != LINK_STEP]
    total = {name: sum(counters[name] for counters in steps) for name in COUNTED}
    return total | {"read": max((counters["read"] for counters in steps), default=0)}


def expected_entities(
    keys: Collection[str], before: Mapping[str, Row], after: Mapping[str, Row]
) -> Counters:
    """Return what importing the rows of these keys must count, whatever was there before.

    A row that was not there is created. One that is the same after the run as
    before was unchanged, any other updated.
    """
    created = sum(key not in before for key in keys)
    unchanged = sum(
        key in before and key in after and before[key].own == after[key].own for key in keys
    )
    return {
        "created": created,
        "unchanged": unchanged,
        "updated": len(keys) - created - unchanged,
    }


def expected_links(
    keys: Collection[str], before: Mapping[str, Row], after: Mapping[str, Row]
) -> Counters:
    """Return what setting the associations of these keys must count."""
    unchanged = sum(_links(before, key) == _links(after, key) for key in keys)
    return {"created": 0, "unchanged": unchanged, "updated": len(keys) - unchanged}


def _links(rows: Mapping[str, Row], key: str) -> tuple[str, ...]:
    return rows[key].links if key in rows else NO_LINKS
