"""The notifier's metrics. No label names a single job."""

from collections import Counter as Counts
from collections.abc import Iterable, Mapping
from typing import Any

from pimjob_api.notices import NotificationState
from pimjob_kube.metered import Metrics
from pimjob_notifier.course import asked, due, is_asked_anew

_METRICS = Metrics()
DEFINITIONS = _METRICS.definitions

DESTINATIONS = ("webhook", "mail", "chat")
_NAMESPACE = {"namespace": "the PimNotification's"}
_BY_WAY = {**_NAMESPACE, "destination": DESTINATIONS}

NOTIFICATIONS = _METRICS.gauge(
    "pimjob_notifications",
    "PimNotifications that are there.",
    {**_NAMESPACE, "state": list(NotificationState)},
    query="sum by (state) (pimjob_notifications)",
)
OLDEST_PENDING = _METRICS.gauge(
    "pimjob_notifications_pending_oldest_timestamp_seconds",
    "Since when the Pending PimNotification is to be sent that has waited longest.",
    _NAMESPACE,
    query="time() - min(pimjob_notifications_pending_oldest_timestamp_seconds)",
)
SENT = _METRICS.counter(
    "pimjob_notifications_sent_total",
    "PimNotifications delivered.",
    _BY_WAY,
    query="sum by (destination) (increase(pimjob_notifications_sent_total[1d]))",
)
FAILED = _METRICS.counter(
    "pimjob_notifications_failed_total",
    "Attempts to deliver a PimNotification that failed.",
    _BY_WAY,
    query="sum by (destination) (increase(pimjob_notifications_failed_total[1d]))",
)
DEAD = _METRICS.counter(
    "pimjob_notifications_dead_total",
    "PimNotifications given up.",
    _NAMESPACE,
    query="sum by (namespace) (increase(pimjob_notifications_dead_total[1d]))",
)
SEND_SECONDS = _METRICS.histogram(
    "pimjob_notifications_send_duration_seconds",
    "Time one attempt took, delivered or not.",
    {"destination": DESTINATIONS},
    buckets=(0.05, 0.1, 0.3, 1, 3, 5, 10, 15, 30),
    query="histogram_quantile(0.99, sum by (destination, le)"
    " (rate(pimjob_notifications_send_duration_seconds_bucket[1h])))",
)
NAMESPACES_LEFT_OUT = _METRICS.gauge(
    "pimjob_notifier_namespaces_left_out",
    "Watched namespaces that the notifier may not read: nothing of theirs is sent.",
    query="max(pimjob_notifier_namespaces_left_out)",
)
API_REQUESTS = _METRICS.counter(
    "pimjob_notifier_api_requests_total",
    "Requests to the API server.",
    {
        "method": ("GET", "POST", "PUT", "PATCH", "DELETE", "WATCH"),
        "resource": "in the plural, with its subresource",
        "status": "HTTP's; none: no answer",
    },
    query="sum by (resource) (rate(pimjob_notifier_api_requests_total[5m]))",
)
LEADER = _METRICS.gauge(
    "pimjob_notifier_leader",
    "1 while this replica is the active one.",
    query="sum(pimjob_notifier_leader)",
)
BUILD_INFO = _METRICS.gauge(
    "pimjob_notifier_build_info",
    "The running version; always 1.",
    {"version": "of pimjobs"},
    query="sum by (version) (pimjob_notifier_build_info)",
)


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
