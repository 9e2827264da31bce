"""The operator's metrics. No label names a single job."""

from collections import Counter as Counts
from collections.abc import Iterable, Mapping
from typing import Any

from prometheus_client import Counter, Gauge, Histogram

from pimjob_api.notices import NotifierEvent
from pimjob_api.phases import Phase
from pimjob_operator.core.release_text import state_of

API_REQUESTS = Counter(
    "pimjob_operator_api_requests_total",
    "Requests to the API server by method, resource and HTTP status (none: no answer).",
    ["method", "resource", "status"],
)
RECONCILES = Counter(
    "pimjob_operator_reconciles_total",
    "Reconciles of PimJobs and PimReleases by result.",
    ["result"],
)
RECONCILE_SECONDS = Histogram(
    "pimjob_operator_reconcile_duration_seconds",
    "Time one reconcile took.",
    buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30),
)
QUEUE_DEPTH = Gauge(
    "pimjob_operator_queue_depth", "PimJobs and PimReleases waiting to be reconciled."
)
WATCH_EVENT_TIMESTAMP = Gauge(
    "pimjob_operator_watch_last_event_timestamp_seconds",
    "When the last watch event arrived.",
    ["kind"],
)
SWEEP_TIMESTAMP = Gauge(
    "pimjob_operator_sweep_timestamp_seconds", "When the last full list was compared."
)
SWEEP_CORRECTIONS = Counter(
    "pimjob_operator_sweep_corrections_total",
    "Objects that the watch had missed and a full list brought back.",
)
NOTIFICATIONS = Counter(
    "pimjob_operator_notifications_total",
    "PimNotifications by event and result: created, or refused by the API server and so lost.",
    ["event", "result"],
)
LEADER = Gauge("pimjob_operator_leader", "1 while this replica is the active one.")
JOBS = Gauge("pimjob_jobs", "PimJobs by namespace, type and phase.", ["namespace", "type", "phase"])
RELEASES = Gauge(
    "pimjob_releases",
    "PimReleases by namespace and state: Open, Draining, Drained, Stuck.",
    ["namespace", "state"],
)
BUILD_INFO = Gauge("pimjob_build_info", "The running version; always 1.", ["version"])


def count_jobs(pimjobs: Iterable[Mapping[str, Any]]) -> None:
    """Set JOBS from what the cache has: counted when asked, it cannot drift."""
    JOBS.clear()
    counts = Counts(
        (
            pimjob["metadata"]["namespace"],
            pimjob["spec"]["type"],
            (pimjob.get("status") or {}).get("phase") or Phase.QUEUED.value,
        )
        for pimjob in pimjobs
    )
    for labels, count in counts.items():
        JOBS.labels(*labels).set(count)


def count_releases(releases: Iterable[Mapping[str, Any]]) -> None:
    """Set RELEASES from what the cache has."""
    RELEASES.clear()
    counts = Counts(
        (release["metadata"]["namespace"], state_of(release.get("status") or {}))
        for release in releases
    )
    for labels, count in counts.items():
        RELEASES.labels(*labels).set(count)


for _event in NotifierEvent:
    for _result in ("created", "refused"):
        NOTIFICATIONS.labels(_event, _result)
for _result in ("success", "retry", "error"):
    RECONCILES.labels(_result)
