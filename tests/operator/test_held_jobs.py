"""What the operator decides about a job while a release's gate is closed: no I/O."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from pimjob_api.phases import OutcomeKind, Phase
from pimjob_operator.core.observed import ObservedJob, ObservedPod, Waiting
from pimjob_operator.core.status import is_news, status_of
from pimjob_operator.core.world import World
from support import worlds
from support.worlds import NOW, RUNNING, decided, ended

WAITS = "ReleaseInProgress"
JOB, STARTING = worlds.job(), worlds.pod()
KILLED = replace(RUNNING, ended=NOW, failure=Waiting(reason="Error", message="exit code 137"))
ASKED = {"release": "weekly", "attempt": 1}
PAUSING = {"phase": "Pausing", "phaseTime": "2026-01-01T11:59:55Z", "gate": ASKED}


def world(
    pod: ObservedPod | None = None,
    *,
    job: ObservedJob | None = JOB,
    gates: Sequence[str] = ("weekly",),
    **more: Any,
) -> World:
    return worlds.world(
        jobs=[] if job is None else [job],
        pods=[] if pod is None else [pod],
        gates=gates,
        **more,
    )


def left(kind: OutcomeKind) -> ObservedPod:
    return ended(kind, processed=7)


def test_a_running_attempt_is_asked_by_its_number_and_given_time() -> None:
    decision = decided(world(RUNNING))
    assert (decision.phase, decision.reason, decision.gate) == (Phase.PAUSING, WAITS, ASKED)
    assert (decision.delete, decision.again, decision.write) == (None, 30, True)


def test_an_attempt_that_has_not_started_is_asked_before_its_job_is_deleted() -> None:
    decision = decided(world(STARTING))
    assert (decision.delete, decision.gate, decision.write) == (JOB, ASKED, True)


def test_one_that_does_not_leave_in_time_is_deleted() -> None:
    late = {**PAUSING, "phaseTime": "2026-01-01T11:59:00Z"}
    decision = decided(world(RUNNING, status=late))
    assert (decision.delete, decision.reason) == (JOB, WAITS)
    assert "has not left within 30 s" in decision.message


def test_what_a_gate_asked_is_taken_back_when_it_opens() -> None:
    decision = decided(world(RUNNING, gates=(), status=PAUSING))
    assert (decision.phase, decision.gate) == (Phase.RUNNING, None)


def test_what_is_left_of_a_gate_keeps_nobody() -> None:
    """As after a crash of the operator between an attempt's creation and its record."""
    stale = {"phase": "Paused", "gate": {"release": "old", "attempt": 7}}
    for pod in (STARTING, RUNNING):
        decision = decided(world(pod, gates=(), status=stale))
        assert (decision.phase in {Phase.STARTING, Phase.RUNNING}, decision.gate) == (True, None)
        assert is_news(status_of(world(pod, status=stale), decision), stale)
    assert decided(world(job=None, gates=(), status=stale)).create == 1


def test_an_attempt_is_asked_to_make_room_for_a_new_image_of_its_type() -> None:
    job = replace(JOB, named_image="runner:1")
    decision = decided(world(RUNNING, job=job, gates=(), image="runner:2"))
    assert (decision.phase, decision.reason, decision.gate) == (
        Phase.PAUSING, "NewImage", {"attempt": 1},
    )  # fmt: skip
    after_a_release = world(RUNNING, job=job, gates=(), status=PAUSING, image="runner:2")
    assert decided(after_a_release).gate == {"attempt": 1}
    left_for_it = world(left(OutcomeKind.PAUSED), job=job, gates=(), image="runner:2")
    assert decided(left_for_it).create == 2


def test_what_runs_is_not_moved_because_of_what_it_runs_on() -> None:
    """Whoever admits Jobs may rewrite their images, and a Job may be older than the annotation."""
    for job in (replace(JOB, image="mirror/runner:1", named_image="runner:1"), JOB):
        assert decided(world(RUNNING, job=job, gates=())).phase is Phase.RUNNING


@pytest.mark.parametrize("gates", [("weekly",), ()])
def test_a_job_that_is_being_deleted_for_a_release_leaves_before_anything_follows(
    gates: Sequence[str],
) -> None:
    deleting = replace(JOB, deleting=True)
    decision = decided(world(RUNNING, job=deleting, gates=gates, status=PAUSING))
    assert (decision.phase, decision.gate, decision.delete) == (Phase.PAUSING, ASKED, None)


@pytest.mark.parametrize("pod", [KILLED, left(OutcomeKind.INTERRUPTED), left(OutcomeKind.PAUSED)])
@pytest.mark.parametrize(("gates", "following"), [(("weekly",), None), ((), 2)])
def test_an_attempt_that_was_deleted_for_a_release_has_paused(
    pod: ObservedPod, gates: Sequence[str], following: int | None
) -> None:
    deleting = replace(JOB, deleting=True)
    decision = decided(world(pod, job=deleting, gates=gates, status=PAUSING))
    assert (decision.attempts[-1].outcome, decision.create) == ("Paused", following)
    assert decision.phase is (Phase.STARTING if following else Phase.PAUSED)


@pytest.mark.parametrize(
    ("pod", "outcome"), [(KILLED, "Crashed"), (left(OutcomeKind.INTERRUPTED), "Interrupted")]
)
def test_an_own_crash_or_a_drain_during_a_release_is_still_that(
    pod: ObservedPod, outcome: str
) -> None:
    """That it was not deleted for the release is certain once its Job was read."""
    found = world(pod, status=PAUSING)
    decision = decided(found)
    assert (decision.confirm, decision.write) == ("a-1", False)
    decision = decided(replace(found, confirmed=frozenset({"a-1"})))
    assert (decision.attempts[-1].outcome, decision.phase) == (outcome, Phase.PAUSED)


def test_what_left_for_a_release_has_paused_though_its_job_is_gone_too() -> None:
    found = world(left(OutcomeKind.INTERRUPTED), job=None, status=PAUSING)
    assert decided(found).confirm == "a-1"
    decision = decided(replace(found, confirmed=frozenset({"a-1"})))
    assert decision.attempts[-1].outcome == "Paused"


@pytest.mark.parametrize(
    ("gates", "message"),
    [
        (("weekly",), "Release weekly in progress. "),
        (("one", "two"), "Releases one and two in progress. "),
        (("one", "two", "three"), "Releases one, two and 1 more in progress. "),
    ],
)
def test_a_job_says_which_releases_it_waits_for(gates: Sequence[str], message: str) -> None:
    decision = decided(world(job=None, gates=gates))
    assert (decision.phase, decision.reason) == (Phase.QUEUED, WAITS)
    assert decision.message.startswith(message)


@pytest.mark.parametrize(
    ("state", "phase", "reason"),
    [("Paused", "Pausing", "Requested"), ("Stopped", "Stopping", "Requested")],
)
def test_what_people_ask_for_is_the_reason_even_during_a_release(
    state: str, phase: str, reason: str
) -> None:
    decision = decided(world(RUNNING, spec={"desiredState": state}))
    assert (decision.phase, decision.reason, decision.gate) == (phase, reason, None)


def test_a_checkpoint_that_cannot_be_read_stays_the_reason() -> None:
    decision = decided(world(left(OutcomeKind.CHECKPOINT_UNREADABLE)))
    assert (decision.phase, decision.reason) == (Phase.PAUSED, "CheckpointUnreadable")


def test_a_status_is_the_same_while_the_gate_stays_closed() -> None:
    for pod in (RUNNING, left(OutcomeKind.PAUSED)):
        found = world(pod)
        first = status_of(found, decided(found))
        later = replace(found, pimjob={**found.pimjob, "status": first})
        assert status_of(later, decided(later)) == first
