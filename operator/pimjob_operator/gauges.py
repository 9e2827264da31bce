"""How things are when Prometheus asks: counted then, so that it cannot drift."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from prometheus_client import Gauge

from pimjob_api.phases import ENDED, Phase
from pimjob_operator.cache import Cache
from pimjob_operator.core.release_text import state_of
from pimjob_operator.ledger import Ledger, Names, seconds
from pimjob_operator.metrics import (
    CONDITIONS,
    JOBS,
    LAST_SUCCESS,
    OLDEST_CHECKPOINT,
    OLDEST_HEARTBEAT,
    OLDEST_PHASE,
    RELEASES,
)

Object = Mapping[str, Any]
Labels = tuple[str, ...]


def measure_jobs(cache: Cache, ledger: Ledger) -> None:
    """Set what there is to say of PimJobs."""
    jobs: Counter[Labels] = Counter()
    conditions: Counter[Labels] = Counter()
    oldest: defaultdict[tuple[Gauge, Labels], list[float]] = defaultdict(list)
    for pimjob in cache.pimjobs.values():
        names, status = _names(cache, pimjob), pimjob["status"]
        jobs[*names, status.get("phase") or Phase.QUEUED.value] += 1
        if status.get("phase") in ENDED:
            continue
        for gauge, labels, when in _times(pimjob["metadata"], names, status, ledger):
            oldest[gauge, labels].append(when)
        conditions.update((*names, c["type"]) for c in status.get("conditions") or ())
    _set(JOBS, jobs)
    _set(CONDITIONS, conditions)
    for gauge in (OLDEST_PHASE, OLDEST_HEARTBEAT, OLDEST_CHECKPOINT):
        _set(gauge, {labels: min(found) for (of, labels), found in oldest.items() if of is gauge})


def measure_profiles(cache: Cache, ledger: Ledger) -> None:
    """Set when each profile last had a success; since when it waits for its first."""
    success: dict[Labels, float] = {}
    first: dict[Labels, float] = {}
    for pimjob in cache.pimjobs.values():
        profile, status = pimjob["spec"].get("profile"), pimjob["status"]
        if not profile:
            continue
        names = _names(cache, pimjob)
        labels = (*names, ledger.profile(names, profile))
        created = seconds(pimjob["metadata"]["creationTimestamp"])
        first[labels] = min(first.get(labels, created), created)
        if status.get("phase") == Phase.COMPLETED:
            ended = seconds(status.get("completionTime", ""))
            success[labels] = max(success.get(labels, 0.0), ended)
    _set(LAST_SUCCESS, first | success)


def measure_releases(releases: Iterable[Object]) -> None:
    """Set how many PimReleases there are."""
    found = ((one["metadata"]["namespace"], state_of(one.get("status") or {})) for one in releases)
    _set(RELEASES, Counter(found))


def _times(
    metadata: Object, names: Names, status: Object, ledger: Ledger
) -> Iterator[tuple[Gauge, Labels, float]]:
    phase = status.get("phase", Phase.QUEUED)
    since = seconds(status.get("phaseTime") or metadata["creationTimestamp"])
    yield OLDEST_PHASE, (*names, phase, ledger.reason(names, status.get("reason", ""))), since
    account = ledger.account(metadata["uid"])
    if phase == Phase.RUNNING and account is not None:
        # Of an attempt before this one neither says anything.
        yield OLDEST_CHECKPOINT, names, max(account.moved, since)
        heartbeat = account.seen.heartbeat
        yield OLDEST_HEARTBEAT, names, max(seconds(heartbeat) if heartbeat else since, since)


def _names(cache: Cache, pimjob: Object) -> Names:
    return pimjob["metadata"]["namespace"], cache.type_label(pimjob)


def _set(gauge: Gauge, values: Mapping[Labels, float]) -> None:
    """Set a gauge's series, and leave no other."""
    gauge.clear()
    for labels, value in values.items():
        gauge.labels(*labels).set(value)
