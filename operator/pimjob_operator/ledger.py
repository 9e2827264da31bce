"""What becomes of jobs, in metrics: counted from one status to the next.

The cache tells of each status that it takes. What is new in it against the one before is
counted, whoever wrote it and however many writes lie between. The first status of a job
that has one already is a baseline: another operator has counted it, or this one before it
was restarted. Counters therefore reset with the process, as Prometheus expects.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from time import time
from typing import Any

from prometheus_client import Counter, Gauge, Histogram

from pimjob_api.phases import ENDED, OutcomeKind, Phase

Object = Mapping[str, Any]

_BY_TYPE = ["namespace", "type"]
# From what nobody notices to what is worth a page.
LATENCY = (0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300, 900)
_WAIT = (1, 5, 15, 60, 300, 900, 3600, 14400)
_DURATION = (1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14400, 28800, 86400)
_LEAVING = frozenset({Phase.PAUSING, Phase.STOPPING})
ITEMS = ("read", "created", "updated", "unchanged", "skipped", "invalid")

LAUNCHED = Counter("pimjob_launched_total", "PimJobs created.", _BY_TYPE)
FINISHED = Counter(
    "pimjob_finished_total",
    "PimJobs that ended, by result: Completed, Failed, Stopped.",
    [*_BY_TYPE, "result"],
)
DURATION = Histogram(
    "pimjob_duration_seconds",
    "From the first attempt to the end of a PimJob, pauses included.",
    [*_BY_TYPE, "result"],
    buckets=_DURATION,
)
QUEUE_WAIT = Histogram(
    "pimjob_queue_wait_seconds",
    "From the creation of a PimJob to its first attempt.",
    _BY_TYPE,
    buckets=_WAIT,
)
START = Histogram(
    "pimjob_start_seconds",
    "From the creation of an attempt's Job to the start of its runner.",
    _BY_TYPE,
    buckets=LATENCY,
)
RESUME = Histogram(
    "pimjob_resume_seconds",
    "The same, of attempts that follow a pause.",
    _BY_TYPE,
    buckets=LATENCY,
)
PAUSE = Histogram(
    "pimjob_pause_seconds",
    "From a wish to pause, or a closed gate, to Paused.",
    _BY_TYPE,
    buckets=LATENCY,
)
STOP = Histogram(
    "pimjob_stop_seconds",
    "From the moment a stop was seen to the moment nothing ran any more.",
    _BY_TYPE,
    buckets=LATENCY,
)
PAUSES = Counter(
    "pimjob_pauses_total",
    "Pauses by reason, e.g. Requested, ReleaseInProgress, NewImage.",
    [*_BY_TYPE, "reason"],
)
ATTEMPTS = Counter(
    "pimjob_attempts_total",
    "Attempts that ended, by outcome and reason, e.g. Crashed and OOMKilled.",
    [*_BY_TYPE, "outcome", "reason"],
)
ITEMS_DONE = Counter(
    "pimjob_items_total",
    f"Items by what became of them: {', '.join(ITEMS)}.",
    [*_BY_TYPE, "outcome"],
)
WARNINGS = Counter("pimjob_warnings_total", "Warnings about items.", _BY_TYPE)

OLDEST_PHASE = Gauge(
    "pimjob_phase_oldest_timestamp_seconds",
    "Since when the PimJob has been in its phase that has been there longest.",
    [*_BY_TYPE, "phase", "reason"],
)
OLDEST_HEARTBEAT = Gauge(
    "pimjob_heartbeat_oldest_timestamp_seconds",
    "When the running PimJob last reported that has been silent longest.",
    _BY_TYPE,
)
OLDEST_PROGRESS = Gauge(
    "pimjob_progress_oldest_timestamp_seconds",
    "When the running PimJob last finished an item that has been at the same one longest.",
    _BY_TYPE,
)
CONDITIONS = Gauge(
    "pimjob_conditions",
    "PimJobs that have not ended, by condition that they are in, e.g. CheckpointUnreadable.",
    [*_BY_TYPE, "condition"],
)


@dataclass(slots=True)
class _Account:
    """What was last seen of one job."""

    status: Object
    moved: float
    """When the number of items done last changed, by our clock."""


class Ledger:
    """Counts; `clock` returns seconds since the epoch."""

    def __init__(self, clock: Callable[[], float] = time) -> None:
        self._clock = clock
        self._accounts: dict[str, _Account] = {}

    def take(self, found: Object) -> None:
        """Count what is new in a PimJob's status."""
        uid, status = found["metadata"]["uid"], found.get("status") or {}
        account = self._accounts.get(uid)
        names = (found["metadata"]["namespace"], found["spec"]["type"])
        if account is None:
            account = self._accounts[uid] = _Account(_remembered(status), self._clock())
            _begin_at_zero(names)
            if "phase" not in status:
                LAUNCHED.labels(*names).inc()
            return
        before, account.status = account.status, _remembered(status)
        if account.status["processed"] != before["processed"]:
            account.moved = self._clock()
        _count_items(names, before, account.status)
        _count_attempts(names, before, status)
        _count_phase(names, found, before, status)

    def drop(self, uid: str) -> None:
        """Forget a PimJob."""
        self._accounts.pop(uid, None)

    def measure(self, pimjobs: Iterable[Object]) -> None:
        """Set what is asked for as it is now: counted when asked, it cannot drift."""
        oldest: defaultdict[tuple[Gauge, tuple[str, ...]], list[float]] = defaultdict(list)
        CONDITIONS.clear()
        for pimjob in pimjobs:
            status = pimjob.get("status") or {}
            if status.get("phase") in ENDED:
                continue
            names = (pimjob["metadata"]["namespace"], pimjob["spec"]["type"])
            for gauge, labels, when in self._times(pimjob["metadata"], names, status):
                oldest[gauge, labels].append(when)
            for condition in status.get("conditions") or ():
                CONDITIONS.labels(*names, condition["type"]).inc()
        for gauge in (OLDEST_PHASE, OLDEST_HEARTBEAT, OLDEST_PROGRESS):
            gauge.clear()
        for (gauge, labels), times in oldest.items():
            gauge.labels(*labels).set(min(times))

    def _times(
        self, metadata: Object, names: tuple[str, str], status: Object
    ) -> Iterator[tuple[Gauge, tuple[str, ...], float]]:
        phase = status.get("phase", Phase.QUEUED)
        since = status.get("phaseTime") or metadata["creationTimestamp"]
        yield OLDEST_PHASE, (*names, phase, status.get("reason", "")), _seconds(since)
        account = self._accounts.get(metadata["uid"])
        if phase == Phase.RUNNING and account is not None:
            yield OLDEST_PROGRESS, names, max(account.moved, _seconds(since))
            # Of an attempt before this one it says nothing.
            heartbeat = account.status["heartbeatTime"] or since
            yield OLDEST_HEARTBEAT, names, max(_seconds(heartbeat), _seconds(since))


def _remembered(status: Object) -> dict[str, Any]:
    """Return what the next status is compared with."""
    steps = status.get("steps") or ()
    counters = {
        name: sum((step.get("counters") or {}).get(name, 0) for step in steps) for name in ITEMS
    }
    return {
        "phase": status.get("phase"),
        "phaseTime": status.get("phaseTime"),
        "heartbeatTime": status.get("heartbeatTime"),
        "stopped": "acknowledgedAt" in (status.get("stop") or {}),
        "ended": frozenset(a["number"] for a in status.get("attempts") or () if "outcome" in a),
        "attempts": status.get("attemptCount", 0),
        "processed": sum(step.get("processed", 0) for step in steps),
        "counters": counters,
        "warnings": sum(step.get("warnings", 0) for step in steps),
    }


def _begin_at_zero(names: tuple[str, str]) -> None:
    """Make what is known to be counted: an increase from nothing is none to Prometheus."""
    for result in ENDED:
        FINISHED.labels(*names, result)
    for outcome in ITEMS:
        ITEMS_DONE.labels(*names, outcome)
    ATTEMPTS.labels(*names, "Crashed", "Error")
    for metric in (WARNINGS, START, RESUME, PAUSE, STOP):
        metric.labels(*names)


def _count_items(names: tuple[str, str], before: Object, now: Object) -> None:
    for name, number in now["counters"].items():
        if number > before["counters"][name]:
            ITEMS_DONE.labels(*names, name).inc(number - before["counters"][name])
    if now["warnings"] > before["warnings"]:
        WARNINGS.labels(*names).inc(now["warnings"] - before["warnings"])


def _count_attempts(names: tuple[str, str], before: Object, status: Object) -> None:
    for attempt in status.get("attempts") or ():
        if "outcome" in attempt and attempt["number"] not in before["ended"]:
            reason = attempt.get("reason") or attempt["outcome"]
            ATTEMPTS.labels(*names, attempt["outcome"], reason).inc()


def _count_phase(names: tuple[str, str], found: Object, before: Object, status: Object) -> None:
    phase, attempts = status.get("phase"), status.get("attempts") or ()
    if attempts and not before["attempts"]:
        waited = _between(found["metadata"]["creationTimestamp"], attempts[0].get("startTime"))
        QUEUE_WAIT.labels(*names).observe(waited)
    stop = status.get("stop") or {}
    if "acknowledgedAt" in stop and not before["stopped"]:
        STOP.labels(*names).observe(_between(stop.get("at"), stop["acknowledgedAt"]))
    if phase == before["phase"]:
        return
    # A wish that was taken back before the runner left is no start.
    if phase == Phase.RUNNING and attempts and before["phase"] not in _LEAVING:
        took = _between(attempts[-1].get("startTime"), status.get("phaseTime"))
        START.labels(*names).observe(took)
        if len(attempts) > 1 and attempts[-2].get("outcome") == OutcomeKind.PAUSED:
            RESUME.labels(*names).observe(took)
    elif phase == Phase.PAUSED:
        PAUSES.labels(*names, status.get("reason", "")).inc()
        if before["phase"] == Phase.PAUSING:
            took = _between(before["phaseTime"], status.get("phaseTime"))
            PAUSE.labels(*names).observe(took)
    elif phase in ENDED:
        FINISHED.labels(*names, phase).inc()
        took = _between(status.get("startTime"), status.get("completionTime"))
        DURATION.labels(*names, phase).observe(took)


def _between(start: str | None, end: str | None) -> float:
    """Return the seconds between two times; 0 if one is missing or they are the wrong way round."""
    return max(_seconds(end) - _seconds(start), 0.0) if start and end else 0.0


def _seconds(time: str) -> float:
    """Return a time's seconds since the epoch; 0 if Python cannot read it.

    The API server takes years and offsets that are none here, from whoever may write a status,
    and nobody's metrics or reconciles are to end by that.
    """
    try:
        return datetime.fromisoformat(time).timestamp()
    except (ValueError, OverflowError):
        return 0.0
