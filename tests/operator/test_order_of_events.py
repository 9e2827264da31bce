"""The watches of different kinds do not wait for each other; no job suffers from that."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pimjob_api.phases import OutcomeKind
from support.control_plane import Api, wait_for
from support.fault_proxy import FaultProxy
from support.faults import Answer, Call, Fault, Forward
from support.place import PIMJOBS, Place
from support.releases import WAITS, Releases

pytestmark = pytest.mark.cluster


@pytest.mark.parametrize("held", ["pimjobs", "jobs", "pods"])
def test_the_events_of_one_kind_come_after_those_of_the_others(
    active: FaultProxy, place: Place, held: str
) -> None:
    place.start("a")
    with active.held(held):
        place.change("a", desiredState="Paused")
        place.end("a-1", OutcomeKind.PAUSED, processed=5)
        place.launch("b")
        place.crash("b-1")
    place.wait("a", "Paused")
    place.wait("b", "Starting")
    place.change("a", desiredState="Running")
    with active.held(held):
        place.run("b-2")
        place.end("a-2", OutcomeKind.COMPLETED)
        place.end("b-2", OutcomeKind.COMPLETED)
    place.wait("a", "Completed")
    place.wait("b", "Completed")
    assert place.job_names() == ["a-1", "a-2", "b-1", "b-2"]


def test_what_was_ended_on_request_is_no_crash_though_its_pod_is_seen_to_go_first(
    active: FaultProxy, place: Place
) -> None:
    place.start("a")
    with active.held("jobs"):
        # Nobody obeys here: its Job is deleted, and what is told of first is its pod's end.
        place.change("a", desiredState="Paused")
        place.wait("a", "Paused")
    attempt = place.status("a")["attempts"][0]
    assert (attempt["outcome"], attempt["reason"]) == ("Paused", "Deleted")
    assert "Crashed" not in {reason for _, reason, _ in place.events("a")}


def test_what_was_ended_for_a_release_is_no_crash_though_the_gate_opens_before_that_is_seen(
    active: FaultProxy, place: Place, releases: Releases
) -> None:
    place.start("a")
    with active.held("jobs", "pods"):
        releases.create()
        place.wait("a", "Pausing")
        # Nobody obeys here: its Job is deleted.
        wait_for(lambda: not place.job_names(), "the Job to go", seconds=20)
        releases.change(gate="Open")
        releases.wait("Open")
    place.run("a-2")
    place.wait("a", "Running")
    attempt = place.status("a")["attempts"][0]
    assert (attempt["outcome"], attempt["reason"]) == ("Paused", "Deleted")
    assert "Crashed" not in {reason for _, reason, _ in place.events("a")}


def test_parameters_are_refused_by_the_type_as_it_is_now(
    active: FaultProxy, server: tuple[Api, Path], place: Place
) -> None:
    api, _ = server
    numbers = api.get(f"{PIMJOBS}/pimjobtypes/numbers")
    changing = {**numbers, "metadata": {"name": "changing"}}
    api.create(f"{PIMJOBS}/pimjobtypes", changing)
    try:
        place.launch("refused", type="changing", parameters={"pace": "slow"})
        place.wait("refused", "Failed", "InvalidParameters")
        with active.held("pimjobtypes"):
            api.patch(
                f"{PIMJOBS}/pimjobtypes/changing",
                {"spec": {"parameters": {"additionalProperties": True}}},
            )
            place.launch("taken", type="changing", parameters={"pace": "slow"})
            place.run("taken-1")
            place.wait("taken", "Running")
    finally:
        api.delete(f"{PIMJOBS}/pimjobtypes/changing")


def test_a_stop_that_the_runner_saw_first_is_remembered_with_who_asked_for_it(
    active: FaultProxy, place: Place
) -> None:
    place.start("a")
    with active.held("pimjobs"):
        place.change("a", desiredState="Stopped", requestedBy="julia", reason="wrong file")
        place.end("a-1", OutcomeKind.STOPPED, processed=5)
        place.wait("a", "Stopped")
    stop = place.status("a")["stop"]
    assert (stop["by"], stop["reason"], stop["processed"]) == ("julia", "wrong file", 5)
    assert stop["at"] <= stop["acknowledgedAt"]


def just_before(change: Callable[[], None]) -> Fault:
    """Let people change something the moment before the server does what it is asked."""

    async def fault(_call: Call, forward: Forward) -> Answer:
        await asyncio.to_thread(change)
        return await forward()

    return fault


def test_a_wish_that_comes_just_before_the_operators_own_write_is_not_lost(
    active: FaultProxy, place: Place
) -> None:
    """The watch is behind: the answer to the write is the first that tells of it."""
    place.launch("a", desiredState="Paused")
    place.wait("a", "Paused")
    resume = just_before(lambda: place.change("a", desiredState="Running"))
    active.on(resume, method="PATCH", kind="pimjobs/status")
    with active.held("pimjobs"):
        # That this is seen is written down, and nothing else would wake a job that is paused.
        place.change("a", reason="lunch")
        place.wait("a", "Starting")


def test_a_wish_that_comes_before_a_job_is_taken_is_seen_at_once(
    active: FaultProxy, place: Place
) -> None:
    resume = just_before(lambda: place.change("a", desiredState="Running"))
    active.on(resume, method="PATCH", kind="pimjobs/status")
    with active.held("pimjobs"):
        place.launch("a", desiredState="Paused")
        place.wait("a", "Starting")


def test_a_gate_that_is_closed_just_before_the_operators_own_write_closes(
    active: FaultProxy, releases: Releases
) -> None:
    close = just_before(lambda: releases.change(gate="Closed"))
    active.on(close, method="PATCH", kind="pimreleases/status")
    with active.held("pimreleases"):
        releases.create(gate="Open")
        releases.wait("Closed")


def test_a_type_that_one_job_has_looked_up_is_news_to_the_others(
    active: FaultProxy, server: tuple[Api, Path], place: Place
) -> None:
    api, _ = server
    numbers = api.get(f"{PIMJOBS}/pimjobtypes/numbers")
    changed = {"parameters": {"additionalProperties": True}, "image": "numbers:2"}
    api.create(f"{PIMJOBS}/pimjobtypes", {**numbers, "metadata": {"name": "changing-too"}})
    try:
        place.start("runs", type="changing-too")
        with active.held("pimjobtypes"):
            api.patch(f"{PIMJOBS}/pimjobtypes/changing-too", {"spec": changed})
            place.launch("looks", type="changing-too", parameters={"pace": "slow"})
            place.wait("runs", "Pausing", "NewImage")
    finally:
        api.delete(f"{PIMJOBS}/pimjobtypes/changing-too")


def test_what_is_ended_for_a_pause_is_no_crash_though_it_is_resumed_before_its_pod_has_left(
    active: FaultProxy, place: Place
) -> None:
    place.start("a")
    pod = place.path("pods", place.pod("a-1"))
    # As a pod has that takes its time to leave.
    place.api.patch(pod, {"metadata": {"finalizers": ["tests.pimjobs.dev/leaving"]}})
    place.change("a", desiredState="Paused")
    wait_for(lambda: "deletionTimestamp" in place.jobs()[0]["metadata"], "its Job to be deleted")
    place.change("a", desiredState="Running")
    wait_for(lambda: place.status("a")["observedGeneration"] == 3, "this to be seen")
    assert place.status("a")["phase"] == "Pausing"
    place.api.patch(pod, {"metadata": {"finalizers": None}})
    place.run("a-2")
    place.wait("a", "Running")
    attempt = place.status("a")["attempts"][0]
    assert (attempt["outcome"], attempt["reason"]) == ("Paused", "Deleted")
    assert "Crashed" not in {reason for _, reason, _ in place.events("a")}
    assert active.count() < 200


def test_a_release_is_not_drained_while_a_job_is_being_started(
    active: FaultProxy, place: Place, releases: Releases
) -> None:
    """Its Job is there, and its status does not tell of that yet."""
    releases.create("first")
    releases.wait("Closed", "first")
    place.launch("a")
    place.wait("a", "Queued", WAITS)
    answered = threading.Event()

    async def late(_call: Call, forward: Forward) -> Answer:
        answer = await forward()
        await asyncio.to_thread(answered.wait, 15)
        return answer

    active.on(late, method="POST", kind="jobs")
    with active.held("jobs"):
        releases.delete("first")
        wait_for(place.job_names, "the Job")
        releases.create("second")
        releases.wait("Closed", "second", running=1, held=0)
        assert releases.condition("Drained", "second") == "False"
        answered.set()
    releases.wait("Closed", "second", running=0, held=1)
    assert releases.condition("Drained", "second") == "True"
