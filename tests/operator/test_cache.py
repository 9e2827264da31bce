"""The cache takes events in any order and keeps what is newest."""

from typing import Any

from pimjob_operator.cache import Cache
from pimjob_operator.kinds import kinds


def pimjob(version: int, phase: str = "Running", uid: str = "u") -> dict[str, Any]:
    steps = [{"name": "import", "processed": 7, "warningSamples": [{"reason": "long"}]}]
    return {
        "metadata": {
            "name": "a",
            "namespace": "ns",
            "uid": uid,
            "resourceVersion": str(version),
            "managedFields": [{"manager": "m"}],
        },
        "spec": {"type": "some_type"},
        "status": {"phase": phase, "steps": steps, "artifacts": [{"name": "x"}]},
    }


def child(version: int, kind: str = "Pod", uid: str = "c", **status: Any) -> dict[str, Any]:
    owner = {"kind": "Job" if kind == "Pod" else "PimJob", "name": "a-1", "controller": True}
    return {
        "metadata": {
            "name": "a-1" if kind == "Job" else "a-1-xyz",
            "uid": uid,
            "resourceVersion": str(version),
            "labels": {"pimjobs.dev/job-uid": "u"},
            "ownerReferences": [owner],
        },
        "spec": {"template": {"spec": {"containers": [{"image": "runner:1"}]}}},
        "status": status,
    }


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
    assert cache.put_pod(child(1, phase="Pending"))
    scheduled = child(2, phase="Pending")
    scheduled["spec"]["nodeName"] = "node1"
    assert not cache.put_pod(scheduled)
    assert cache.pods["u"]["c"]["spec"] == {"nodeName": "node1"}
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
    cache.drop_pimjob("u")
    assert not cache.put_pimjob(pimjob(4))
    assert not cache.put_pod(child(6))
    assert (cache.pimjobs, dict(cache.pods)) == ({}, {})


def test_a_job_that_was_not_found_is_not_brought_back_but_what_its_pod_said_is_kept() -> None:
    cache = Cache()
    cache.put_job(child(1, "Job", uid="j"))
    cache.put_pod(child(2))
    cache.forget_job("u", "a-1")
    assert not cache.put_job(child(3, "Job", uid="j"))
    assert (cache.jobs["u"], list(cache.pods["u"])) == ({}, ["c"])


def test_a_new_object_of_the_same_name_is_another_one() -> None:
    cache = Cache()
    cache.put_pimjob(pimjob(5))
    cache.drop_pimjob("u")
    assert cache.put_pimjob(pimjob(6, uid="other"))


def test_what_a_pod_said_last_is_kept_until_its_job_goes() -> None:
    cache = Cache()
    cache.put_job(child(1, "Job", uid="j"))
    cache.put_pod(child(2))
    cache.drop_pod(child(3, phase="Succeeded"))
    assert cache.pods["u"]["c"]["status"]["phase"] == "Succeeded"
    assert kinds(cache)["Pod"].known(None) == {}
    cache.drop_job(child(4, "Job", uid="j"))
    assert (cache.jobs["u"], cache.pods["u"]) == ({}, {})


def test_only_what_decisions_need_is_kept() -> None:
    cache = Cache()
    cache.put_pimjob(pimjob(1))
    kept = cache.pimjobs["u"]
    assert kept["status"] == {"phase": "Running", "steps": [{"processed": 7}]}
    assert "managedFields" not in kept["metadata"]


def test_a_types_jobs_are_found_by_its_name_in_kubernetes() -> None:
    cache = Cache()
    cache.put_pimjob(pimjob(1))
    assert list(cache.of_type("some-type")) == ["u"]
    assert list(cache.of_type("other-type")) == []


def test_more_warnings_are_news_where_somebody_waits_for_so_many() -> None:
    cache = Cache()
    metadata = {"name": "n", "namespace": "ns", "uid": "n", "resourceVersion": "1"}
    cache.put_notifier({"metadata": metadata, "spec": {"warningsOver": 10}})

    def news(version: int, warnings: int) -> bool:
        found = pimjob(version)
        found["status"]["warnings"] = warnings
        return cache.put_pimjob(found)

    assert [news(n, warnings) for n, warnings in enumerate((3, 10, 11, 12, 30), start=1)] == [
        True, False, True, False, False,
    ]  # fmt: skip
    cache.drop_notifier("n")
    assert not news(9, 999)
