"""The cache takes events in any order and keeps what is newest."""

import sys
from typing import Any

import pytest

from pimjob_operator.cache import Cache
from support.objects import child, kept_pods, pimjob


def runner(state: dict[str, Any]) -> dict[str, Any]:
    return {"name": "runner", "state": state}


def test_an_older_event_does_not_undo_a_newer_one() -> None:
    cache = Cache()
    assert cache.put_pimjob(pimjob(9, "Completed"))
    assert not cache.put_pimjob(pimjob(5, "Running"))
    assert cache.pimjobs["u"]["status"]["phase"] == "Completed"


def test_resource_versions_are_compared_as_numbers() -> None:
    cache = Cache()
    cache.put_pimjob(pimjob(9, "Running"))
    assert cache.put_pimjob(pimjob(10, "Completed"))


def test_the_echo_of_an_own_write_is_no_news() -> None:
    cache = Cache()
    cache.put_pimjob(pimjob(9))
    assert not cache.put_pimjob(pimjob(9))


def test_what_no_decision_looks_at_is_taken_and_is_no_news() -> None:
    cache = Cache()
    cache.put_pimjob(pimjob(1))
    further = pimjob(2)
    further["status"]["steps"][0]["processed"] = 9
    assert not cache.put_pimjob(further)
    assert cache.pimjobs["u"]["status"]["steps"] == [{"processed": 9}]
    cache.put_pod(child(1, phase="Running"))
    ready = {"type": "Ready", "status": "True"}
    assert not cache.put_pod(child(2, phase="Running", conditions=[ready]))
    assert cache.put_pod(child(3, phase="Succeeded"))


def test_a_pod_that_starts_as_it_should_is_no_news_until_it_runs() -> None:
    cache = Cache()
    cache.put_job(child(1, "Job", uid="j"))
    assert cache.put_pod(child(1, phase="Pending"))
    scheduled = child(2, phase="Pending")
    scheduled["spec"]["nodeName"] = "node1"
    assert not cache.put_pod(scheduled)
    assert kept_pods(cache)["c"]["spec"] == {"nodeName": "node1"}
    creating = {"waiting": {"reason": "ContainerCreating"}}
    assert not cache.put_pod(child(3, phase="Pending", containerStatuses=[runner(creating)]))
    refused = {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}
    assert cache.put_pod(child(4, phase="Pending", containerStatuses=[runner(refused)]))
    running = {"running": {"startedAt": "2026-01-01T00:00:00Z"}}
    assert cache.put_pod(child(5, phase="Running", containerStatuses=[runner(running)]))


def test_a_job_is_news_when_it_comes_and_when_it_has_finished() -> None:
    cache = Cache()
    assert cache.put_job(child(1, "Job"))
    assert not cache.put_job(child(2, "Job", active=1, ready=1))
    soon = {"type": "SuccessCriteriaMet", "status": "True"}
    assert not cache.put_job(child(3, "Job", conditions=[soon]))
    done = {"type": "Complete", "status": "True"}
    assert cache.put_job(child(4, "Job", conditions=[soon, done]))


def test_an_event_that_was_overtaken_by_the_deletion_brings_nothing_back() -> None:
    cache = Cache()
    cache.put_pimjob(pimjob(5))
    cache.put_job(child(5, "Job", uid="j"))
    cache.of_pimjobs.drop("u")
    assert not cache.put_pimjob(pimjob(4))
    assert not cache.put_job(child(6, "Job", uid="j"))
    assert not cache.put_pod(child(6))
    assert (cache.pimjobs, len(cache.jobs), len(cache.pods)) == ({}, 0, 0)


def test_a_job_that_was_not_found_is_not_brought_back_but_what_its_pod_said_is_kept() -> None:
    cache = Cache()
    cache.put_pimjob(pimjob(1))
    cache.put_job(child(1, "Job", uid="j"))
    cache.put_pod(child(2))
    cache.forget_job("u", "a-1")
    assert not cache.put_job(child(3, "Job", uid="j"))
    assert (cache.jobs.versions(None), list(kept_pods(cache))) == ({}, ["c"])


def test_a_new_object_of_the_same_name_is_another_one() -> None:
    cache = Cache()
    cache.put_pimjob(pimjob(5))
    cache.of_pimjobs.drop("u")
    assert cache.put_pimjob(pimjob(6, uid="other"))


def test_only_what_decisions_need_is_kept() -> None:
    cache = Cache()
    cache.put_pimjob(pimjob(1))
    kept = cache.pimjobs["u"]
    assert kept["status"] == {"phase": "Running", "steps": [{"processed": 7}]}
    assert "managedFields" not in kept["metadata"]
    attempts = [{"number": 1, "job": "a-1"}]
    cache.put_pimjob(pimjob(2, attempts=attempts))
    assert "parameters" not in cache.pimjobs["u"], "they were looked at before it started"


def test_of_an_ended_job_is_kept_what_filters_and_counts_need_until_it_is_retried() -> None:
    cache = Cache()
    ended = pimjob(1, "Failed", completionTime="2026-01-01T00:00:07Z", observedRetry=1)
    ended["spec"]["retry"] = 1
    assert cache.put_pimjob(ended)
    assert cache.pimjobs["u"] == {
        "metadata": {
            "name": "a",
            "namespace": "ns",
            "uid": "u",
            "resourceVersion": "1",
            "creationTimestamp": "2026-01-01T00:00:00Z",
        },
        "spec": {"type": "some_type", "retry": 1},
        "status": {
            "phase": "Failed",
            "completionTime": "2026-01-01T00:00:07Z",
            "observedRetry": 1,
        },
    }
    same = {**ended, "metadata": {**ended["metadata"], "resourceVersion": "2"}}
    assert not cache.put_pimjob(same)
    retried = pimjob(3, "Failed", observedRetry=1)
    retried["spec"]["retry"] = 2
    assert cache.put_pimjob(retried)
    assert cache.pimjobs["u"]["metadata"]["labels"] == {"team": "x"}


@pytest.mark.parametrize("size", [100, 30_000])
def test_what_is_kept_of_a_new_job_is_bounded_whatever_its_creator_wrote(size: int) -> None:
    def weight(found: Any) -> int:
        if isinstance(found, dict):
            found = [*found, *found.values()]
        parts = sum(map(weight, found)) if isinstance(found, list) else 0
        return sys.getsizeof(found) + parts

    cache, large = Cache(), pimjob(1, uid="large")
    large["spec"]["parameters"] = {"columns": [1.5] * (size // 4)}
    large["metadata"]["labels"] = {f"label-{n}": "x" * 63 for n in range(size // 70)}
    cache.put_pimjob(large)
    assert weight(cache.pimjobs["large"]) < 32_000


def test_a_deployment_is_kept_while_a_release_names_it() -> None:
    def deployment(name: str, version: int) -> dict[str, Any]:
        metadata = {"name": name, "namespace": "ns", "uid": name, "resourceVersion": str(version)}
        return {"metadata": metadata, "spec": {"template": {}}}

    def release(version: int, *names: str) -> dict[str, Any]:
        metadata = {"name": "r", "namespace": "ns", "uid": "r", "resourceVersion": str(version)}
        return {"metadata": metadata, "spec": {"deployments": list(names)}}

    cache = Cache()
    cache.put_release(release(1, "web"))
    assert cache.put_deployment(deployment("web", 2))
    assert not cache.put_deployment(deployment("other", 3))
    assert not cache.of_deployments.wants(deployment("other", 3)), "no list has to bring it"
    assert list(cache.deployments_in("ns")) == ["web"]
    cache.put_release(release(4, "other"))
    assert cache.deployments_in("ns") == {}
    assert cache.put_deployment(deployment("other", 3))
    cache.of_releases.drop("r")
    assert cache.deployments_in("ns") == {}


def test_a_types_jobs_are_found_by_its_name_in_kubernetes() -> None:
    cache = Cache()
    cache.put_pimjob(pimjob(1))
    assert list(cache.of_pimjobs.of_type("some-type")) == ["u"]
    assert list(cache.of_pimjobs.of_type("other-type")) == []
    cache.put_pimjob(pimjob(2, "Completed"))
    assert list(cache.of_pimjobs.of_type("some-type")) == [], "it has ended"


def test_more_warnings_are_news_where_somebody_waits_for_so_many() -> None:
    cache = Cache()
    metadata = {"name": "n", "namespace": "ns", "uid": "n", "resourceVersion": "1"}
    cache.of_notifiers.put({"metadata": metadata, "spec": {"warningsOver": 10}})

    def news(version: int, warnings: int) -> bool:
        found = pimjob(version)
        found["status"]["warnings"] = warnings
        return cache.put_pimjob(found)

    assert [news(n, warnings) for n, warnings in enumerate((3, 10, 11, 12, 30), start=1)] == [
        True, False, True, False, False,
    ]  # fmt: skip
    cache.of_notifiers.drop("n")
    assert not news(9, 999)
