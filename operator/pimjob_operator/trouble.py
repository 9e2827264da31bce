"""What Kubernetes says against an attempt that does not start: quota, image, volume, node."""

from typing import Any

from pimjob_kube import paths
from pimjob_kube.client import Client
from pimjob_operator.core.observed import Waiting


async def latest_trouble(client: Client, namespace: str, names: list[str]) -> Waiting | None:
    """Return the latest warning about the first of these objects that has any. One call each."""
    for name in names:
        found = await client.get(
            paths.events(namespace), fieldSelector=f"involvedObject.name={name},type=Warning"
        )
        if found["items"]:
            latest = max(found["items"], key=_time)
            message = str(latest.get("message", ""))
            quota = "exceeded quota" in message
            reason = "QuotaExceeded" if quota else str(latest.get("reason", "Unknown"))
            return Waiting(reason=reason, message=message)
    return None


def _time(event: dict[str, Any]) -> str:
    times = (event.get("lastTimestamp"), event.get("eventTime"), event.get("firstTimestamp"))
    return next((str(time) for time in times if time), "")
