"""What becomes of jobs, in metrics: counted from one status to the next.

The cache tells of each status that it stores. What is new in it against the one before is
counted, whoever wrote it and however many writes lie between. The first status of a job
that has one already is a baseline: another operator has counted it, or this one before it
was restarted. Counters therefore reset with the process, as Prometheus expects.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from sys import intern
from time import time
from typing import Any

from pimjob_api.phases import (
    ENDED,
    PLATFORM_FAILURES,
    OutcomeKind,
    Phase,
)
from pimjob_operator.metrics import (
    ATTEMPTS,
    CRASH_REASONS,
    CRASHED,
    DURATION,
    FAILURES,
    FINISHED,
    INTERRUPTION_REASONS,
    ITEMS,
    ITEMS_DONE,
    ITEMS_REDONE,
    JOB_FAILURES,
    LAUNCHED,
    OTHER,
    PAUSE,
    PAUSE_REASONS,
    PAUSES,
    QUEUE_WAIT,
    RESUME,
    START,
    STOP,
    WARNINGS,
)

Object = Mapping[str, Any]
Names = tuple[str, str]
"""Namespace and type."""

REASONS = 50
"""Reasons of a type that are told apart: whoever makes an image may invent them."""
TYPES = 500
"""Types, each in its namespace, that are told apart."""
PROFILES = 500
"""Profiles of a type that are told apart: whoever launches jobs may invent them."""

_LEAVING = frozenset({Phase.PAUSING, Phase.STOPPING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the next status of a job is compared with. There is one of each job that is kept."""

    phase: str | None
    phase_time: str | None
    heartbeat: str | None
    stopped: bool
    ended: tuple[int, ...]
    """Numbers of attempts."""
    attempts: int
    processed: int
    counters: tuple[int, ...]
    """One for each of ITEMS."""
    warnings: int


@dataclass(slots=True)
class Account:
    """What was last seen of one job."""

    seen: Seen
    moved: float
    """When the number of items done last changed, by our clock."""


class Distinct:
    """So many values of a label are told apart, in each group; all others are one."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._known: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)

    def label(self, group: tuple[str, ...], value: str) -> str:
        """Return what a value is called."""
        known = self._known[group]
        if value not in known and len(known) >= self._limit:
            return OTHER
        known.add(value)
        return value


class Ledger:
    """Counts; `clock` returns seconds since the epoch."""

    def __init__(self, clock: Callable[[], float] = time) -> None:
        self._clock = clock
        self._accounts: dict[str, Account] = {}
        self._reasons = Distinct(REASONS)
        self._profiles = Distinct(PROFILES)
        self._known: set[Names] = set()

    def observe(self, found: Object, job_type: str) -> None:
        """Count what is new in a PimJob's status; `job_type`: what its type is called."""
        uid, status = found["metadata"]["uid"], found.get("status") or {}
        account = self._accounts.get(uid)
        names = self._names((found["metadata"]["namespace"], job_type))
        if account is None:
            account = self._accounts[uid] = Account(_remembered(status), self._clock())
            if "phase" not in status:
                LAUNCHED.labels(*names).inc()
            return
        before, account.seen = account.seen, _remembered(status)
        if account.seen.processed != before.processed:
            account.moved = self._clock()
        _count_items(names, before, account.seen)
        self._count_attempts(names, before, status)
        _count_stop(names, before, status)
        self._count_phase(names, found, before, status)

    def drop(self, uid: str) -> None:
        """Forget a PimJob."""
        self._accounts.pop(uid, None)

    def account(self, uid: str) -> Account | None:
        """Return what was last seen of a PimJob."""
        return self._accounts.get(uid)

    def reason(self, names: Names, reason: str) -> str:
        """Return a reason as a label's value: one more than there may be is another's."""
        return self._reasons.label(names, reason)

    def profile(self, names: Names, profile: str) -> str:
        """Return a profile as a label's value."""
        return self._profiles.label(names, profile)

    def _count_attempts(self, names: Names, before: Seen, status: Object) -> None:
        for attempt in status.get("attempts") or ():
            if "outcome" in attempt and attempt["number"] not in before.ended:
                reason = self.reason(names, attempt.get("reason") or attempt["outcome"])
                ATTEMPTS.labels(*names, attempt["outcome"], reason).inc()

    def _count_phase(self, names: Names, found: Object, before: Seen, status: Object) -> None:
        phase, attempts = status.get("phase"), status.get("attempts") or ()
        if attempts and not before.attempts:
            waited = _between(found["metadata"]["creationTimestamp"], attempts[0].get("startTime"))
            QUEUE_WAIT.labels(*names).observe(waited)
        if phase == before.phase:
            return
        # A wish that was taken back before the runner left is no start.
        if phase == Phase.RUNNING and attempts and before.phase not in _LEAVING:
            _count_start(names, status)
        elif phase == Phase.PAUSED:
            PAUSES.labels(*names, self.reason(names, status.get("reason", ""))).inc()
            if before.phase == Phase.PAUSING:
                took = _between(before.phase_time, status.get("phaseTime"))
                PAUSE.labels(*names).observe(took)
        elif phase in ENDED:
            self._count_end(names, status)

    def _count_end(self, names: Names, status: Object) -> None:
        phase, reason = status["phase"], status.get("reason", "")
        FINISHED.labels(*names, phase).inc()
        took = _between(status.get("startTime"), status.get("completionTime"))
        DURATION.labels(*names, phase).observe(took)
        if phase == Phase.FAILED:
            cause = "platform" if reason in PLATFORM_FAILURES else "job"
            FAILURES.labels(*names, cause, self.reason(names, reason)).inc()

    def _names(self, names: Names) -> Names:
        """Return a job's labels: types in namespaces beyond so many are another's."""
        if names in self._known:
            return names
        if len(self._known) >= TYPES:
            names = (names[0], OTHER)
        if names not in self._known:
            self._known.add(names)
            _begin_at_zero(names)
        return names


def _remembered(status: Object) -> Seen:
    """Return what the next status is compared with. Of an end the words are many a job's."""
    steps, phase = status.get("steps") or (), status.get("phase")
    counters = [step.get("counters") or {} for step in steps]
    ended = phase in ENDED
    return Seen(
        phase=None if phase is None else intern(phase),
        phase_time=None if ended else status.get("phaseTime"),
        heartbeat=None if ended else status.get("heartbeatTime"),
        stopped="acknowledgedAt" in (status.get("stop") or {}),
        ended=tuple(a["number"] for a in status.get("attempts") or () if "outcome" in a),
        attempts=status.get("attemptCount", 0),
        processed=sum(step.get("processed", 0) for step in steps),
        counters=tuple(sum(counted.get(name, 0) for counted in counters) for name in ITEMS),
        warnings=sum(step.get("warnings", 0) for step in steps),
    )


def _begin_at_zero(names: Names) -> None:
    """Make what is known to be counted: an increase from nothing is none to Prometheus."""
    for result in ENDED:
        FINISHED.labels(*names, result)
    for outcome in ITEMS:
        ITEMS_DONE.labels(*names, outcome)
    for reason in CRASH_REASONS:
        ATTEMPTS.labels(*names, CRASHED, reason)
    for reason in INTERRUPTION_REASONS:
        ATTEMPTS.labels(*names, OutcomeKind.INTERRUPTED, reason)
    for reason in PAUSE_REASONS:
        PAUSES.labels(*names, reason)
    for reason in PLATFORM_FAILURES:
        FAILURES.labels(*names, "platform", reason)
    for reason in JOB_FAILURES:
        FAILURES.labels(*names, "job", reason)
    for metric in (LAUNCHED, WARNINGS, ITEMS_REDONE, START, RESUME, PAUSE, STOP):
        metric.labels(*names)


def _count_items(names: Names, before: Seen, now: Seen) -> None:
    for name, known, number in zip(ITEMS, before.counters, now.counters, strict=True):
        if number > known:
            ITEMS_DONE.labels(*names, name).inc(number - known)
    # What was committed is never done again, unless the database itself has lost it.
    if now.processed < before.processed:
        ITEMS_REDONE.labels(*names).inc(before.processed - now.processed)
    if now.warnings > before.warnings:
        WARNINGS.labels(*names).inc(now.warnings - before.warnings)


def _count_stop(names: Names, before: Seen, status: Object) -> None:
    stop = status.get("stop") or {}
    if "acknowledgedAt" in stop and not before.stopped:
        STOP.labels(*names).observe(_between(stop.get("at"), stop["acknowledgedAt"]))


def _count_start(names: Names, status: Object) -> None:
    attempts = status["attempts"]
    took = _between(attempts[-1].get("startTime"), status.get("phaseTime"))
    START.labels(*names).observe(took)
    if len(attempts) > 1 and attempts[-2].get("outcome") == OutcomeKind.PAUSED:
        RESUME.labels(*names).observe(took)


def _between(start: str | None, end: str | None) -> float:
    """Return the seconds between two times; 0 if one is missing or they are the wrong way round."""
    return max(seconds(end) - seconds(start), 0.0) if start and end else 0.0


def seconds(time: str) -> float:
    """Return a time's seconds since the epoch; 0 if Python cannot read it.

    The API server takes years and offsets that are none here, from whoever may write a status,
    and nobody's metrics or reconciles are to end by that.
    """
    try:
        return datetime.fromisoformat(time).timestamp()
    except (ValueError, OverflowError):
        return 0.0
