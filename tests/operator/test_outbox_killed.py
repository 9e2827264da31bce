"""Nothing is told in a status that is not in the outbox, whenever the operator dies."""

from pathlib import Path

import pytest

from pimjob_api.phases import RELEASE_IN_PROGRESS, OutcomeKind
from support.control_plane import Api, wait_for
from support.fault_proxy import fault_proxy
from support.faults import die
from support.mortal import Lives
from support.operator_process import operator_process
from support.place import Place
from support.release_lives import OF_RELEASES, RELEASE, go_on, make_room
from support.releases import Releases
from support.supervised import supervised

pytestmark = pytest.mark.cluster

ENDS = ("Completed", "Failed", "Stopped")
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
    with operator_process(server[1], tmp_path / "log", "first", **settings):
        place.launch("late")
        place.wait("late", "Queued", RELEASE_IN_PROGRESS)
    assert place.told() == [("erp", "ReleasePaused", RELEASE)]
    Releases(place).delete()
    with operator_process(server[1], tmp_path / "log", "first", **settings):
        wait_for(lambda: len(place.notifications()) > 1, "the other one", seconds=20)
        for name, job in (("a", "a-2"), ("late", "late-1")):
            place.end(job, OutcomeKind.COMPLETED)
            place.wait(name, "Completed")
    assert place.told() == [("erp", told, RELEASE) for told in OF_RELEASES]
