"""What a running operator puts into the outbox."""

import pytest

from pimjob_api.phases import OutcomeKind
from support.control_plane import wait_for
from support.operator_process import OperatorProcess
from support.place import Place
from support.release_lives import OF_RELEASES, RELEASE, go_on, make_room
from support.releases import Releases

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("operator")]


def test_receivers_are_told_what_the_job_was_and_came_to(place: Place) -> None:
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


def test_it_outlasts_the_job(place: Place) -> None:
    place.notifier("erp", "Completed")
    place.launch("a")
    place.end("a-1", OutcomeKind.COMPLETED)
    place.wait("a", "Completed")
    place.api.delete(place.path("pimjobs", "a"))
    wait_for(lambda: not place.jobs(), "the Job to go with its PimJob")
    assert place.told() == [("erp", "Completed", "a")]


def test_a_second_failure_is_another_change(place: Place) -> None:
    place.notifier("erp", "Failed")
    place.launch("a")
    place.end("a-1", OutcomeKind.FAILED, "no such file")
    place.wait("a", "Failed")
    place.change("a", retry=1)
    place.end("a-2", OutcomeKind.FAILED, "no such file")
    wait_for(lambda: len(place.notifications()) == 2, "two notifications")
    assert len({told["id"] for told in place.notifications()}) == 2


def test_too_many_warnings_are_told_once_while_the_job_runs(place: Place) -> None:
    place.notifier("erp", "WarningsOver", warningsOver=10)
    place.start("a")
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
    place: Place, operator: OperatorProcess
) -> None:
    place.forbid("count/pimnotifications.pimjobs.dev")
    place.notifier("erp", "Completed")
    place.launch("a")
    place.end("a-1", OutcomeKind.COMPLETED)
    place.wait("a", "Completed")
    assert place.notifications() == []
    lost = 'pimjob_operator_notifications_total{event="Completed",result="refused"}'
    assert operator.metric(lost)


def test_a_pause_for_a_release_is_told_once_for_all_jobs_and_is_no_failure(place: Place) -> None:
    place.notifier("erp", "Failed", "Stopped", *OF_RELEASES)
    make_room(place, "a", "b", "c")
    go_on(place, "a", "b", "c")
    paused, resumed = sorted(place.notifications(), key=lambda told: told["event"])
    assert (paused["event"], resumed["event"]) == OF_RELEASES
    assert paused["data"]["paused"] == 3
    assert paused["data"]["about"] == "version 7"
    assert (resumed["data"]["concerned"], resumed["data"]["resumed"]) == (3, 3)


def test_a_release_that_is_deleted_is_told_when_it_has_gone(place: Place) -> None:
    """As Helm's hooks do: nobody opens its gate."""
    place.notifier("erp", *OF_RELEASES)
    make_room(place, "a")
    Releases(place).delete()
    wait_for(lambda: len(place.notifications()) > 1, "the other one", seconds=20)
    [resumed] = [x for x in place.notifications() if x["event"] == "ReleaseResumed"]
    assert (resumed["data"]["reason"], resumed["data"]["about"]) == ("Deleted", "version 7")


def test_a_release_that_is_deleted_after_all_is_told_no_more(place: Place) -> None:
    place.notifier("erp", *OF_RELEASES)
    make_room(place, "a")
    go_on(place, "a")
    Releases(place).delete()
    place.end("a-2", OutcomeKind.COMPLETED)
    place.wait("a", "Completed")
    assert place.told() == [("erp", told, RELEASE) for told in OF_RELEASES]
