"""Which Jobs and Pods are a PimJob's, in whatever order they come, and how long they are kept."""

from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest
from prometheus_client import REGISTRY

from pimjob_operator import stores
from pimjob_operator.cache import Cache
from pimjob_operator.cached_world import world_of
from pimjob_operator.core.observed import ObservedPod
from pimjob_operator.settings import Settings
from support.objects import child, kept_pods, pimjob

SETTINGS = Settings(runner_image="runner:1")
ATTEMPT = {"number": 1, "job": "a-1"}
TOLD = {**ATTEMPT, "outcome": "Crashed"}


def seen(cache: Cache) -> tuple[list[str], list[str]]:
    """Return the Jobs and Pods that decisions see, by name."""
    world = world_of(cache.pimjobs["u"], cache, SETTINGS)
    pods = [pod.name for found in world.pods.values() for pod in found]
    return [job.name for job in world.jobs], pods


def put(cache: Cache, found: dict[str, Any]) -> None:
    kind = "PimJob" if "type" in found["spec"] else "Job" if found["metadata"]["uid"] == "j" else ""
    {"PimJob": cache.put_pimjob, "Job": cache.put_job}.get(kind, cache.put_pod)(found)


def changed(found: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    return {**found, "metadata": {**found["metadata"], **metadata}}


JOB, POD = child(1, "Job", uid="j"), child(2)
NOT_OWNED = changed(JOB, ownerReferences=[])
ELSEWHERE = changed(JOB, namespace="other")
OF_NO_ATTEMPT = changed(JOB, name="a-many")
AS_ANOTHERS = changed(JOB, labels={"pimjobs.dev/job-uid": "x", "pimjobs.dev/attempt": "many"})
POD_ELSEWHERE = changed(POD, namespace="other")
LABELS = changed(POD, labels={"pimjobs.dev/job-uid": "x"})


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
@pytest.mark.parametrize(
    ("job", "pod", "expected"),
    [
        (JOB, POD, (["a-1"], ["a-1-xyz"])),
        (AS_ANOTHERS, POD, (["a-1"], ["a-1-xyz"])),
        (JOB, LABELS, (["a-1"], ["a-1-xyz"])),
        (JOB, POD_ELSEWHERE, (["a-1"], [])),
        (NOT_OWNED, POD, ([], [])),
        (ELSEWHERE, POD, ([], [])),
        (ELSEWHERE, POD_ELSEWHERE, ([], [])),
        (OF_NO_ATTEMPT, POD, ([], [])),
    ],
    ids=[
        "its own", "a Job with other labels", "a pod with other labels", "a pod elsewhere",
        "no owner reference", "a Job elsewhere", "both elsewhere", "no attempt",
    ],
)  # fmt: skip
def test_children_belong_by_namespace_owner_reference_and_uid(
    job: dict[str, Any],
    pod: dict[str, Any],
    expected: tuple[list[str], list[str]],
    order: tuple[int, ...],
) -> None:
    cache = Cache()
    events = (pimjob(1), job, pod)
    for index in order:
        put(cache, events[index])
    assert seen(cache) == expected


def test_what_is_nobodys_is_counted_once() -> None:
    def counted(kind: str) -> float:
        name = "pimjob_operator_foreign_children_total"
        return REGISTRY.get_sample_value(name, {"kind": kind}) or 0

    before = counted("Job"), counted("Pod")
    cache = Cache()
    for found in (POD, pimjob(1), NOT_OWNED, NOT_OWNED, changed(POD, resourceVersion="9")):
        put(cache, found)
    assert (counted("Job") - before[0], counted("Pod") - before[1]) == (1, 1)
    assert not cache.jobs.wants(NOT_OWNED), "no list has to bring it"


def test_a_pod_of_a_job_that_nobody_has_seen_shows_when_it_was_read() -> None:
    cache = Cache()
    cache.put_pimjob(pimjob(1))
    cache.put_pod(POD)
    [unclaimed] = cache.pods.unclaimed("u")
    assert (unclaimed.controller_name, seen(cache)) == ("a-1", ([], []))
    cache.resolve(unclaimed, JOB)
    assert (cache.pods.unclaimed("u"), seen(cache)) == ([], (["a-1"], ["a-1-xyz"]))


def test_a_pod_whose_job_is_gone_shows_all_the_same() -> None:
    cache = Cache()
    cache.put_pimjob(pimjob(1))
    cache.put_pod(POD)
    cache.resolve(cache.pods.unclaimed("u")[0], None)
    assert (cache.pods.unclaimed("u"), seen(cache)) == ([], ([], ["a-1-xyz"]))


@pytest.mark.parametrize(
    ("pod", "job"),
    [
        (POD, changed(JOB, uid="another")),
        (POD, NOT_OWNED),
        (child(2, job=("x-1", "j")), None),
    ],
    ids=["another Job has its name", "its Job is nobody's", "it names no attempt"],
)
def test_a_pod_of_nobodys_job_is_ignored_when_that_was_read(
    pod: dict[str, Any], job: dict[str, Any] | None
) -> None:
    cache = Cache()
    cache.put_pimjob(pimjob(1))
    cache.put_pod(pod)
    cache.resolve(cache.pods.unclaimed("u")[0], job)
    assert (cache.pods.unclaimed("u"), len(cache.pods), seen(cache)[1]) == ([], 0, [])


@pytest.mark.parametrize("first", ["pod", "job"])
def test_what_a_pod_said_last_is_kept_until_it_is_told(first: str) -> None:
    cache = Cache()
    for found in (pimjob(1, attempts=[ATTEMPT], attemptCount=1), JOB, POD):
        put(cache, found)
    drops = [
        lambda: cache.pods.drop("c", child(3, phase="Succeeded")),
        lambda: cache.jobs.drop("j"),
    ]
    for drop in drops if first == "pod" else reversed(drops):
        drop()
    assert kept_pods(cache)["c"]["status"]["phase"] == "Succeeded"
    assert (cache.pods.versions(None), cache.jobs.versions(None)) == ({}, {})
    cache.put_pimjob(pimjob(4, attempts=[TOLD], attemptCount=1))
    assert (len(cache.pods), len(cache.jobs)) == (0, 0)


def test_pods_of_attempts_that_were_pruned_are_not_kept() -> None:
    cache, kept = Cache(), []
    for number in range(1, 301):
        attempts = [{"number": n, "job": f"a-{n}", "outcome": "Paused"} for n in range(1, number)]
        attempts.append({"number": number, "job": f"a-{number}"})
        cache.put_pimjob(pimjob(number, attempts=attempts[-10:], attemptCount=number))
        job = (f"a-{number}", f"j{number}")
        cache.put_job(child(number, "Job", uid=job[1], job=job))
        cache.put_pod(child(number, uid=f"c{number}", job=job))
        if number > 3:
            cache.drop_job(f"j{number - 3}")
            cache.pods.drop(f"c{number - 3}", child(number, uid=f"c{number - 3}", job=job))
        kept.append((len(cache.jobs), len(cache.pods)))
    assert max(kept) <= (4, 4)


def test_nothing_is_kept_of_jobs_that_are_deleted_in_bulk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stores, "REMEMBERED", 100)
    cache, many = Cache(), 120
    for n in range(many):
        job = (f"a{n}-1", f"j{n}")
        cache.put_pimjob(pimjob(1, uid=f"u{n}", name=f"a{n}", attempts=[ATTEMPT], attemptCount=1))
        cache.put_job(child(1, "Job", uid=job[1], job=job, owner=(f"a{n}", f"u{n}")))
        cache.put_pod(child(1, uid=f"c{n}", job=job, owner=(f"a{n}", f"u{n}")))
    for n in range(many):
        cache.of_pimjobs.drop(f"u{n}")
    for n in range(many):
        job = (f"a{n}-1", f"j{n}")
        cache.put_job(child(2, "Job", uid=job[1], job=job, owner=(f"a{n}", f"u{n}")))
        cache.jobs.drop(job[1])
        cache.pods.drop(f"c{n}", child(2, uid=f"c{n}", job=job, owner=(f"a{n}", f"u{n}")))
    assert (len(cache.pimjobs), len(cache.jobs), len(cache.pods)) == (0, 0, 0)


def test_what_an_ended_jobs_pod_said_is_kept_by_nobody() -> None:
    cache = Cache()
    for found in (pimjob(1), JOB, POD):
        put(cache, found)
    cache.put_pimjob(pimjob(3, "Failed", attempts=[TOLD], attemptCount=1))
    assert cache.pods.get("c") is not None, "it is there: no list has to bring it"
    assert not cache.put_pod(child(4, phase="Failed"))
    assert seen(cache) == (["a-1"], [])


def test_a_pod_is_observed_as_it_was_delivered() -> None:
    cache = Cache()
    running = {"name": "runner", "state": {"running": {"startedAt": "2026-01-01T00:00:09Z"}}}
    pod = child(2, phase="Running", containerStatuses=[running])
    pod["spec"] = {"nodeName": "node1"}
    for found in (pimjob(1), JOB, pod):
        put(cache, found)
    world = world_of(cache.pimjobs["u"], cache, SETTINGS)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert world.pods["a-1"] == [
        ObservedPod(
            name="a-1-xyz",
            uid="c",
            created=start,
            node="node1",
            running_since=start.replace(second=9),
        )
    ]
    [job] = world.jobs
    assert (job.name, job.uid, job.number, job.image) == ("a-1", "j", 1, "runner:1")
