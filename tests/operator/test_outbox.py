"""What is put into the outbox, and that nothing is told in a status without it."""

from pathlib import Path

import pytest

from pimjob_api.phases import OutcomeKind
from support.control_plane import Api, wait_for
from support.fault_proxy import fault_proxy
from support.faults import die
from support.mortal import Lives
from support.operator_process import OperatorProcess, operator_process
from support.place import Place
from support.release_lives import RELEASE
from support.releases import Releases
from support.supervised import supervised

pytestmark = pytest.mark.cluster

ENDS = ("Completed", "Failed", "Stopped")
OF_RELEASES = ("ReleasePaused", "ReleaseResumed")
WRITES_OF_AN_END = 4
"""Two PimNotifications, the Event, the status."""


@pytest.mark.parametrize("sent", [False, True], ids=["before", "after"])
def test_killed_at_any_write_no_end_is_told_without_its_notifications(
    server: tuple[Api, Path], place: Place, *, sent: bool
) -> None:
    place.notifier("erp", *ENDS)
    place.notifier("team", "Completed")
    wanted = []
    for nth in range(1, WRITES_OF_AN_END + 2):
        name = f"job-{nth}"
        life = Lives(server[1], place, place.launch(name))
        life.reconcile()
        place.end(f"{name}-1", OutcomeKind.COMPLETED, processed=3)
        wanted += [("erp", "Completed", name), ("team", "Completed", name)]
        survived = life.reconcile(dies_at=nth, sent=sent)
        assert survived == (nth > WRITES_OF_AN_END)
        if place.status(name)["phase"] == "Completed":
            assert place.told() == sorted(wanted)
        life.reconcile()
        assert place.status(name)["phase"] == "Completed"
        assert place.told() == sorted(wanted)


def test_a_release_that_an_operator_survives_again_and_again_is_told_once(
    server: tuple[Api, Path], tmp_path: Path, place: Place
) -> None:
    place.notifier("erp", *ENDS, *OF_RELEASES)
    with (
        fault_proxy(server, tmp_path) as (proxy, kubeconfig),
        supervised(
            kubeconfig, tmp_path / "log", place.namespace, sweep_seconds="1", notifications="true"
        ) as operator,
    ):
        kills = proxy.on(die(operator.kill, sent=True), writes=True, every=1)
        make_room(place, "a")
        go_on(place, "a")
        assert kills.met
        assert place.told() == [("erp", told, RELEASE) for told in OF_RELEASES]


def make_room(place: Place, *jobs: str) -> None:
    """Run jobs, and let them pause for a release."""
    releases = Releases(place)
    for name in jobs:
        place.launch(name)
        place.run(f"{name}-1")
        place.wait(name, "Running")
    releases.create(RELEASE, reason="version 7")
    for name in jobs:
        place.wait(name, "Pausing")
        place.end(f"{name}-1", OutcomeKind.PAUSED, processed=5)
    releases.wait("Closed", paused=len(jobs))
    wait_for(place.notifications, "the notification", seconds=20)


def go_on(place: Place, *jobs: str) -> None:
    """Let them go on."""
    releases = Releases(place)
    releases.change(gate="Open")
    releases.wait("Open", resumed=len(jobs))
    wait_for(lambda: len(place.notifications()) > 1, "the other one", seconds=20)


def test_warnings_that_no_watch_has_brought_are_told_before_the_end(
    server: tuple[Api, Path], place: Place
) -> None:
    place.notifier("erp", "WarningsOver", warningsOver=10)
    life = Lives(server[1], place, place.launch("a"))
    life.reconcile()
    place.end("a-1", OutcomeKind.COMPLETED)
    life.reconcile(meanwhile=lambda: place.report("a", processed=5, warnings=11))
    assert (place.status("a")["phase"], place.told()) == (
        "Completed",
        [("erp", "WarningsOver", "a")],
    )


def test_a_release_that_is_deleted_while_nobody_looks_is_told_later(
    server: tuple[Api, Path], tmp_path: Path, place: Place
) -> None:
    place.notifier("erp", *OF_RELEASES)
    settings = {"notifications": "true", "watch_namespaces": place.namespace}
    with operator_process(server[1], tmp_path / "log", "first", **settings):
        make_room(place, "a")
    Releases(place).delete()
    with operator_process(server[1], tmp_path / "log", "first", **settings):
        wait_for(lambda: len(place.notifications()) > 1, "the other one", seconds=20)
        place.end("a-2", OutcomeKind.COMPLETED)
        place.wait("a", "Completed")
    assert place.told() == [("erp", told, RELEASE) for told in OF_RELEASES]


@pytest.mark.usefixtures("operator")
class TestRunning:
    def test_receivers_are_told_what_the_job_was_and_came_to(self, place: Place) -> None:
        place.notifier("erp", "Completed")
        uid = place.launch("a", label="Daily", user="julia", labels={"team": "blue"})
        place.run("a-1")
        place.wait("a", "Running")
        place.report("a", processed=7, warnings=2)
        place.end("a-1", OutcomeKind.COMPLETED, "7 counted", processed=7)
        status = place.wait("a", "Completed")
        [told] = place.notifications()
        assert told["subject"] == {"kind": "PimJob", "name": "a", "uid": uid}
        assert told["data"] == {
            "namespace": place.namespace,
            "name": "a",
            "uid": uid,
            "type": "numbers",
            "kind": "system",
            "label": "Daily",
            "user": "julia",
            "phase": "Completed",
            "reason": status["reason"],
            "message": "7 counted",
            "startTime": status["startTime"],
            "completionTime": status["completionTime"],
            "attempts": 1,
            "processed": 7,
            "warnings": 2,
        }

    def test_it_outlasts_the_job(self, place: Place) -> None:
        place.notifier("erp", "Completed")
        place.launch("a")
        place.end("a-1", OutcomeKind.COMPLETED)
        place.wait("a", "Completed")
        place.api.delete(place.path("pimjobs", "a"))
        wait_for(lambda: not place.jobs(), "the Job to go with its PimJob")
        assert place.told() == [("erp", "Completed", "a")]

    def test_a_second_failure_is_another_change(self, place: Place) -> None:
        place.notifier("erp", "Failed")
        place.launch("a")
        place.end("a-1", OutcomeKind.FAILED, "no such file")
        place.wait("a", "Failed")
        place.change("a", retry=1)
        place.end("a-2", OutcomeKind.FAILED, "no such file")
        wait_for(lambda: len(place.notifications()) == 2, "two notifications")
        assert len({told["id"] for told in place.notifications()}) == 2

    def test_too_many_warnings_are_told_once_while_the_job_runs(self, place: Place) -> None:
        place.notifier("erp", "WarningsOver", warningsOver=10)
        place.launch("a")
        place.run("a-1")
        place.wait("a", "Running")
        place.report("a", processed=5, warnings=10)
        place.report("a", processed=6, warnings=11)
        wait_for(place.notifications, "the notification")
        place.report("a", processed=7, warnings=12)
        place.end("a-1", OutcomeKind.COMPLETED)
        place.wait("a", "Completed")
        [told] = place.notifications()
        assert (told["event"], told["data"]["warnings"], told["data"]["phase"]) == (
            "WarningsOver", 11, "Running",
        )  # fmt: skip

    def test_an_end_does_not_wait_for_a_notification_that_is_refused(
        self, place: Place, operator: OperatorProcess
    ) -> None:
        quota = {"spec": {"hard": {"count/pimnotifications.pimjobs.dev": "0"}}}
        place.api.create(place.path("resourcequotas"), {"metadata": {"name": "none"}, **quota})
        status = place.path("resourcequotas", "none")
        wait_for(lambda: place.api.get(status).get("status", {}).get("hard"), "the quota")
        place.notifier("erp", "Completed")
        place.launch("a")
        place.end("a-1", OutcomeKind.COMPLETED)
        place.wait("a", "Completed")
        assert place.notifications() == []
        lost = 'pimjob_operator_notifications_total{event="Completed",result="refused"}'
        assert operator.metric(lost)

    def test_a_pause_for_a_release_is_told_once_for_all_jobs_and_is_no_failure(
        self, place: Place
    ) -> None:
        place.notifier("erp", "Failed", "Stopped", *OF_RELEASES)
        make_room(place, "a", "b", "c")
        go_on(place, "a", "b", "c")
        paused, resumed = sorted(place.notifications(), key=lambda told: told["event"])
        assert (paused["event"], resumed["event"]) == OF_RELEASES
        assert paused["data"]["paused"] == 3
        assert paused["data"]["about"] == "version 7"
        assert (resumed["data"]["concerned"], resumed["data"]["resumed"]) == (3, 3)

    def test_a_release_that_is_deleted_is_told_when_it_has_gone(self, place: Place) -> None:
        """As Helm's hooks do: nobody opens its gate."""
        place.notifier("erp", *OF_RELEASES)
        make_room(place, "a")
        Releases(place).delete()
        wait_for(lambda: len(place.notifications()) > 1, "the other one", seconds=20)
        [resumed] = [x for x in place.notifications() if x["event"] == "ReleaseResumed"]
        assert (resumed["data"]["reason"], resumed["data"]["about"]) == ("Deleted", "version 7")

    def test_a_release_that_is_deleted_after_all_is_told_no_more(self, place: Place) -> None:
        place.notifier("erp", *OF_RELEASES)
        make_room(place, "a")
        go_on(place, "a")
        Releases(place).delete()
        place.end("a-2", OutcomeKind.COMPLETED)
        place.wait("a", "Completed")
        assert place.told() == [("erp", told, RELEASE) for told in OF_RELEASES]
