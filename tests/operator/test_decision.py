"""What the operator decides about a job, its attempt and what people want: no I/O."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pimjob_api.phases import OutcomeKind, Phase
from pimjob_operator.core.attempts import CRASHED
from pimjob_operator.core.decision import decide
from pimjob_operator.core.observed import ObservedPod, Waiting
from pimjob_operator.core.status import status_of
from support.worlds import LONG_AGO, NOW, OOM, RUNNING, attempts, decided, ended, job, pod, world


def test_a_new_job_gets_its_first_attempt() -> None:
    decision = decided(world())
    assert (decision.phase, decision.create) == (Phase.STARTING, 1)


def test_a_job_of_an_unknown_type_waits_and_says_for_what() -> None:
    decision = decided(replace(world(), job_type=None))
    assert (decision.phase, decision.reason, decision.create) == (
        Phase.QUEUED, "UnknownType", None,
    )  # fmt: skip
    assert "'t'" in decision.message


def test_wrong_parameters_fail_before_anything_is_started() -> None:
    decision = decided(world(errors=("parameters.source: missing",)))
    assert (decision.phase, decision.reason, decision.create) == (
        Phase.FAILED, "InvalidParameters", None,
    )  # fmt: skip
    assert decision.message == "parameters.source: missing"


@pytest.mark.parametrize(("state", "phase"), [("Stopped", Phase.STOPPED), ("Paused", Phase.PAUSED)])
def test_before_it_starts_a_wish_is_fulfilled_at_once(state: str, phase: Phase) -> None:
    decision = decided(world(spec={"desiredState": state}))
    assert (decision.phase, decision.create) == (phase, None)


@pytest.mark.parametrize(
    ("pod_found", "reason"),
    [
        (pod(waiting=Waiting(reason="ImagePullBackOff", message="no image")), "ImagePullBackOff"),
        (pod(waiting=Waiting(reason="Unschedulable", message="0/1 nodes")), "Unschedulable"),
    ],
)
def test_what_a_pod_waits_for_is_the_jobs_reason(pod_found: ObservedPod, reason: str) -> None:
    decision = decided(world(jobs=[job()], pods=[pod_found]))
    assert (decision.phase, decision.reason) == (Phase.STARTING, reason)
    assert decision.message


def test_the_events_are_looked_up_when_no_pod_comes() -> None:
    assert decided(world(jobs=[job()])).look_up_trouble


def test_running_is_written_only_when_it_lasts() -> None:
    fresh = pod(running_since=NOW - timedelta(seconds=1))
    short = decided(world(jobs=[job()], pods=[fresh]))
    assert (short.phase, short.write, short.again) == (Phase.RUNNING, False, 1.0)
    assert decided(world(jobs=[job()], pods=[RUNNING])).write


@pytest.mark.parametrize(
    ("kind", "phase"),
    [
        (OutcomeKind.COMPLETED, Phase.COMPLETED),
        (OutcomeKind.STOPPED, Phase.STOPPED),
        (OutcomeKind.FAILED, Phase.FAILED),
        (OutcomeKind.CHECKPOINT_UNREADABLE, Phase.PAUSED),
    ],
)
def test_an_outcome_is_the_jobs_end(kind: OutcomeKind, phase: Phase) -> None:
    decision = decided(world(jobs=[job()], pods=[ended(kind)]))
    assert (decision.phase, decision.create) == (phase, None)


@pytest.mark.parametrize("kind", [OutcomeKind.INTERRUPTED, OutcomeKind.PAUSED])
def test_an_attempt_that_left_is_followed_by_the_next(kind: OutcomeKind) -> None:
    assert decided(world(jobs=[job()], pods=[ended(kind)])).create == 2


@pytest.mark.parametrize("kind", [OutcomeKind.INTERRUPTED, OutcomeKind.PAUSED])
def test_while_people_want_a_pause_nothing_follows(kind: OutcomeKind) -> None:
    found = world(spec={"desiredState": "Paused"}, jobs=[job()], pods=[ended(kind)])
    decision = decided(found)
    assert (decision.phase, decision.create) == (Phase.PAUSED, None)


def test_stop_wins_over_whatever_the_attempt_said() -> None:
    for kind in (OutcomeKind.PAUSED, OutcomeKind.INTERRUPTED, OutcomeKind.CHECKPOINT_UNREADABLE):
        found = world(spec={"desiredState": "Stopped"}, jobs=[job()], pods=[ended(kind)])
        assert decided(found).phase is Phase.STOPPED


def test_a_running_job_that_is_to_stop_is_given_time() -> None:
    decision = decided(world(spec={"desiredState": "Stopped"}, jobs=[job()], pods=[RUNNING]))
    assert (decision.phase, decision.delete, decision.again) == (Phase.STOPPING, None, 30)


def test_a_runner_that_does_not_obey_is_ended() -> None:
    asked = {"phase": "Stopping", "phaseTime": "2026-01-01T11:59:00Z"}
    found = world(spec={"desiredState": "Stopped"}, status=asked, jobs=[job()], pods=[RUNNING])
    decision = decided(found)
    assert (decision.reason, decision.delete) == ("NotObeyed", job())


def test_a_job_that_has_not_started_is_stopped_by_deleting_it() -> None:
    decision = decided(world(spec={"desiredState": "Stopped"}, jobs=[job()], pods=[pod()]))
    assert decision.delete == job()


def test_a_type_that_cannot_be_stopped_goes_on_and_says_so() -> None:
    found = world(spec={"desiredState": "Stopped"}, jobs=[job()], pods=[RUNNING], stoppable=False)
    decision = decided(found)
    assert (decision.phase, decision.reason) == (Phase.RUNNING, "NotStoppable")
    assert "type t" in decision.message


def test_an_ended_job_is_left_alone() -> None:
    for phase in ("Completed", "Stopped", "Failed"):
        assert decide(world(status={"phase": phase})) is None


def test_a_checkpoint_that_cannot_be_read_waits_for_another_image() -> None:
    unreadable = attempts((OutcomeKind.CHECKPOINT_UNREADABLE.value, 10))
    unreadable["attempts"][-1] |= {"image": "runner:1", "message": "made by plan 7"}
    waits = decided(world(status=unreadable))
    assert (waits.phase, waits.reason, waits.create) == (
        Phase.PAUSED, "CheckpointUnreadable", None,
    )  # fmt: skip
    why = Waiting(reason="CheckpointUnreadable", message="made by plan 7")
    assert waits.conditions == {"CheckpointUnreadable": why}
    assert decided(world(status=unreadable, image="runner:2")).create == 2


def test_before_it_has_begun_a_job_can_be_stopped_whatever_its_type() -> None:
    found = world(spec={"desiredState": "Stopped"}, jobs=[job()], pods=[pod()], stoppable=False)
    assert decided(found).delete == job()
    begun = {"steps": [{"processed": 1}], **attempts((OutcomeKind.INTERRUPTED.value, 1))}
    goes_on = world(spec={"desiredState": "Stopped"}, status=begun, stoppable=False)
    assert decided(goes_on).create == 2


def test_what_a_job_allows_is_what_its_type_allowed_at_its_launch() -> None:
    launched = {"phase": "Running", "stoppable": True, "pausable": True}
    found = world(
        spec={"desiredState": "Stopped"},
        status=launched,
        jobs=[job()],
        pods=[RUNNING],
        stoppable=False,
    )
    assert decided(found).phase is Phase.STOPPING
    assert status_of(found, decided(found))["stoppable"] is True


def test_without_its_type_an_attempt_ends_but_none_is_started() -> None:
    running = replace(world(jobs=[job()], pods=[RUNNING]), job_type=None)
    assert decided(running).phase is Phase.RUNNING
    left = world(jobs=[job()], pods=[ended(OutcomeKind.INTERRUPTED)])
    waits = decided(replace(left, job_type=None))
    assert (waits.phase, waits.reason, waits.create) == (Phase.QUEUED, "UnknownType", None)


def test_a_job_that_is_being_deleted_is_not_deleted_again() -> None:
    found = world(
        spec={"desiredState": "Stopped"}, jobs=[job(deleting=True)], pods=[RUNNING],
        status={"phase": "Stopping", "phaseTime": "2026-01-01T11:59:00Z"},
    )  # fmt: skip
    assert (decided(found).phase, decided(found).delete) == (Phase.STOPPING, None)


@pytest.mark.parametrize("state", ["Stopped", "Paused"])
def test_what_is_ended_on_request_is_no_crash(state: str) -> None:
    dead = pod(running_since=LONG_AGO, ended=NOW, failure=Waiting(reason="Error", message="137"))
    found = world(spec={"desiredState": state}, jobs=[job(deleting=True)], pods=[dead])
    decision = decided(found)
    assert (decision.phase.value, decision.attempts[-1].outcome) == (state, state)
    assert decision.message == f"{state} on request."
    if state == "Paused":
        resumed = world(status=status_of(found, decision), jobs=[])
        assert decided(resumed).create == 2


def test_a_runners_own_end_counts_whatever_was_asked_meanwhile() -> None:
    for kind in (OutcomeKind.COMPLETED, OutcomeKind.FAILED):
        found = world(spec={"desiredState": "Stopped"}, jobs=[job()], pods=[ended(kind)])
        assert decided(found).phase.value == kind.value


@pytest.mark.parametrize("pod_left", [RUNNING, pod()])
def test_what_is_ended_for_a_pause_leaves_first_though_it_was_resumed_meanwhile(
    pod_left: ObservedPod,
) -> None:
    asked = world(
        spec={"desiredState": "Paused"},
        status={"phase": "Pausing", "phaseTime": "2026-01-01T11:00:00Z"},
        jobs=[job()],
        pods=[pod_left],
    )
    pauses = decided(asked)
    # Before the deletion: what it was for must be known afterwards.
    assert (pauses.phase, pauses.delete, pauses.write) == (Phase.PAUSING, job(), True)
    told = status_of(asked, pauses)
    resumed = world(status=told, jobs=[job(deleting=True)], pods=[pod_left])
    waits = decided(resumed)
    assert (waits.phase, waits.create) == (Phase.PAUSING, None)
    gone = replace(pod_left, ended=NOW, failure=Waiting(reason="PodDeleted", message="gone"))
    left = decided(world(status=told, jobs=[job(deleting=True)], pods=[gone]))
    assert (left.create, left.attempts[-1].outcome) == (2, "Paused")
    unseen = decided(replace(world(status=told), confirmed=frozenset({"a-1"})))
    assert (unseen.create, unseen.attempts[-1].outcome) == (2, "Paused")


def test_what_was_asked_to_pause_and_is_not_ended_for_it_goes_on_when_it_is_resumed() -> None:
    told = {"phase": "Pausing", "attempts": [{"number": 1, "job": "a-1"}]}
    assert decided(world(status=told, jobs=[job()], pods=[RUNNING])).phase is Phase.RUNNING
    crashed = replace(world(status=told, jobs=[job()], pods=[OOM]), confirmed=frozenset({"a-1"}))
    assert decided(crashed).attempts[-1].outcome == CRASHED
