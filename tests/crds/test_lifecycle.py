"""Every situation a job can be in, against every wish: which phase, and what is done."""

import itertools

import pytest

from pimjob_api.lifecycle import Course, Situation, Standing, Step, derive, is_held
from pimjob_api.phases import ENDED, DesiredState, Phase

RUN, PAUSE, STOP = DesiredState.RUNNING, DesiredState.PAUSED, DesiredState.STOPPED
END_BY_RUNNER = {Standing.COMPLETED, Standing.STOPPED, Standing.FAILED}
NOBODY_RUNS = set(Standing) - {Standing.STARTING, Standing.RUNNING}

# Standing: the course if people want it to run, to pause, to stop; and if a gate is
# closed while people want it to run.
TABLE = {
    Standing.NONE: ("Starting/Start", "Paused", "Stopped", "Paused"),
    Standing.INVALID: ("Failed", "Failed", "Stopped", "Failed"),
    Standing.STARTING: ("Starting", "Pausing/End", "Stopping/End", "Pausing/End"),
    Standing.RUNNING: ("Running", "Pausing", "Stopping", "Pausing"),
    Standing.COMPLETED: ("Completed", "Completed", "Completed", "Completed"),
    Standing.STOPPED: ("Stopped", "Stopped", "Stopped", "Stopped"),
    Standing.FAILED: ("Failed", "Failed", "Failed", "Failed"),
    Standing.LEFT: ("Starting/Start", "Paused", "Stopped", "Paused"),
    Standing.BACKING_OFF: ("Starting", "Paused", "Stopped", "Paused"),
    Standing.EXHAUSTED: ("Failed", "Failed", "Stopped", "Failed"),
    Standing.UNREADABLE: ("Paused", "Paused", "Stopped", "Paused"),
}
ALL = [
    Situation(
        desired=desired,
        standing=standing,
        stoppable=stoppable,
        pausable=pausable,
        begun=begun,
        startable=startable,
        overdue=overdue,
        hopeless=hopeless,
        gated=gated,
        yields=yields,
        outdated=outdated,
    )
    for desired in DesiredState
    for standing in Standing
    for stoppable, pausable, begun, startable, overdue, hopeless, gated, yields, outdated in (
        itertools.product((True, False), repeat=9)
    )
]


def course(text: str) -> Course:
    phase, _, step = text.partition("/")
    return Course(Phase(phase), Step(step or "Wait"))


def test_the_table_names_every_standing() -> None:
    assert set(TABLE) == set(Standing)


@pytest.mark.parametrize("standing", Standing)
@pytest.mark.parametrize(("column", "desired"), [(0, RUN), (1, PAUSE), (2, STOP)])
def test_a_wish_meets_a_standing(standing: Standing, column: int, desired: DesiredState) -> None:
    situation = Situation(desired=desired, standing=standing, begun=True)
    assert derive(situation) == course(TABLE[standing][column])


@pytest.mark.parametrize("standing", Standing)
@pytest.mark.parametrize(("column", "desired"), [(3, RUN), (1, PAUSE), (2, STOP)])
def test_a_closed_gate_meets_a_standing(
    standing: Standing, column: int, desired: DesiredState
) -> None:
    """People's wishes win: what they paused stays theirs, and a stop is a stop."""
    situation = Situation(desired=desired, standing=standing, begun=True, gated=True)
    assert derive(situation) == course(TABLE[standing][column])


@pytest.mark.parametrize(("yields", "pausable"), [(False, True), (True, False)])
def test_what_does_not_pause_for_a_release_goes_on_once_it_has_begun(
    yields: bool,  # noqa: FBT001 - a table's column
    pausable: bool,  # noqa: FBT001
) -> None:
    for standing in Standing:
        common = {"desired": RUN, "standing": standing, "begun": True}
        gated = Situation(**common, yields=yields, pausable=pausable, gated=True)
        assert derive(gated) == derive(Situation(**common))


def test_what_has_not_begun_is_held_whatever_its_type() -> None:
    for standing in (Standing.NONE, Standing.LEFT, Standing.BACKING_OFF):
        for yields, pausable in itertools.product((True, False), repeat=2):
            held = Situation(
                desired=RUN, standing=standing, yields=yields, pausable=pausable, gated=True
            )
            assert derive(held) == Course(Phase.QUEUED)


def test_nothing_is_started_for_a_release_and_nobody_is_failed_by_it() -> None:
    for situation in filter(is_held, ALL):
        assert derive(situation).step is not Step.START
        assert derive(situation).phase in {Phase.PAUSING, Phase.PAUSED, Phase.QUEUED}


def test_without_a_gate_or_a_new_image_a_release_changes_nothing() -> None:
    for situation in ALL:
        assert not is_held(situation) or situation.gated or situation.outdated


def test_a_new_image_moves_attempts_under_way_and_nothing_else() -> None:
    for standing in Standing:
        common = {"desired": RUN, "standing": standing, "begun": True}
        moved = {"Starting": "Pausing/End", "Running": "Pausing"}
        wanted = course(moved.get(standing, TABLE[standing][0]))
        assert derive(Situation(**common, outdated=True)) == wanted


def test_what_does_not_pause_for_a_release_keeps_its_image_once_it_runs() -> None:
    for standing, wanted in (("Running", "Running"), ("Starting", "Pausing/End")):
        stays = Situation(
            desired=RUN, standing=Standing(standing), begun=True, outdated=True, yields=False
        )
        assert derive(stays) == course(wanted)


@pytest.mark.parametrize(("desired", "phase"), [(PAUSE, "Pausing"), (STOP, "Stopping")])
def test_a_runner_that_does_not_obey_in_time_is_ended(desired: DesiredState, phase: str) -> None:
    situation = Situation(desired=desired, standing=Standing.RUNNING, begun=True, overdue=True)
    assert derive(situation) == course(f"{phase}/End")


def test_an_attempt_whose_image_does_not_come_is_ended_for_one_with_another_image() -> None:
    situation = Situation(desired=RUN, standing=Standing.STARTING, hopeless=True)
    assert derive(situation) == course("Starting/End")


def test_a_runner_that_does_not_make_room_in_time_is_ended() -> None:
    common = {"desired": RUN, "standing": Standing.RUNNING, "begun": True, "overdue": True}
    assert derive(Situation(**common, gated=True)) == course("Pausing/End")
    assert derive(Situation(**common)) == course("Running")


@pytest.mark.parametrize(("desired", "allowed"), [(PAUSE, "pausable"), (STOP, "stoppable")])
def test_a_wish_that_the_type_refuses_changes_nothing_once_it_has_begun(
    desired: DesiredState, allowed: str
) -> None:
    for standing in Standing:
        wished = Situation(desired=desired, standing=standing, begun=True, **{allowed: False})
        assert derive(wished) == derive(Situation(desired=RUN, standing=standing, begun=True))


def test_before_it_has_begun_every_job_can_be_stopped_and_paused() -> None:
    for desired, phase in ((PAUSE, Phase.PAUSED), (STOP, Phase.STOPPED)):
        situation = Situation(
            desired=desired, standing=Standing.NONE, stoppable=False, pausable=False
        )
        assert derive(situation) == Course(phase)


def test_what_keeps_a_job_from_starting_makes_it_wait() -> None:
    for standing in (Standing.NONE, Standing.LEFT):
        situation = Situation(desired=RUN, standing=standing, startable=False)
        assert derive(situation) == Course(Phase.QUEUED)


def test_an_attempt_is_created_only_where_none_is_alive_and_somebody_wants_it() -> None:
    for situation in ALL:
        if derive(situation).step is Step.START:
            assert situation.standing in {Standing.NONE, Standing.LEFT}
            assert situation.startable


def test_a_job_is_deleted_only_while_an_attempt_is_under_way() -> None:
    for situation in ALL:
        if derive(situation).step is Step.END:
            assert situation.standing in {Standing.STARTING, Standing.RUNNING}


def test_an_end_is_never_claimed_while_an_attempt_is_alive() -> None:
    for situation in ALL:
        if situation.standing not in NOBODY_RUNS:
            assert derive(situation).phase not in ENDED | {Phase.PAUSED}


def test_a_stop_that_the_type_allows_wins_over_everything_but_the_runners_own_end() -> None:
    for situation in ALL:
        stops = situation.desired is STOP and situation.stoppable
        if stops and situation.standing not in END_BY_RUNNER:
            assert derive(situation).phase in {Phase.STOPPED, Phase.STOPPING}


def test_no_phase_is_a_dead_end() -> None:
    """What does not end by itself, by an event or by time, people can stop."""
    for situation in ALL:
        waits_for_people = derive(situation).phase in {Phase.PAUSED, Phase.QUEUED}
        if waits_for_people and situation.stoppable:
            stopped = Situation(
                desired=STOP,
                standing=situation.standing,
                stoppable=situation.stoppable,
                begun=situation.begun,
            )
            assert derive(stopped).phase is Phase.STOPPED
