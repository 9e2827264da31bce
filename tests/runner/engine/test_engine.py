"""How a job runs, is stopped, paused, interrupted and resumed, on both databases."""

from pathlib import Path

import pytest
from runs import Job, make_room, pause, stop, terminate

from pimjob_api.phases import OutcomeKind, StepPhase
from pimjob_runner.engine.control import Control


def test_a_job_runs_all_its_steps(job: Job) -> None:
    outcome = job.run()

    assert outcome.kind is OutcomeKind.COMPLETED
    assert outcome.processed == 100
    assert job.numbers() == list(range(100))
    assert [step.phase for step in job.last.steps] == [StepPhase.COMPLETED] * 3
    assert job.write.counters == {"read": 100, "created": 100}


def test_a_stop_takes_effect_after_the_chunk_and_ends_later_steps(job: Job) -> None:
    outcome = job.run_until(30, stop)

    assert outcome.kind is OutcomeKind.STOPPED
    assert outcome.processed == 30
    assert job.numbers() == list(range(30))
    phases = [step.phase for step in job.last.steps]
    assert phases == [StepPhase.COMPLETED, StepPhase.STOPPED, StepPhase.PENDING]
    assert job.runs_of("after") == 0


@pytest.mark.parametrize(
    ("leave", "kind"),
    [
        (pause, OutcomeKind.PAUSED),
        (make_room, OutcomeKind.PAUSED),
        (terminate, OutcomeKind.INTERRUPTED),
    ],
)
def test_a_paused_or_interrupted_job_goes_on_where_it_was(
    job: Job, leave: object, kind: OutcomeKind
) -> None:
    assert job.run_until(30, leave).kind is kind  # type: ignore[arg-type] # both are actions
    assert job.numbers() == list(range(30))
    assert job.write.phase is StepPhase.PAUSED
    assert job.write.ended_at is None

    assert job.run().kind is OutcomeKind.COMPLETED
    assert job.numbers() == list(range(100))
    assert job.write.counters == {"read": 100, "created": 100}
    assert job.runs_of("before") == 1, "a completed step is not run again"


def test_progress_never_goes_back(sqlite_job: Job) -> None:
    for processed in (20, 50, 80):
        sqlite_job.run_until(processed, pause)
    sqlite_job.run()

    seen = [report.processed for report in sqlite_job.reports]
    assert seen == sorted(seen)
    active = [report.steps[1].active_seconds for report in sqlite_job.reports]
    assert active == sorted(active)


def test_an_ended_job_run_again_only_says_so(sqlite_job: Job) -> None:
    sqlite_job.run()

    assert sqlite_job.run().kind is OutcomeKind.COMPLETED
    assert sqlite_job.runs_of("before") == 1


def test_stop_wins_over_pause_and_both_over_sigterm(sqlite_job: Job) -> None:
    def terminate_and_pause(control: Control) -> None:
        terminate(control)
        pause(control)

    assert sqlite_job.run_until(10, terminate_and_pause).kind is OutcomeKind.PAUSED


def test_a_type_that_is_not_stoppable_runs_to_its_end_but_leaves_on_sigterm(
    sqlite_job: Job,
) -> None:
    sqlite_job.type = "numbers_unstoppable"

    assert sqlite_job.run_until(10, terminate).kind is OutcomeKind.INTERRUPTED
    assert sqlite_job.run_until(20, stop).kind is OutcomeKind.COMPLETED


def test_a_job_asked_to_stop_before_it_begins_writes_nothing(sqlite_job: Job) -> None:
    control = Control()
    stop(control)

    assert sqlite_job.run(control=control).kind is OutcomeKind.STOPPED
    assert sqlite_job.numbers() == []
    assert {step.phase for step in sqlite_job.last.steps} == {StepPhase.PENDING}


def test_a_wrong_source_fails_the_job_and_says_why(job: Job) -> None:
    job.parameters = {"count": 100, "chunk": 10, "failAt": 40}

    outcome = job.run()

    assert (outcome.kind, outcome.reason) == (OutcomeKind.FAILED, "BadNumber")
    assert outcome.message == "Number 40 cannot be read."
    assert job.write.phase is StepPhase.FAILED
    assert job.numbers() == list(range(40)), "what was committed stays"


def test_a_failed_job_that_is_retried_goes_on_from_its_checkpoint(job: Job) -> None:
    job.parameters = {"count": 100, "chunk": 10, "failAt": 40}
    job.run()
    job.execute("UPDATE job_execution SET parameters = ?", '{"count": 100, "chunk": 10}')

    assert job.run().kind is OutcomeKind.COMPLETED
    assert job.numbers() == list(range(100))


def test_a_chunk_whose_writing_raises_is_rolled_back_whole(job: Job) -> None:
    job.parameters = {"count": 100, "chunk": 10, "crashAt": 45, "refuseEvery": 7}

    with pytest.raises(ZeroDivisionError):
        job.run()

    assert max(job.numbers()) == 39
    assert job.query("SELECT processed, position FROM step_execution WHERE name = 'write'") == [
        (40, '{"next": 40}')
    ]
    assert job.query("SELECT max(line) FROM item_warning") == [(35 + 2,)]


def test_the_parameters_of_the_launch_count_in_every_attempt(sqlite_job: Job) -> None:
    sqlite_job.run_until(10, pause)
    sqlite_job.parameters = {"count": 7}

    sqlite_job.run()

    assert sqlite_job.numbers() == list(range(100))


def test_an_unknown_total_is_shown_as_unknown(sqlite_job: Job) -> None:
    sqlite_job.parameters = {"count": 100, "totalKnown": False}

    sqlite_job.run()

    assert sqlite_job.write.total is None
    assert {report.steps[1].eta_seconds for report in sqlite_job.reports} == {None}


@pytest.mark.parametrize(
    ("type_name", "parameters", "reason", "message"),
    [
        ("nonsense", {}, "UnknownType", "This runner has no job type 'nonsense'; it has: "),
        ("numbers", {}, "InvalidParameters", "Object missing required field `count`"),
        (
            "numbers",
            {"count": "7"},
            "InvalidParameters",
            "Expected `int`, got `str` - at `$.count`",
        ),
        ("numbers", {"count": 7, "cuont": 8}, "InvalidParameters", "unknown field `cuont`"),
    ],
)
def test_a_job_that_cannot_be_run_fails_at_once_with_the_field_at_fault(
    sqlite_job: Job, type_name: str, parameters: dict[str, object], reason: str, message: str
) -> None:
    sqlite_job.type, sqlite_job.parameters = type_name, parameters

    outcome = sqlite_job.run()

    assert (outcome.kind, outcome.reason) == (OutcomeKind.FAILED, reason)
    assert message in outcome.message


def test_warnings_are_stored_counted_and_sampled(job: Job, tmp_path: Path) -> None:
    job.parameters = {"count": 100, "chunk": 10, "refuseEvery": 25}

    job.run()

    assert job.write.counters == {"read": 100, "created": 96, "invalid": 4}
    assert job.write.warnings == 4
    assert [sample.line for sample in job.write.samples] == [2, 27, 52]
    assert job.query("SELECT seq, line, value FROM item_warning ORDER BY seq") == [
        (0, 2, "0"),
        (1, 27, "25"),
        (2, 52, "50"),
        (3, 77, "75"),
    ]
    (artifact,) = job.last.artifacts
    assert (artifact.kind, artifact.name) == ("invalid", "invalid-write.csv")
    assert artifact.path.is_relative_to(tmp_path / "files" / "executions" / job.id)
    assert artifact.path.read_text() == "number;square\n0;0\n25;625\n50;2500\n75;5625\n"


@pytest.mark.parametrize("end", [stop, None])
def test_refused_records_are_the_same_after_any_number_of_interruptions(
    sqlite_job: Job, end: object
) -> None:
    sqlite_job.parameters = {"count": 100, "chunk": 10, "refuseEvery": 3}
    for processed in (10, 20, 30):
        sqlite_job.run_until(processed, pause)
        assert sqlite_job.last.artifacts == ()
    if end is stop:
        sqlite_job.run_until(60, stop)
    else:
        sqlite_job.run()

    (artifact,) = sqlite_job.last.artifacts
    last = 60 if end is stop else 100
    assert artifact.path.read_text().splitlines() == [
        "number;square",
        *(f"{n};{n * n}" for n in range(0, last, 3)),
    ]


def test_a_job_stopped_while_it_was_paused_has_its_refused_records(sqlite_job: Job) -> None:
    sqlite_job.parameters = {"count": 100, "chunk": 10, "refuseEvery": 9}
    sqlite_job.run_until(20, terminate)
    control = Control()
    stop(control)

    sqlite_job.run(control=control)

    assert sqlite_job.write.phase is StepPhase.STOPPED
    (artifact,) = sqlite_job.last.artifacts
    assert artifact.path.read_text() == "number;square\n0;0\n9;81\n18;324\n"
