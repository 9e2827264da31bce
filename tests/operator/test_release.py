"""Jobs through releases, on a real API server. Kubelet and Deployment controller are written."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pimjob_api.phases import OutcomeKind
from support.control_plane import Api, wait_for
from support.operator_process import OperatorProcess
from support.place import PIMJOBS, Place
from support.releases import Releases

pytestmark = pytest.mark.cluster

WAITS = "ReleaseInProgress"


@pytest.fixture
def releases(place: Place, operator: OperatorProcess) -> Releases:  # noqa: ARG001 - must run
    return Releases(place)


@pytest.fixture
def lasting(server: tuple[Api, Path]) -> Callable[..., str]:
    """Make a type of jobs like `numbers` with other switches."""

    def make(name: str, **switches: Any) -> str:
        body = server[0].get(f"{PIMJOBS}/pimjobtypes/numbers")
        body = {
            **{key: body[key] for key in ("apiVersion", "kind")},
            "metadata": {"name": name},
            "spec": {**body["spec"], **switches},
        }
        server[0].apply(f"{PIMJOBS}/pimjobtypes/{name}", body)
        return name

    return make


def start(place: Place, name: str, **spec: Any) -> None:
    """Launch a job and see it run."""
    place.launch(name, **spec)
    place.run(f"{name}-1")
    place.wait(name, "Running")


def outcomes(status: dict[str, Any]) -> list[str | None]:
    return [attempt.get("outcome") for attempt in status["attempts"]]


def test_a_closed_gate_pauses_a_running_job_and_its_opening_resumes_it(
    place: Place, releases: Releases
) -> None:
    start(place, "a")
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


def test_jobs_resume_on_the_image_that_is_current_when_the_gate_opens(
    place: Place, releases: Releases, lasting: Callable[..., str]
) -> None:
    lasting("upgraded", image="numbers:1")
    start(place, "a", type="upgraded")
    releases.create()
    place.wait("a", "Pausing", WAITS)
    place.end("a-1", OutcomeKind.PAUSED)
    place.wait("a", "Paused", WAITS)
    lasting("upgraded", image="numbers:2")
    releases.change(gate="Open")
    place.end("a-2", OutcomeKind.COMPLETED)
    images = [attempt["image"] for attempt in place.wait("a", "Completed")["attempts"]]
    assert images == ["numbers:1", "numbers:2"]


def test_a_new_image_of_a_type_is_taken_at_the_next_chunk_without_a_release(
    place: Place, lasting: Callable[..., str], operator: OperatorProcess
) -> None:
    name = lasting("renewed", image="numbers:1")
    start(place, "a", type=name)
    place.launch("b", type=name)
    place.hold("b-1", "ImagePullBackOff", "no such image")
    place.wait("b", "Starting", "ImagePullBackOff")
    lasting(name, image="numbers:2")
    asked = place.wait("a", "Pausing", "NewImage")
    assert asked["gate"] == {"attempt": 1}
    place.end("a-1", OutcomeKind.PAUSED, processed=7)
    for job in ("a", "b"):
        place.run(f"{job}-2")
        assert "gate" not in place.wait(job, "Running")
        images = [attempt["image"] for attempt in place.status(job)["attempts"]]
        assert images == ["numbers:1", "numbers:2"]
    assert operator.get("/healthz") == (200, "ok")


@pytest.mark.parametrize(
    ("name", "switches"),
    [("finishing", {"onRelease": "Finish"}), ("unpausable", {"pausable": False})],
)
def test_jobs_that_do_not_pause_go_on_to_their_end_even_over_a_drain(
    place: Place,
    releases: Releases,
    lasting: Callable[..., str],
    name: str,
    switches: dict[str, Any],
) -> None:
    start(place, "a", type=lasting(name, **switches))
    releases.create()
    releases.wait("Closed", finishing=1)
    place.end("a-1", OutcomeKind.INTERRUPTED, processed=5)
    place.run("a-2")
    assert releases.condition("Drained") == "False"
    place.end("a-2", OutcomeKind.COMPLETED, processed=9)
    place.wait("a", "Completed")
    releases.wait("Closed", finishing=0)
    assert releases.condition("Drained") == "True"


def test_a_job_that_people_paused_stays_paused_after_the_release(
    place: Place, releases: Releases
) -> None:
    for name in ("before", "during"):
        start(place, name)
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
    start(place, "a")
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
    start(place, "a")
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
    start(place, "a")
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


def test_a_watched_rollout_closes_the_gate_and_its_completion_opens_it(
    place: Place, releases: Releases
) -> None:
    releases.deploy("web", "web:1")
    releases.rolled("web", updated=2, total=2)
    releases.create(gate="Open", deployments=["web"])
    releases.wait("Open")
    start(place, "a")
    releases.deploy("web", "web:2")
    closed = releases.wait("Closed", reason="RolloutInProgress")
    assert closed["message"] == "Being rolled out: web."
    place.wait("a", "Pausing", WAITS)
    place.end("a-1", OutcomeKind.PAUSED)
    place.wait("a", "Paused", WAITS)
    releases.rolled("web", updated=1, total=3)
    releases.wait("Closed", paused=1)
    releases.rolled("web", updated=2, total=2)
    releases.wait("Open", resumed=1)
    place.wait("a", "Starting")


def test_scaling_is_no_rollout(place: Place, releases: Releases) -> None:
    releases.deploy("web", "web:1")
    releases.rolled("web", updated=2, total=2)
    releases.create(gate="Open", deployments=["web"])
    before = releases.wait("Open")
    releases.deploy("web", "web:1", replicas=5)
    releases.rolled("web", updated=3, total=5)
    # Comes after the scaling was seen: events of one kind arrive in order.
    releases.deploy("api", "api:1")
    releases.change(deployments=["web", "api"])
    after = releases.wait("Closed")
    assert after["rollouts"][0] == before["rollouts"][0]
    assert after["message"] == "Being rolled out: api."
    assert place.jobs() == []


def test_a_failed_rollout_keeps_the_gate_closed_until_it_is_rolled_back(
    place: Place, releases: Releases
) -> None:
    releases.deploy("web", "web:1")
    releases.rolled("web", updated=2, total=2)
    releases.create(gate="Open", deployments=["web"])
    releases.wait("Open")
    releases.deploy("web", "web:broken")
    releases.rolled("web", updated=1, total=3, failed=True)
    releases.wait("Closed", reason="RolloutFailed")
    assert releases.condition("RolloutFailed") == "True"
    told = ("Warning", "RolloutFailed")
    wait_for(lambda: told in [e[:2] for e in place.events("weekly")], "the Event")
    releases.deploy("web", "web:1")
    releases.wait("Closed", reason="RolloutInProgress")
    releases.rolled("web", updated=2, total=2)
    releases.wait("Open")
    assert releases.condition("RolloutFailed") == "False"


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
    start(place, "a")
    place.end("a-1", OutcomeKind.COMPLETED)
    place.wait("a", "Completed")
    # Later than whatever the end of this one may lead to.
    start(place, "b")
    assert version() == before
