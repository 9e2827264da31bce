"""The least that a status must say, for one that the API server refuses as a whole. Pure.

A bound that somebody has forgotten, or a policy of the cluster, may refuse any text. Without texts
the phase and all that the life of a job or of a release goes on from are still told.
"""

import re
from collections.abc import Mapping
from typing import Any

from pimjob_api import bounds
from pimjob_api.text import clip

Status = dict[str, Any]

STATUS_REFUSED = "StatusRefused"
"""Condition of an object whose status says less than it should."""

_WORD = re.compile(rf"[A-Za-z0-9]{{1,{bounds.WORD}}}")
_TEXTS = frozenset({"message", "pod", "by"})
_MOST_OTHERS = bounds.MAX_CONDITIONS - 1


def least_status(wanted: Mapping[str, Any], why: str, now: str, known: Mapping[str, Any]) -> Status:
    """Return a status without texts of others, and that it was refused; `known`: the last one."""
    least: Status = _without_texts(wanted)
    least["reason"] = least.get("reason", STATUS_REFUSED)
    least["message"] = clip(f"The API server refuses the whole status: {why}", bounds.MESSAGE)
    others = [c for c in least.get("conditions") or () if c["type"] != STATUS_REFUSED]
    least["conditions"] = [*others[:_MOST_OTHERS], _refused(least["message"], now, known)]
    return least


def _refused(message: str, now: str, known: Mapping[str, Any]) -> Status:
    times = {c["type"]: c["lastTransitionTime"] for c in known.get("conditions") or ()}
    return {
        "type": STATUS_REFUSED,
        "status": "True",
        "reason": STATUS_REFUSED,
        "message": message,
        "lastTransitionTime": times.get(STATUS_REFUSED, now),
    }


def _without_texts(found: Any) -> Any:
    if isinstance(found, Mapping):
        kept = {key: _without_texts(value) for key, value in found.items() if key not in _TEXTS}
        if not _WORD.fullmatch(str(kept.get("reason", ""))):
            kept.pop("reason", None)
        if "lastTransitionTime" in kept:
            # A condition has to have both.
            kept = {"reason": STATUS_REFUSED, "message": "", **kept}
        return kept
    return [_without_texts(item) for item in found] if isinstance(found, list) else found
