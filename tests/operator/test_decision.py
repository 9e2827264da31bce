"""What the operator decides, one world at a time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pimjob_api.outcome import Outcome
from pimjob_api.phases import DATABASE_UNAVAILABLE, OutcomeKind, Phase
from pimjob_operator.core.attempts import CRASHED
from pimjob_operator.core.decision import Decision, decide
from pimjob_operator.core.observed import ObservedJob, ObservedPod, Waiting
from pimjob_operator.core.status import is_news, status_of
from pimjob_operator.core.world import JobTypeView, World
from pimjob_operator.settings import Settings

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(minutes=5)


def world(
    *,
    spec: dict[str, Any] | None = None,
    status: dict[str, Any] | None = None,
    jobs: list[ObservedJob] | None = None,
    pods: list[ObservedPod] | None = None,
    errors: tuple[str, ...] = (),
    **type_spec: Any,
) -> World:
    return World(
        pimjob={
            "metadata": {"name": "a", "namespace": "ns", "uid": "u", "generation": 1},
            "spec": {"type": "t", "desiredState": "Running", **(spec or {})},
            "status": status or {},
        },
        job_type=JobTypeView(name="t", spec=type_spec, parameter_errors=errors),
        jobs=jobs or [],
        pods={"a-1": pods or []},
        trouble=None,
        now=NOW,
        settings=Settings(runner_image="runner:1"),
    )


def job(number: int = 1, **more: Any) -> ObservedJob:
    return ObservedJob(
        name=f"a-{number}", uid=f"job-{number}", number=number, created=LONG_AGO, image="runner:1",
        **more,
    )  # fmt: skip


def pod(**more: Any) -> ObservedPod:
    return ObservedPod(name="a-1-xyz", uid="pod", created=LONG_AGO, **more)


def ended(kind: OutcomeKind, processed: int = 0) -> ObservedPod:
    outcome = Outcome(kind=kind, reason=kind.value, message="why", processed=processed)
    return pod(running_since=LONG_AGO, ended=NOW, outcome=outcome)


RUNNING = pod(running_since=LONG_AGO)
OOM = pod(ended=NOW, failure=Waiting(reason="OOMKilled", message="exit code 137"))


def decided(found: World) -> Decision:
    decision = decide(found)
    assert decision is not None
    return decision


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


def attempts(*ends: tuple[str, int]) -> dict[str, Any]:
    """Return a status with attempts that ended long ago: (outcome, processed)."""
    return {
        "phase": "Starting",
        "attempts": [
            {
                "number": number,
                "job": f"a-{number}",
                "outcome": outcome,
                "reason": "OOMKilled",
                "processed": processed,
                "endTime": "2026-01-01T11:00:00Z",
            }
            for number, (outcome, processed) in enumerate(ends, start=1)
        ],
    }


def test_a_crash_is_followed_by_a_back_off_with_the_true_reason() -> None:
    decision = decided(world(jobs=[job()], pods=[OOM]))
    assert (decision.phase, decision.reason, decision.create) == (Phase.STARTING, "BackOff", None)
    assert "OOMKilled" in decision.message
    assert decision.again == 5


def test_after_the_back_off_comes_the_next_attempt() -> None:
    assert decided(world(status=attempts((CRASHED, 0)))).create == 2


def test_only_attempts_without_progress_use_up_the_limit() -> None:
    with_progress = attempts(*((CRASHED, n) for n in (10, 20, 30, 40, 50, 60)))
    assert decided(world(status=with_progress)).create == 7
    without = attempts(*((CRASHED, 10) for _ in range(6)))
    decision = decided(world(status=without))
    assert (decision.phase, decision.reason) == (Phase.FAILED, "AttemptsExhausted")
    assert "OOMKilled" in decision.message


def test_a_job_that_is_not_in_the_cache_is_looked_up_before_it_is_given_up() -> None:
    status = {"phase": "Running", "attempts": [{"number": 1, "job": "a-1"}]}
    decision = decided(world(status=status))
    assert (decision.confirm, decision.create, decision.write) == ("a-1", None, False)


def test_a_deleted_job_counts_as_a_crash() -> None:
    status = {"phase": "Running", "attempts": [{"number": 1, "job": "a-1"}]}
    decision = decided(replace(world(status=status), confirmed=frozenset({"a-1"})))
    assert (decision.reason, decision.attempts[-1].reason) == ("BackOff", "JobDeleted")


def test_a_job_that_was_created_but_not_recorded_is_the_attempt() -> None:
    decision = decided(world(jobs=[job()], pods=[RUNNING]))
    assert (decision.create, [a.number for a in decision.attempts]) == (None, [1])


def test_an_ended_job_is_left_alone() -> None:
    for phase in ("Completed", "Stopped", "Failed"):
        assert decide(world(status={"phase": phase})) is None


def test_retry_runs_a_failed_job_again_once() -> None:
    failed = {**attempts(("Failed", 5)), "phase": "Failed", "observedRetry": 0, "attemptCount": 1}
    first = decided(world(spec={"retry": 1}, status=failed))
    assert (first.create, first.retry) == (2, 1)
    created = world(spec={"retry": 1}, status=failed, jobs=[job(2)])
    again = decided(created)
    assert (again.create, again.attempts[-1].number) == (None, 2)


def test_status_tells_who_stopped_it_and_when_it_obeyed() -> None:
    spec = {"desiredState": "Stopped", "requestedBy": "julia", "reason": "wrong file"}
    found = world(spec=spec, jobs=[job()], pods=[ended(OutcomeKind.STOPPED, processed=7)])
    assert status_of(found, decided(found))["stop"] == {
        "at": "2026-01-01T12:00:00Z",
        "by": "julia",
        "reason": "wrong file",
        "acknowledgedAt": "2026-01-01T12:00:00Z",
        "processed": 7,
    }


def test_status_is_the_same_when_nothing_has_changed() -> None:
    found = world(jobs=[job()], pods=[RUNNING])
    first = status_of(found, decided(found))
    later = replace(found, pimjob={**found.pimjob, "status": first}, now=NOW + timedelta(hours=1))
    assert status_of(later, decided(later)) == first


def test_a_pod_on_a_node_that_does_not_answer_is_given_up_after_its_time() -> None:
    deadline = NOW - timedelta(seconds=10)
    leaving = pod(running_since=LONG_AGO, node="node1", gone_by=deadline)
    waits = decided(world(status={"phase": "Running"}, jobs=[job()], pods=[leaving]))
    assert (waits.phase, waits.create, waits.again) == (Phase.RUNNING, None, 20)
    lost = replace(leaving, gone_by=NOW - timedelta(seconds=30))
    gives_up = decided(world(jobs=[job()], pods=[lost]))
    assert (gives_up.reason, gives_up.attempts[-1].reason) == ("BackOff", "NodeLost")
    assert "node1" in gives_up.message


def test_an_attempt_that_was_interrupted_says_who_wanted_its_place() -> None:
    preempted = Waiting(reason="PreemptionByScheduler", message="preempting to accommodate")
    found = replace(ended(OutcomeKind.INTERRUPTED), disruption=preempted)
    attempt = decided(world(jobs=[job()], pods=[found])).attempts[-1]
    assert (attempt.outcome, attempt.reason) == ("Interrupted", "PreemptionByScheduler")
    # What the runner did on its own stands, whoever wanted it to leave meanwhile.
    done = replace(ended(OutcomeKind.COMPLETED), disruption=preempted)
    assert decided(world(jobs=[job()], pods=[done])).attempts[-1].reason == "Completed"


def test_a_second_interruption_without_progress_is_followed_by_a_back_off() -> None:
    interrupted = OutcomeKind.INTERRUPTED.value
    recently = (NOW - timedelta(seconds=1)).isoformat()

    def status(*processed: int) -> dict[str, Any]:
        found = attempts(*((interrupted, number) for number in processed))
        found["attempts"][-1]["endTime"] = recently
        return found

    assert decided(world(status=status(0))).create == 2
    assert decided(world(status=status(5, 9))).create == 3
    idle = decided(world(status=status(5, 5, 5)))
    assert (idle.reason, idle.again) == ("BackOff", 4.0)


def test_a_database_that_is_away_uses_up_no_limit() -> None:
    """The job is not at fault: it tries again, ever more seldom, until the database is back."""
    away = attempts(*((CRASHED, 10) for _ in range(10)))
    for attempt in away["attempts"][1:]:
        attempt["reason"] = DATABASE_UNAVAILABLE
    away["attempts"][-1]["endTime"] = NOW.isoformat()
    waits = decided(world(status=away))
    assert (waits.phase, waits.reason, waits.again) == (Phase.STARTING, "BackOff", 300.0)
    for attempt in away["attempts"][5:]:
        attempt["reason"] = "OOMKilled"
    assert decided(world(status=away)).reason == "AttemptsExhausted"


def test_attempts_that_lose_the_epoch_again_and_again_use_up_the_limit() -> None:
    superseded = attempts(*((OutcomeKind.SUPERSEDED.value, 10) for _ in range(6)))
    assert decided(world(status=superseded)).reason == "AttemptsExhausted"


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


def test_jobs_of_old_attempts_are_deleted_when_the_next_one_is_made() -> None:
    status = attempts(*((CRASHED, n) for n in (10, 20, 30, 40)))
    found = world(status=status, jobs=[job(n) for n in (1, 2, 3, 4)])
    decision = decided(found)
    assert (decision.create, [old.number for old in decision.prune]) == (5, [1, 2])


def test_a_retry_whose_attempt_ended_before_it_was_recorded_counts() -> None:
    failed = {**attempts(("Failed", 5)), "phase": "Failed", "observedRetry": 0, "attemptCount": 1}
    completed = Outcome(kind=OutcomeKind.COMPLETED, reason="Completed", processed=9)
    last = ObservedPod(name="p", uid="p", created=NOW, ended=NOW, outcome=completed)
    found = world(spec={"retry": 1}, status=failed, jobs=[job(2)])
    decision = decided(replace(found, pods={"a-2": [last]}))
    assert (decision.phase, decision.retry, decision.create) == (Phase.COMPLETED, 1, None)


def test_the_pods_name_alone_is_not_worth_a_write() -> None:
    created = world(jobs=[job()])
    known = status_of(created, decided(created))
    with_pod = world(status=known, jobs=[job()], pods=[pod()])
    assert not is_news(status_of(with_pod, decided(with_pod)), known)
    failing = world(
        status=known,
        jobs=[job()],
        pods=[pod(waiting=Waiting(reason="ErrImagePull", message="no image"))],
    )
    assert is_news(status_of(failing, decided(failing)), known)


@pytest.mark.parametrize(
    ("found", "outcome", "phase"),
    [
        (RUNNING, None, Phase.STOPPING),
        (ended(OutcomeKind.STOPPED, processed=7), "Stopped", Phase.STOPPED),
        (OOM, "Stopped", Phase.STOPPED),
    ],
)
def test_an_attempt_that_was_not_recorded_and_whose_job_was_deleted_is_known_by_its_pod(
    found: ObservedPod, outcome: str | None, phase: Phase
) -> None:
    """Nothing is Stopped while it runs."""
    stopped = world(spec={"desiredState": "Stopped"}, pods=[found])
    decision = decided(replace(stopped, confirmed=frozenset({"a-1"})))
    assert [(a.number, a.outcome) for a in decision.attempts] == [(1, outcome)]
    assert decision.phase == phase


def test_the_number_of_an_attempt_that_only_its_pod_tells_of_is_not_used_again() -> None:
    assert decided(world(pods=[ended(OutcomeKind.PAUSED, processed=7)])).create == 2
