"""Every change that a person cares about is told by an Event, once, and shown in the status."""

import signal

import pytest

from support.control_plane import wait_for
from support.events import FILE, JOB, TABLE, Told, document
from support.operator_process import OperatorProcess
from support.place import Place
from support.releases import Releases

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("operator")]


def conditions(place: Place, about: str) -> set[str]:
    status = place.status(about) if about == JOB else Releases(place).status(about)
    return {c["type"] for c in status.get("conditions") or () if c["status"] == "True"}


@pytest.mark.parametrize(
    "told", TABLE, ids=lambda told: told.reason or told.shows[-1] or told.shows[0]
)
def test_a_change_is_told(told: Told, place: Place, operator: OperatorProcess) -> None:
    told.play(place)
    operator.process.send_signal(signal.SIGSTOP)
    told.unseen(place)
    operator.process.send_signal(signal.SIGCONT)
    state, condition = told.shows
    if told.about == JOB:
        place.wait(JOB, state)
    else:
        Releases(place).wait(state)
    wait_for(lambda: condition in {"", *conditions(place, told.about)}, f"condition {condition}")
    if told.reason:
        wait_for(
            lambda: [e[:2] for e in place.events(told.about)].count((told.kind, told.reason)) == 1,
            f"one Event {told.reason}: {place.events(told.about)}",
        )


def test_the_document_is_that_of_the_table() -> None:
    assert FILE.read_text(encoding="utf-8") == document()


def test_a_release_tells_none_of_its_jobs(place: Place) -> None:
    next(told for told in TABLE if told.reason == "GateOpened").play(place)
    place.run("a-2")
    place.wait(JOB, "Running")
    assert [reason for _, reason, _ in place.events(JOB)] == []
    told = sorted(reason for _, reason, _ in place.events("weekly"))
    assert told == ["GateClosed", "GateOpened"]
