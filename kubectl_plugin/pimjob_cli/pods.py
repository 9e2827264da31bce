"""Why a pod does not run. Pure."""

from typing import Any

from pimjob_cli.text import clean


def trouble(pod_status: dict[str, Any]) -> str:
    """Return what keeps a pod from running."""
    waiting = [
        container["state"]["waiting"]
        for container in pod_status.get("containerStatuses") or ()
        if "waiting" in (container.get("state") or {})
    ]
    conditions = [c for c in pod_status.get("conditions") or () if c.get("status") == "False"]
    for found in (*waiting, *conditions):
        parts = [str(found[name]) for name in ("reason", "message") if found.get(name)]
        if parts:
            return clean(": ".join(parts))
    return clean(pod_status.get("reason") or "no node has taken it yet")
