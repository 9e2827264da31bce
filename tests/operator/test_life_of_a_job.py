"""The operator and a real API server: what becomes of a PimJob. The kubelet's part is written."""

import re
from collections import defaultdict

import pytest

from pimjob_api.phases import OutcomeKind
from support.control_plane import wait_for
from support.operator_process import OperatorProcess, settled
from support.place import Place

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("operator")]


def test_a_job_runs_to_its_end(place: Place) -> None:
    uid = place.launch("a", parameters={"count": 3})
    starting = place.wait("a", "Starting")
    assert (starting["reason"], starting["attemptCount"]) == ("Starting", 1)
    place.run("a-1")
    place.wait("a", "Running")
    place.end("a-1", OutcomeKind.COMPLETED, "3 counted", processed=3)
    ended = place.wait("a", "Completed")
    assert (ended["message"], ended["stoppable"], ended["pausable"]) == ("3 counted", True, True)
    [attempt] = ended["attempts"]
    assert (attempt["outcome"], attempt["processed"], attempt["image"]) == (
        "Completed", 3, "numbers:1",
    )  # fmt: skip
    [job] = place.jobs()
    [owner] = job["metadata"]["ownerReferences"]
    assert (owner["uid"], owner["controller"], owner["blockOwnerDeletion"]) == (uid, True, True)
    assert place.events("a") == [("Normal", "Completed", "3 counted")]


def test_a_short_job_costs_one_job_two_status_writes_and_one_event(
    place: Place, operator: OperatorProcess
) -> None:
    before = settled(lambda: writes(operator))
    place.launch("a")
    place.wait("a", "Starting")
    place.end("a-1", OutcomeKind.COMPLETED)
    place.wait("a", "Completed")
    wait_for(lambda: place.events("a"), "the Event")
    made = settled(lambda: writes(operator))
    assert {
        key: made[key] - before.get(key, 0) for key in made if made[key] != before.get(key)
    } == {
        ("POST", "jobs"): 1,
        ("PATCH", "pimjobs/status"): 2,
        ("POST", "events"): 1,
    }


def writes(operator: OperatorProcess) -> dict[tuple[str, str], float]:
    """Return how often the operator has written, by method and resource."""
    found: dict[tuple[str, str], float] = defaultdict(float)
    for line in operator.get("/metrics")[1].splitlines():
        request = re.match(
            r'pimjob_operator_api_requests_total{method="(\w+)",resource="([^"]+)"', line
        )
        if request and request[1] != "GET" and request[2] != "leases":
            found[request[1], request[2]] += float(line.rsplit(" ", 1)[1])
    return dict(found)


@pytest.mark.parametrize("length", [1, 20_000], ids=["that are kept", "that are read"])
def test_wrong_parameters_fail_and_nothing_is_started(place: Place, length: int) -> None:
    place.launch("a", parameters={"count": 0, "sorce": "x" * length})
    failed = place.wait("a", "Failed", "InvalidParameters")
    assert "parameters.count" in failed["message"]
    assert "sorce" in failed["message"]
    assert place.jobs() == []


def test_right_parameters_of_any_length_are_started(place: Place) -> None:
    place.launch("a", parameters={"count": 3, "source": "x" * 20_000})
    place.wait("a", "Starting")


def test_a_job_of_an_unknown_type_starts_when_there_is_one(place: Place) -> None:
    place.launch("a", type="numbers_later")
    waiting = place.wait("a", "Queued", "UnknownType")
    assert "numbers_later" in waiting["message"]
    body = place.api.get("/apis/pimjobs.dev/v1alpha1/pimjobtypes/numbers")
    body["metadata"] = {"name": "numbers-later"}
    place.api.create("/apis/pimjobs.dev/v1alpha1/pimjobtypes", body)
    place.wait("a", "Starting")
    assert place.job_names() == ["a-1"]


def test_a_crash_is_followed_by_the_next_attempt_and_both_are_told(place: Place) -> None:
    place.launch("a")
    place.crash("a-1")
    backing_off = place.wait("a", "Starting", "BackOff")
    assert "OOMKilled" in backing_off["message"]
    place.end("a-2", OutcomeKind.COMPLETED)
    attempts = place.wait("a", "Completed")["attempts"]
    assert [(a["number"], a["outcome"], a["reason"]) for a in attempts] == [
        (1, "Crashed", "OOMKilled"),
        (2, "Completed", "Completed"),
    ]


def test_an_interrupted_attempt_is_followed_at_once(place: Place) -> None:
    place.launch("a")
    place.end("a-1", OutcomeKind.INTERRUPTED, processed=10)
    place.end("a-2", OutcomeKind.COMPLETED, processed=20)
    place.wait("a", "Completed")


def test_a_running_job_is_paused_and_goes_on(place: Place) -> None:
    place.start("a")
    place.change("a", desiredState="Paused")
    place.wait("a", "Pausing", "Requested")
    place.end("a-1", OutcomeKind.PAUSED, processed=7)
    place.wait("a", "Paused")
    place.change("a", desiredState="Running")
    place.end("a-2", OutcomeKind.COMPLETED, processed=9)
    place.wait("a", "Completed")


def test_a_stop_says_who_and_when_it_was_obeyed(place: Place) -> None:
    place.launch("a")
    place.run("a-1")
    place.change("a", desiredState="Stopped", requestedBy="julia", reason="wrong file")
    place.wait("a", "Stopping", "Requested")
    place.end("a-1", OutcomeKind.STOPPED, processed=7)
    stop = place.wait("a", "Stopped")["stop"]
    assert (stop["by"], stop["reason"], stop["processed"]) == ("julia", "wrong file", 7)
    assert stop["acknowledgedAt"] >= stop["at"]


def test_a_job_whose_pod_has_not_started_is_stopped_at_once(place: Place) -> None:
    place.launch("a")
    place.hold("a-1", "ImagePullBackOff", 'Back-off pulling image "numbers:1"')
    waiting = place.wait("a", "Starting", "ImagePullBackOff")
    assert "numbers:1" in waiting["message"]
    place.change("a", desiredState="Stopped")
    stopped = place.wait("a", "Stopped")
    assert [(a["outcome"], a["reason"]) for a in stopped["attempts"]] == [("Stopped", "Deleted")]
    # The Job goes after its pod, whose end is what Stopped means.
    wait_for(lambda: place.jobs() == [], "the end of the Job")


def test_a_runner_that_does_not_obey_is_ended(place: Place) -> None:
    place.launch("a")
    place.run("a-1")
    place.change("a", desiredState="Stopped")
    place.wait("a", "Stopping", "Requested")
    [attempt] = place.wait("a", "Stopped")["attempts"]
    assert (attempt["outcome"], attempt["reason"]) == ("Stopped", "Deleted")
    wait_for(lambda: place.jobs() == [], "the Job to go")


def test_a_failed_job_is_run_again_from_its_checkpoint(place: Place) -> None:
    place.launch("a")
    place.end("a-1", OutcomeKind.FAILED, "no such file")
    assert place.wait("a", "Failed")["message"] == "no such file"
    place.change("a", retry=1)
    place.end("a-2", OutcomeKind.COMPLETED)
    ended = place.wait("a", "Completed")
    assert (ended["observedRetry"], ended["attemptCount"]) == (1, 2)
    # The Event comes after the status.
    wait_for(lambda: len(place.events("a")) == 2, "both Events")
    assert [kind for kind, _, _ in place.events("a")] == ["Warning", "Normal"]


def test_a_quota_is_the_reason_while_it_keeps_pods_away(place: Place) -> None:
    place.forbid("pods")
    place.launch("a")
    waiting = place.wait("a", "Starting", "QuotaExceeded")
    assert "exceeded quota: none" in waiting["message"]


def test_a_quota_on_jobs_makes_it_wait_in_the_queue(place: Place) -> None:
    place.forbid("count/jobs.batch")
    place.launch("a")
    assert "none" in place.wait("a", "Queued", "QuotaExceeded")["message"]


def test_somebody_elses_job_of_that_name_is_left_alone(place: Place) -> None:
    template = {"restartPolicy": "Never", "containers": [{"name": "x", "image": "x"}]}
    foreign = {"metadata": {"name": "a-1"}, "spec": {"template": {"spec": template}}}
    place.api.create(f"/apis/batch/v1/namespaces/{place.namespace}/jobs", foreign)
    place.launch("a")
    place.end("a-2", OutcomeKind.COMPLETED)
    assert place.wait("a", "Completed")["attemptCount"] == 2
    assert place.job_names() == ["a-1", "a-2"]


def test_a_deleted_job_is_followed_by_the_next_attempt(place: Place) -> None:
    place.launch("a")
    place.wait("a", "Starting")
    place.api.delete(
        f"/apis/batch/v1/namespaces/{place.namespace}/jobs/a-1?propagationPolicy=Background"
    )
    place.end("a-2", OutcomeKind.COMPLETED)
    attempts = place.wait("a", "Completed")["attempts"]
    assert [a["outcome"] for a in attempts] == ["Crashed", "Completed"]


def test_metrics_count_jobs_by_phase_and_name_none(place: Place, operator: OperatorProcess) -> None:
    place.launch("a")
    place.wait("a", "Starting")
    text = operator.get("/metrics")[1]
    labels = f'{{namespace="{place.namespace}",phase="Starting",type="numbers"}}'
    assert f"pimjob_jobs{labels} 1.0" in text
    assert operator.metric("pimjob_operator_leader") == 1
    assert operator.get("/healthz") == (200, "ok")
