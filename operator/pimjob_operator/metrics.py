"""The operator's metrics, all of them. No label names a single job.

`make generate` writes docs/metrics.md from what stands here. What counts: `ledger` (what
becomes of jobs), `gauges` (how things are when somebody asks), and who does the rest.
"""

from pimjob_api.notices import NotifierEvent
from pimjob_api.phases import (
    DATABASE_UNAVAILABLE,
    ENDED,
    NEW_IMAGE,
    NODE_LOST,
    POD_DELETED,
    RELEASE_IN_PROGRESS,
    OutcomeKind,
    Phase,
)
from pimjob_kube.metered import Metrics

_METRICS = Metrics()
DEFINITIONS = _METRICS.definitions
counter, gauge, histogram = _METRICS.counter, _METRICS.gauge, _METRICS.histogram

# From what nobody notices to what is worth a page.
LATENCY = (0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300, 900)
_WAIT = (1, 5, 15, 60, 300, 900, 3600, 14400)
_DURATION = (1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14400, 28800, 86400)

ITEMS = ("read", "created", "updated", "unchanged", "skipped", "invalid")
CRASHED = "Crashed"
OTHER = "Other"
"""Any type that does not exist, any reason or profile beyond those that are told apart."""

# Reasons that series begin with, at zero: of a series that begins with one, Prometheus sees no
# increase. Others, those of users' own images for instance, show from their second time on.
PAUSE_REASONS = (Phase.PAUSED.value, RELEASE_IN_PROGRESS, NEW_IMAGE, "CheckpointUnreadable")
CRASH_REASONS = ("Error", "OOMKilled", "Evicted", DATABASE_UNAVAILABLE, NODE_LOST, POD_DELETED)
INTERRUPTION_REASONS = ("Interrupted", "EvictionByEvictionAPI", "PreemptionByScheduler")
JOB_FAILURES = (
    *("InvalidParameters", "InvalidSource", "InvalidFile", "InvalidCharset", "InvalidHeader"),
    *("SourceNotFound", "SourceTooLarge", "CopyChanged", "EveryRowRefused"),
)

_RESULTS = sorted(ENDED)
_BY_TYPE = {
    "namespace": "the PimJob's",
    "type": "its spec.type; `Other` where there is no such PimJobType",
}
_PHASES = [phase.value for phase in Phase]
_OUTCOMES = [*(kind.value for kind in OutcomeKind), CRASHED]

# How many there are, and since when.
JOBS = gauge(
    "pimjob_jobs",
    "PimJobs that are there.",
    {**_BY_TYPE, "phase": _PHASES},
    query="sum by (phase) (pimjob_jobs)",
)
OLDEST_PHASE = gauge(
    "pimjob_phase_oldest_timestamp_seconds",
    "Since when the PimJob has been in its phase that has been there longest.",
    {**_BY_TYPE, "phase": _PHASES, "reason": "its status.reason"},
    query='time() - min by (type) (pimjob_phase_oldest_timestamp_seconds{phase="Queued"})',
)
OLDEST_HEARTBEAT = gauge(
    "pimjob_heartbeat_oldest_timestamp_seconds",
    "When the running PimJob last reported that has been silent longest.",
    _BY_TYPE,
    query="time() - min by (type) (pimjob_heartbeat_oldest_timestamp_seconds)",
)
OLDEST_CHECKPOINT = gauge(
    "pimjob_checkpoint_oldest_timestamp_seconds",
    "When the running PimJob last committed items, and with them its checkpoint, that has been at"
    " the same one longest.",
    _BY_TYPE,
    query="time() - min by (type) (pimjob_checkpoint_oldest_timestamp_seconds)",
)
CONDITIONS = gauge(
    "pimjob_conditions",
    "PimJobs that have not ended, by condition that they are in.",
    {
        **_BY_TYPE,
        "condition": ("CheckpointUnreadable", "ImageFallback", "Refused", "StatusRefused"),
    },
    query="sum by (condition) (pimjob_conditions)",
)
LAST_SUCCESS = gauge(
    "pimjob_last_success_timestamp_seconds",
    "When a PimJob of a profile last completed; when its first one was created, if none has. Only"
    " with PIMJOB_PROFILE_METRICS.",
    {**_BY_TYPE, "profile": "its spec.profile; `Other` beyond 500 of a type"},
    query="time() - max by (namespace, profile) (pimjob_last_success_timestamp_seconds)",
)
RELEASES = gauge(
    "pimjob_releases",
    "PimReleases that are there.",
    {"namespace": "the PimRelease's", "state": ("Open", "Draining", "Drained", "Stuck")},
    query='sum by (namespace) (pimjob_releases{state!="Open"})',
)

# What becomes of jobs.
LAUNCHED = counter(
    "pimjob_launched_total",
    "PimJobs created.",
    _BY_TYPE,
    query="sum by (type) (increase(pimjob_launched_total[1d]))",
)
FINISHED = counter(
    "pimjob_finished_total",
    "PimJobs that ended.",
    {**_BY_TYPE, "result": _RESULTS},
    query="sum by (result) (increase(pimjob_finished_total[1d]))",
)
FAILURES = counter(
    "pimjob_failures_total",
    "PimJobs that failed. The cause is `platform` where neither their files nor their parameters"
    " are at fault.",
    {**_BY_TYPE, "cause": ("job", "platform"), "reason": "their status.reason"},
    query="sum by (cause, reason) (increase(pimjob_failures_total[1d]))",
)
DURATION = histogram(
    "pimjob_duration_seconds",
    "From the first attempt to the end of a PimJob, pauses included.",
    {**_BY_TYPE, "result": _RESULTS},
    buckets=_DURATION,
    query="histogram_quantile(0.9, sum by (type, le) (rate(pimjob_duration_seconds_bucket[1d])))",
)
QUEUE_WAIT = histogram(
    "pimjob_queue_wait_seconds",
    "From the creation of a PimJob to its first attempt.",
    _BY_TYPE,
    buckets=_WAIT,
    query="histogram_quantile(0.9, sum by (type, le) (rate(pimjob_queue_wait_seconds_bucket[1h])))",
)
START = histogram(
    "pimjob_start_seconds",
    "From the creation of an attempt's Job to the start of its runner.",
    _BY_TYPE,
    buckets=LATENCY,
    query="histogram_quantile(0.99, sum by (le) (rate(pimjob_start_seconds_bucket[1h])))",
)
RESUME = histogram(
    "pimjob_resume_seconds",
    "The same, of attempts that follow a pause.",
    _BY_TYPE,
    buckets=LATENCY,
    query="histogram_quantile(0.99, sum by (le) (rate(pimjob_resume_seconds_bucket[1h])))",
)
PAUSE = histogram(
    "pimjob_pause_seconds",
    "From a wish to pause, or a closed gate, to Paused.",
    _BY_TYPE,
    buckets=LATENCY,
    query="histogram_quantile(0.99, sum by (le) (rate(pimjob_pause_seconds_bucket[1h])))",
)
STOP = histogram(
    "pimjob_stop_seconds",
    "From the moment a stop was seen to the moment nothing ran any more.",
    _BY_TYPE,
    buckets=LATENCY,
    query="histogram_quantile(0.99, sum by (le) (rate(pimjob_stop_seconds_bucket[1h])))",
)
PAUSES = counter(
    "pimjob_pauses_total",
    "Pauses.",
    {**_BY_TYPE, "reason": "the job's status.reason: Paused (by people), ReleaseInProgress, …"},
    query="sum by (reason) (increase(pimjob_pauses_total[1d]))",
)
ATTEMPTS = counter(
    "pimjob_attempts_total",
    "Attempts that ended.",
    {
        **_BY_TYPE,
        "outcome": _OUTCOMES,
        "reason": "why: OOMKilled, DatabaseUnavailable, EvictionByEvictionAPI, …",
    },
    query='sum by (reason) (increase(pimjob_attempts_total{outcome="Crashed"}[1d]))',
)
ITEMS_DONE = counter(
    "pimjob_items_total",
    "Items by what became of them.",
    {**_BY_TYPE, "outcome": ITEMS},
    query="sum by (type, outcome) (rate(pimjob_items_total[5m]))",
)
ITEMS_REDONE = counter(
    "pimjob_items_redone_total",
    "Items that are done once more because a database lost their commit: how far jobs fell back.",
    _BY_TYPE,
    query="sum by (type) (increase(pimjob_items_redone_total[1d]))",
)
WARNINGS = counter(
    "pimjob_warnings_total",
    "Warnings about items.",
    _BY_TYPE,
    query="sum by (type) (increase(pimjob_warnings_total[1d]))",
)

# The operator itself.
API_REQUESTS = counter(
    "pimjob_operator_api_requests_total",
    "Requests to the API server.",
    {
        "method": ("GET", "POST", "PUT", "PATCH", "DELETE", "WATCH"),
        "resource": "in the plural, with its subresource",
        "status": "HTTP's; none: no answer",
    },
    query='sum by (resource) (rate(pimjob_operator_api_requests_total{method!~"GET|WATCH"}[5m]))',
)
RECONCILES = counter(
    "pimjob_operator_reconciles_total",
    "Reconciles of PimJobs and PimReleases.",
    {"result": ("success", "retry", "error")},
    query="sum by (result) (rate(pimjob_operator_reconciles_total[5m]))",
)
RECONCILE_SECONDS = histogram(
    "pimjob_operator_reconcile_duration_seconds",
    "Time one reconcile took.",
    buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30),
    query="histogram_quantile(0.99, sum by (le)"
    " (rate(pimjob_operator_reconcile_duration_seconds_bucket[5m])))",
)
QUEUE_DEPTH = gauge(
    "pimjob_operator_queue_depth",
    "PimJobs and PimReleases waiting to be reconciled.",
    query="max(pimjob_operator_queue_depth)",
)
WATCH_EVENT_TIMESTAMP = gauge(
    "pimjob_operator_watch_last_event_timestamp_seconds",
    "When the last watch event arrived.",
    {"kind": ("PimJob", "PimJobType", "PimRelease", "Job", "Pod", "Deployment")},
    query="time() - max by (kind) (pimjob_operator_watch_last_event_timestamp_seconds)",
)
SWEEP_TIMESTAMP = gauge(
    "pimjob_operator_sweep_timestamp_seconds",
    "When the last full list was compared.",
    query="time() - max(pimjob_operator_sweep_timestamp_seconds)",
)
SWEEP_CORRECTIONS = counter(
    "pimjob_operator_sweep_corrections_total",
    "Objects that the watch had missed and a full list brought back.",
    query="sum(increase(pimjob_operator_sweep_corrections_total[1d]))",
)
FOREIGN = counter(
    "pimjob_operator_foreign_children_total",
    "Jobs and Pods that have the label of a PimJob and are not its own, and are ignored: in another"
    " namespace, without its owner reference, or not named as an attempt.",
    {"kind": ("Job", "Pod")},
    query="sum by (kind) (increase(pimjob_operator_foreign_children_total[1d]))",
)
NAMESPACES_LEFT_OUT = gauge(
    "pimjob_operator_namespaces_left_out",
    "Watched namespaces that the operator may not read: their jobs are not run.",
    query="max(pimjob_operator_namespaces_left_out)",
)
NOTIFICATIONS = counter(
    "pimjob_operator_notifications_total",
    "PimNotifications that the operator put into the outbox, or that the API server refused and"
    " that are lost.",
    {"event": list(NotifierEvent), "result": ("created", "refused")},
    query="sum by (event, result) (increase(pimjob_operator_notifications_total[1d]))",
)
LEADER = gauge(
    "pimjob_operator_leader",
    "1 while this replica is the active one.",
    query="sum(pimjob_operator_leader)",
)
BUILD_INFO = gauge(
    "pimjob_build_info",
    "The running version; always 1.",
    {"version": "of pimjobs"},
    query="sum by (version) (pimjob_build_info)",
)

for _event in NotifierEvent:
    for _result in ("created", "refused"):
        NOTIFICATIONS.labels(_event, _result)
for _kind in ("Job", "Pod"):
    FOREIGN.labels(_kind)
for _result in ("success", "retry", "error"):
    RECONCILES.labels(_result)
