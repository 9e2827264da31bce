"""What is sent to the API server about an object of ours: its status, and Events. Pure."""

from collections.abc import Mapping
from typing import Any

from pimjob_api.names import API_VERSION, MANAGER_OPERATOR

Object = Mapping[str, Any]


def status_body(subject: Object, kind: str, status: Object) -> dict[str, Any]:
    """Wrap a status for server-side apply to the very object that was decided about.

    Who takes a job that nobody looks after yet must have seen the last of it: of two operators that
    do so at once, one is told that it has changed.
    """
    metadata = subject["metadata"]
    takes = "operator" in status and "operator" not in (subject.get("status") or {})
    keys = ("name", "namespace", "uid", *(("resourceVersion",) if takes else ()))
    return {
        "apiVersion": API_VERSION,
        "kind": kind,
        "metadata": {key: metadata[key] for key in keys},
        "status": status,
    }


def event_body(
    subject: Object, kind: str, key: str, *, severity: str, reason: str, message: str, now: str
) -> dict[str, Any]:
    """Return an Event about an object. The same key again is a conflict: it was told."""
    metadata = subject["metadata"]
    return {
        "metadata": {"name": f"{metadata['name']}.{metadata['uid'][:8]}.{key}"},
        "involvedObject": {
            "apiVersion": API_VERSION,
            "kind": kind,
            "name": metadata["name"],
            "namespace": metadata["namespace"],
            "uid": metadata["uid"],
        },
        "type": severity,
        "reason": reason,
        "message": message,
        "source": {"component": MANAGER_OPERATOR},
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
    }
