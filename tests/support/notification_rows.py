"""PimNotifications as the API server has them."""

from typing import Any

NOW = "2026-01-01T12:00:00Z"


def row(
    *, event: str = "Failed", resend: int = 0, data: dict[str, Any] | None = None, **status: Any
) -> dict[str, Any]:
    """Return one that was created at noon."""
    told = {"name": "a", "label": "Daily products", "user": "julia", "phase": event}
    return {
        "metadata": {
            "name": "a-failed-0",
            "namespace": "pim",
            "uid": "u",
            "resourceVersion": "1",
            "creationTimestamp": NOW,
        },
        "spec": {
            "id": "0" * 32,
            "notifier": "erp",
            "event": event,
            "subject": {"kind": "PimJob", "name": "a", "uid": "j"},
            "time": NOW,
            "data": told if data is None else data,
            "resend": resend,
        },
        "status": status,
    }
