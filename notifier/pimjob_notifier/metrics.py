"""The notifier's metrics. No label names a single job."""

from collections import Counter as Counts
from collections.abc import Iterable, Mapping
from typing import Any

from prometheus_client import Counter, Gauge, Histogram

from pimjob_api.notices import NotificationState
from pimjob_notifier.course import asked, due, is_asked_anew

_BY_WAY = ["namespace", "destination"]
DESTINATIONS = ("webhook", "mail", "chat")

SENT = Counter(
    "pimjob_notifications_sent_total",
    "PimNotifications delivered, by destination: webhook, mail, chat.",
    _BY_WAY,
)
FAILED = Counter(
    "pimjob_notifications_failed_total",
    "Attempts to deliver a PimNotification that failed, by destination.",
    _BY_WAY,
)
DEAD = Counter(
    "pimjob_notifications_dead_total",
    "PimNotifications given up.",
    ["namespace"],
)
SEND_SECONDS = Histogram(
    "pimjob_notifications_send_duration_seconds",
    "Time one attempt took, delivered or not, by destination.",
    ["destination"],
    buckets=(0.05, 0.1, 0.3, 1, 3, 5, 10, 15, 30),
)
NOTIFICATIONS = Gauge(
    "pimjob_notifications",
    "PimNotifications by state: Pending, Sent, Skipped, Dead.",
    ["namespace", "state"],
)
OLDEST_PENDING = Gauge(
    "pimjob_notifications_pending_oldest_timestamp_seconds",
    "Since when the Pending PimNotification is to be sent that has waited longest.",
    ["namespace"],
)
API_REQUESTS = Counter(
    "pimjob_notifier_api_requests_total",
    "Requests to the API server by method, resource and HTTP status (none: no answer).",
    ["method", "resource", "status"],
)
LEADER = Gauge("pimjob_notifier_leader", "1 while this replica is the active one.")
BUILD_INFO = Gauge("pimjob_notifier_build_info", "The running version; always 1.", ["version"])


def state_of(row: Mapping[str, Any]) -> str:
    """Return a PimNotification's state: one that nobody has touched is Pending."""
    if is_asked_anew(row):
        return NotificationState.PENDING.value
    return str((row.get("status") or {}).get("state") or NotificationState.PENDING.value)


def measure(rows: Iterable[Mapping[str, Any]]) -> None:
    """Set what is asked for as it is now: counted when asked, it cannot drift."""
    NOTIFICATIONS.clear()
    OLDEST_PENDING.clear()
    counts: Counts[tuple[str, str]] = Counts()
    oldest: dict[str, float] = {}
    for row in rows:
        namespace = row["metadata"]["namespace"]
        counts[namespace, state_of(row)] += 1
        if due(row) is not None:
            since = asked(row).timestamp()
            oldest[namespace] = min(since, oldest.get(namespace, since))
    for labels, count in counts.items():
        NOTIFICATIONS.labels(*labels).set(count)
    for namespace, since in oldest.items():
        OLDEST_PENDING.labels(namespace).set(since)
