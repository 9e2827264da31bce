"""Which releases concern a PimJob."""

from collections.abc import Iterable, Mapping
from typing import Any

from pimjob_api.gate import Gate

Object = Mapping[str, Any]


def closed_gates(releases: Iterable[Object], pimjob: Object) -> tuple[str, ...]:
    """Return the names of the releases whose closed gates concern a PimJob."""
    return tuple(
        sorted(
            release["metadata"]["name"]
            for release in releases
            if is_closed(release) and concerns(release, pimjob)
        )
    )


def is_closed(release: Object) -> bool:
    """Whether a gate is in force. One that is being deleted counts as open."""
    closed = (release.get("status") or {}).get("gate") == Gate.CLOSED
    return closed and "deletionTimestamp" not in release["metadata"]


def concerns(release: Object, pimjob: Object) -> bool:
    """Whether a PimJob is in a release's namespace and has the labels that it asks for."""
    here, there = release["metadata"]["namespace"], pimjob["metadata"]["namespace"]
    labels = pimjob["metadata"].get("labels") or {}
    return bool(here == there and selects(release["spec"].get("selector") or {}, labels))


def selects(selector: Object, labels: Mapping[str, str]) -> bool:
    """Whether a label selector of Kubernetes selects these labels; an empty one selects all."""
    wanted = (selector.get("matchLabels") or {}).items()
    requirements = selector.get("matchExpressions") or ()
    return wanted <= labels.items() and all(_holds(found, labels) for found in requirements)


def _holds(requirement: Object, labels: Mapping[str, str]) -> bool:
    key, values = requirement["key"], requirement.get("values") or ()
    holds = {
        "In": key in labels and labels[key] in values,
        "NotIn": labels.get(key) not in values,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }
    return holds[requirement["operator"]]
