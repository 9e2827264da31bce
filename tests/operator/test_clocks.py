"""Clocks of nodes and of the API server are ahead or behind: no wait is longer for that. No I/O."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from pimjob_api.phases import Phase
from pimjob_operator.core.attempts import CRASHED
from pimjob_operator.core.status import is_news, status_of
from support.worlds import NOW, OOM, RUNNING, attempts, decided, job, pod, world

HOUR = timedelta(hours=1)
JUST_NOW = NOW - timedelta(seconds=1)


@pytest.mark.parametrize("ended", [NOW + HOUR, NOW, NOW - HOUR])
def test_a_back_off_is_reckoned_from_when_it_can_have_ended(ended: datetime) -> None:
    """It did not end before its Job was created, nor later than now."""
    found = world(jobs=[replace(job(), created=JUST_NOW)], pods=[replace(OOM, ended=ended)])
    decision = decided(found)
    assert (decision.reason, decision.attempts[-1].outcome) == ("BackOff", CRASHED)
    assert decision.again is not None
    assert 4 <= decision.again <= 5


def test_the_end_of_an_attempt_that_a_status_has_in_the_future_is_written_anew() -> None:
    status = attempts((CRASHED, 0))
    status["attempts"][0]["endTime"] = (NOW + HOUR).isoformat()
    found = world(status=status)
    decision = decided(found)
    assert (decision.attempts[-1].ended, decision.again) == (NOW, 5)
    assert is_news(status_of(found, decision), status)


def test_a_container_that_begins_in_the_future_runs() -> None:
    ahead = replace(RUNNING, running_since=NOW + HOUR)
    decision = decided(world(jobs=[job()], pods=[ahead]))
    assert (decision.phase, decision.write, decision.again) == (Phase.RUNNING, True, None)
    created = replace(ahead, created=JUST_NOW)
    waits = decided(world(jobs=[job()], pods=[created]))
    assert (waits.write, waits.again) == (False, 1)


def test_a_phase_that_began_in_the_future_leaves_a_runner_no_more_time() -> None:
    ahead = (NOW + HOUR).isoformat().replace("+00:00", "Z")
    status = {"phase": "Pausing", "phaseTime": ahead, "attempts": [{"number": 1, "job": "a-1"}]}
    found = world(spec={"desiredState": "Paused"}, status=status, jobs=[job()], pods=[RUNNING])
    decision = decided(found)
    assert decision.again == 30
    assert status_of(found, decision)["phaseTime"] == "2026-01-01T12:00:00Z"


def test_an_attempt_that_was_made_in_the_future_is_looked_after_in_time() -> None:
    decision = decided(world(jobs=[replace(job(), created=NOW + HOUR)], pods=[pod()]))
    assert (decision.again, decision.attempts[-1].started) == (10, NOW)


def test_nothing_is_waited_for_longer_than_some_minutes() -> None:
    leaving = replace(RUNNING, gone_by=NOW + HOUR)
    decision = decided(world(status={"phase": "Running"}, jobs=[job()], pods=[leaving]))
    assert decision.again == 300
