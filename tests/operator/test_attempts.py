"""What the operator makes of attempts that crash, are lost or were never recorded: no I/O."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pimjob_api import bounds
from pimjob_api.outcome import Outcome
from pimjob_api.phases import DATABASE_UNAVAILABLE, OutcomeKind, Phase
from pimjob_operator.core.attempts import CRASHED
from pimjob_operator.core.observed import ObservedPod, Waiting
from pimjob_operator.settings import SettingsError, read_settings
from support.worlds import LONG_AGO, NOW, OOM, RUNNING, attempts, decided, ended, job, pod, world


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


def test_the_highest_limit_that_can_be_set_is_reached_with_the_attempts_that_a_status_has() -> None:
    most = read_settings({"PIMJOB_RUNNER_IMAGE": "a", "PIMJOB_ATTEMPTS_LIMIT": "9"})
    kept = world(status=attempts(*((CRASHED, 10) for _ in range(bounds.MAX_ATTEMPTS))))
    assert decided(replace(kept, settings=most)).reason == "AttemptsExhausted"
    with pytest.raises(SettingsError, match="PIMJOB_ATTEMPTS_LIMIT must be from 1 to 9"):
        read_settings({"PIMJOB_RUNNER_IMAGE": "a", "PIMJOB_ATTEMPTS_LIMIT": "10"})


def test_attempts_that_lose_the_epoch_again_and_again_use_up_the_limit() -> None:
    superseded = attempts(*((OutcomeKind.SUPERSEDED.value, 10) for _ in range(6)))
    assert decided(world(status=superseded)).reason == "AttemptsExhausted"


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


def test_an_attempt_that_was_interrupted_says_who_wanted_its_place() -> None:
    preempted = Waiting(reason="PreemptionByScheduler", message="preempting to accommodate")
    found = replace(ended(OutcomeKind.INTERRUPTED), disruption=preempted)
    attempt = decided(world(jobs=[job()], pods=[found])).attempts[-1]
    assert (attempt.outcome, attempt.reason) == ("Interrupted", "PreemptionByScheduler")
    # What the runner did on its own stands, whoever wanted it to leave meanwhile.
    done = replace(ended(OutcomeKind.COMPLETED), disruption=preempted)
    assert decided(world(jobs=[job()], pods=[done])).attempts[-1].reason == "Completed"


def test_a_pod_on_a_node_that_does_not_answer_is_given_up_after_its_time() -> None:
    deadline = NOW - timedelta(seconds=10)
    leaving = pod(running_since=LONG_AGO, node="node1", gone_by=deadline)
    waits = decided(world(status={"phase": "Running"}, jobs=[job()], pods=[leaving]))
    assert (waits.phase, waits.create, waits.again) == (Phase.RUNNING, None, 20)
    lost = replace(leaving, gone_by=NOW - timedelta(seconds=30))
    gives_up = decided(world(jobs=[job()], pods=[lost]))
    assert (gives_up.reason, gives_up.attempts[-1].reason) == ("BackOff", "NodeLost")
    assert "node1" in gives_up.message


def test_a_lost_pod_is_nobodys_business_once_its_attempt_is_over() -> None:
    over = attempts(("Paused", 7))
    lost = pod(running_since=LONG_AGO, node="node1", gone_by=NOW - timedelta(minutes=5))
    asked = {"desiredState": "Paused"}
    paused = decided(world(spec=asked, status=over, jobs=[job(deleting=True)], pods=[lost]))
    assert (paused.phase, paused.again) == (Phase.PAUSED, None)


def test_an_attempt_that_was_followed_by_another_has_an_end_whatever_people_want_by_now() -> None:
    """Its end was seen, the next one made, and the operator died before it wrote that down."""
    jobs = [job(1), job(2)]
    decision = decided(world(spec={"desiredState": "Stopped"}, jobs=jobs, pods=[OOM]))
    assert [attempt.outcome for attempt in decision.attempts] == [CRASHED, None]


def test_an_attempt_that_was_followed_and_of_which_nothing_is_left_has_an_end() -> None:
    status = attempts((CRASHED, 10), ("", 0), ("", 0))
    for attempt in status["attempts"][1:]:
        del attempt["outcome"], attempt["processed"], attempt["endTime"]
    status["attempts"][2]["startTime"] = "2026-01-01T11:30:00Z"
    decision = decided(world(status=status, jobs=[job(3)]))
    unseen, current = decision.attempts[1:]
    assert (unseen.outcome, unseen.reason, unseen.processed) == (CRASHED, "Unseen", 10)
    assert unseen.ended == current.started
    assert current.outcome is None
    # As long as something is left that will tell, it is waited for.
    running = replace(world(status=status, jobs=[job(3)]), pods={"a-2": [RUNNING]})
    assert decided(running).attempts[1].outcome is None


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


def test_retry_runs_a_failed_job_again_once() -> None:
    failed = {**attempts(("Failed", 5)), "phase": "Failed", "observedRetry": 0, "attemptCount": 1}
    first = decided(world(spec={"retry": 1}, status=failed))
    assert (first.create, first.retry) == (2, 1)
    created = world(spec={"retry": 1}, status=failed, jobs=[job(2)])
    again = decided(created)
    assert (again.create, again.attempts[-1].number) == (None, 2)


def test_a_retry_whose_attempt_ended_before_it_was_recorded_counts() -> None:
    failed = {**attempts(("Failed", 5)), "phase": "Failed", "observedRetry": 0, "attemptCount": 1}
    completed = Outcome(kind=OutcomeKind.COMPLETED, reason="Completed", processed=9)
    last = ObservedPod(name="p", uid="p", created=NOW, ended=NOW, outcome=completed)
    found = world(spec={"retry": 1}, status=failed, jobs=[job(2)])
    decision = decided(replace(found, pods={"a-2": [last]}))
    assert (decision.phase, decision.retry, decision.create) == (Phase.COMPLETED, 1, None)


def test_jobs_of_old_attempts_are_deleted_when_the_next_one_is_made() -> None:
    status = attempts(*((CRASHED, n) for n in (10, 20, 30, 40)))
    found = world(status=status, jobs=[job(n) for n in (1, 2, 3, 4)])
    decision = decided(found)
    assert (decision.create, [old.number for old in decision.prune]) == (5, [1, 2])
