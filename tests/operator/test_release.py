"""Jobs through releases, on a real API server. Kubelet and Deployment controller are written."""

from typing import Any

import pytest

from pimjob_api.phases import OutcomeKind
from support.control_plane import wait_for
from support.operator_process import OperatorProcess
from support.place import Place
from support.releases import WAITS, Releases

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("operator")]


def outcomes(status: dict[str, Any]) -> list[str | None]:
    return [attempt.get("outcome") for attempt in status["attempts"]]


def test_a_closed_gate_pauses_a_running_job_and_its_opening_resumes_it(
    place: Place, releases: Releases
) -> None:
    place.start("a")
    releases.create(reason="version 7")
    asked = place.wait("a", "Pausing", WAITS)
    assert asked["gate"] == {"release": "weekly", "attempt": 1}
    assert "Release weekly in progress" in asked["message"]
    place.end("a-1", OutcomeKind.PAUSED, processed=7)
    paused = place.wait("a", "Paused", WAITS)
    assert ("gate" in paused, outcomes(paused)) == (False, ["Paused"])
    assert "Release weekly in progress" in paused["message"]
    drained = releases.wait("Closed", paused=1, running=0, draining=0)
    assert releases.condition("Drained") == "True"
    assert drained["drainedAt"] >= drained["closedAt"]
    releases.change(gate="Open")
    place.wait("a", "Starting")
    opened = releases.wait("Open", resumed=1, paused=0)
    assert opened["openedAt"] >= opened["drainedAt"]
    place.end("a-2", OutcomeKind.COMPLETED, processed=9)
    assert outcomes(place.wait("a", "Completed")) == ["Paused", "Completed"]
    told = sorted((kind, reason) for kind, reason, _ in place.events("weekly"))
    assert told == [("Normal", word) for word in ("GateClosed", "GateOpened")]


def test_new_jobs_are_held_and_start_afterwards(place: Place, releases: Releases) -> None:
    releases.create()
    releases.wait("Closed")
    place.launch("a")
    held = place.wait("a", "Queued", WAITS)
    assert held["message"] == ("Release weekly in progress. The job starts by itself afterwards.")
    assert (place.jobs(), releases.wait("Closed", held=1)["running"]) == ([], 0)
    releases.change(gate="Open")
    place.end("a-1", OutcomeKind.COMPLETED)
    place.wait("a", "Completed")


def test_long_parameters_of_a_job_that_is_held_are_read_once(
    place: Place, releases: Releases, operator: OperatorProcess
) -> None:
    read = 'pimjob_operator_api_requests_total{method="GET",resource="pimjobs",status="200"}'
    releases.create()
    releases.wait("Closed")
    before = operator.metric(read) or 0
    place.launch("a", parameters={"count": 3, "source": "x" * 20_000})
    place.wait("a", "Queued", WAITS)
    for number in range(2, 5):
        place.change("a", label=f"change {number}")
        wait_for(lambda n=number: place.status("a")["observedGeneration"] == n, "it to be seen")
    assert operator.metric(read) == before + 1


def test_a_job_that_people_paused_stays_paused_after_the_release(
    place: Place, releases: Releases
) -> None:
    for name in ("before", "during"):
        place.start(name)
    place.change("before", desiredState="Paused")
    place.wait("before", "Pausing", "Requested")
    place.end("before-1", OutcomeKind.PAUSED)
    place.wait("before", "Paused", "Paused")
    releases.create()
    place.wait("during", "Pausing", WAITS)
    place.end("during-1", OutcomeKind.PAUSED)
    place.wait("during", "Paused", WAITS)
    place.change("during", desiredState="Paused")
    place.wait("during", "Paused", "Paused")
    releases.change(gate="Open")
    releases.wait("Open")
    for name in ("before", "during"):
        assert place.status(name)["phase"] == "Paused"
        place.change(name, desiredState="Running")
        place.wait(name, "Starting")


def test_a_job_that_people_resume_during_the_release_waits_for_its_end(
    place: Place, releases: Releases
) -> None:
    place.launch("a", desiredState="Paused")
    place.wait("a", "Paused")
    releases.create()
    releases.wait("Closed")
    place.change("a", desiredState="Running")
    place.wait("a", "Queued", WAITS)
    releases.delete()
    place.wait("a", "Starting")


def test_a_stop_wins_over_a_release(place: Place, releases: Releases) -> None:
    releases.create()
    releases.wait("Closed")
    place.launch("a")
    place.wait("a", "Queued", WAITS)
    place.change("a", desiredState="Stopped")
    place.wait("a", "Stopped")


def test_a_job_waits_for_all_releases_that_overlap(place: Place, releases: Releases) -> None:
    place.start("a")
    releases.create("first")
    place.wait("a", "Pausing", WAITS)
    releases.create("second")
    place.end("a-1", OutcomeKind.PAUSED)
    releases.wait("Closed", "second", paused=1)
    releases.change("first", gate="Open")
    releases.wait("Open", "first", concerned=1, resumed=0)
    wait_for(lambda: "Release second" in place.status("a")["message"], "the other release's name")
    assert (place.status("a")["phase"], place.job_names()) == ("Paused", ["a-1"])
    releases.delete("second")
    place.wait("a", "Starting")
    releases.wait("Open", "first", resumed=1)


def test_only_the_jobs_that_are_selected_make_room(place: Place, releases: Releases) -> None:
    releases.create(selector={"matchLabels": {"team": "pim"}})
    releases.wait("Closed")
    place.launch("ours", labels={"team": "pim"})
    place.launch("theirs")
    place.wait("ours", "Queued", WAITS)
    place.wait("theirs", "Starting")
    releases.change(selector={"matchLabels": {"team": "other"}})
    place.wait("ours", "Starting")


def test_a_gate_that_opens_before_the_runner_has_left_lets_it_go_on(
    place: Place, releases: Releases
) -> None:
    place.start("a")
    releases.create()
    place.wait("a", "Pausing", WAITS)
    releases.change(gate="Open")
    assert "gate" not in place.wait("a", "Running")
    place.end("a-1", OutcomeKind.COMPLETED)
    assert outcomes(place.wait("a", "Completed")) == ["Completed"]


def test_a_pod_that_has_not_started_makes_room_at_once(place: Place, releases: Releases) -> None:
    place.launch("a")
    place.hold("a-1", "ImagePullBackOff", "no such image")
    place.wait("a", "Starting", "ImagePullBackOff")
    releases.create()
    held = place.wait("a", "Queued", WAITS)
    assert [(a["outcome"], a["reason"]) for a in held["attempts"]] == [("Paused", "Deleted")]
    releases.change(gate="Open")
    place.end("a-2", OutcomeKind.COMPLETED)
    place.wait("a", "Completed")


def test_a_runner_that_does_not_leave_is_ended_and_that_is_no_failure(
    place: Place, releases: Releases
) -> None:
    place.start("a")
    place.report("a", processed=0)
    for count in (1, 2, 3):
        releases.create()
        place.wait("a", "Pausing", WAITS)
        status = place.wait("a", "Paused", WAITS)
        assert outcomes(status) == ["Paused"] * count
        releases.delete()
        place.wait("a", "Starting", "Starting")
        place.run(f"a-{count + 1}")
        place.wait("a", "Running")


def test_a_stuck_gate_opens_after_its_deadline_with_a_condition_an_event_and_a_metric(
    place: Place, releases: Releases, operator: OperatorProcess
) -> None:
    releases.create(deadlineSeconds=2)
    releases.wait("Closed")
    place.launch("a")
    place.wait("a", "Queued", WAITS)
    releases.wait("Open", reason="DeadlineExceeded")
    assert releases.condition("Stuck") == "True"
    place.wait("a", "Starting")
    told = ("Warning", "GateStuck")
    wait_for(lambda: told in [e[:2] for e in place.events("weekly")], "the Event")
    line = f'pimjob_releases{{namespace="{place.namespace}",state="Stuck"}}'
    assert operator.metric(line) == 1
    releases.change(gate="Open")
    releases.wait("Open", reason="NothingToWaitFor")
    assert releases.condition("Stuck") == "False"


def test_a_retry_during_the_release_is_not_lost(place: Place, releases: Releases) -> None:
    place.launch("a")
    place.end("a-1", OutcomeKind.FAILED, processed=3)
    place.wait("a", "Failed")
    releases.create()
    releases.wait("Closed")
    place.change("a", retry=1)
    place.wait("a", "Paused", WAITS)
    releases.change(gate="Open")
    place.end("a-2", OutcomeKind.COMPLETED)
    assert place.wait("a", "Completed")["observedRetry"] == 1


def test_a_job_beside_an_open_gate_costs_its_release_no_write(
    place: Place, releases: Releases
) -> None:
    def version() -> str:
        found = place.api.get(place.path("pimreleases", "weekly"))
        return str(found["metadata"]["resourceVersion"])

    releases.create(gate="Open")
    releases.wait("Open")
    before = version()
    place.start("a")
    place.end("a-1", OutcomeKind.COMPLETED)
    place.wait("a", "Completed")
    # Later than whatever the end of this one may lead to.
    place.start("b")
    assert version() == before
