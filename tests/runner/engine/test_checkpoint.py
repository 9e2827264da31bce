"""Who may write: take-over by epoch, fencing, and checkpoints that can't be read."""

from datetime import UTC, datetime
from importlib.metadata import version

import pytest
from runs import Job, pause

from pimjob_api.phases import OutcomeKind
from pimjob_runner.engine.control import Control
from pimjob_runner.engine.progress import JobProgress


def test_a_running_attempt_that_is_replaced_writes_nothing_more(job: Job) -> None:
    other = Job(job.database_url, job.files_root)

    def take_over_at_thirty(progress: JobProgress) -> None:
        if progress.processed == 30 and not other.reports:
            other.run(attempt=2)

    outcome = job.run(on_report=take_over_at_thirty)

    assert outcome.kind is OutcomeKind.SUPERSEDED
    assert "has been taken over by another attempt" in outcome.message
    assert other.last.processed == 100
    assert job.numbers() == list(range(100))
    assert job.query("SELECT attempt, epoch, phase FROM job_execution") == [(2, 2, "Completed")]


def test_an_attempt_that_comes_late_leaves_at_once(job: Job) -> None:
    job.run_until(10, pause)
    job.run_until(20, pause)

    assert job.run(attempt=1).kind is OutcomeKind.SUPERSEDED
    assert job.query("SELECT attempt, epoch FROM job_execution") == [(2, 2)]


def test_a_second_pod_of_the_same_attempt_takes_over(job: Job) -> None:
    job.run_until(10, pause)

    assert job.run(attempt=1).kind is OutcomeKind.COMPLETED
    assert job.query("SELECT attempt, epoch, holder FROM job_execution") == [(1, 2, "pod")]


def test_a_checkpoint_of_another_plan_is_left_alone(job: Job) -> None:
    job.run_until(30, pause)
    job.execute("UPDATE job_execution SET type = 'numbers_other_plan'")
    before = job.query("SELECT * FROM job_execution")
    job.type = "numbers_other_plan"

    outcome = job.run()

    assert outcome.kind is OutcomeKind.CHECKPOINT_UNREADABLE
    assert f"written by runner {version('pimjobs')}" in outcome.message
    assert job.query("SELECT * FROM job_execution") == before

    job.type = "numbers"
    assert job.run().kind is OutcomeKind.COMPLETED, "an image that can read it goes on"


def test_a_checkpoint_of_a_newer_schema_is_left_alone(sqlite_job: Job) -> None:
    sqlite_job.run_until(30, pause)
    sqlite_job.execute("UPDATE job_execution SET checkpoint_schema = 99")

    outcome = sqlite_job.run()

    assert outcome.kind is OutcomeKind.CHECKPOINT_UNREADABLE
    assert "schema 99" in outcome.message


def test_a_position_that_the_step_does_not_know_is_left_alone(sqlite_job: Job) -> None:
    sqlite_job.run_until(30, pause)
    sqlite_job.execute("UPDATE step_execution SET position = '{\"after\": 1}' WHERE name = 'write'")

    assert sqlite_job.run().kind is OutcomeKind.CHECKPOINT_UNREADABLE


@pytest.mark.parametrize(
    ("type_name", "parameters"), [("nonsense", {"count": 100}), ("numbers", {"cuont": 100})]
)
def test_a_begun_job_that_this_image_does_not_understand_waits_for_another_image(
    sqlite_job: Job, type_name: str, parameters: dict[str, int]
) -> None:
    sqlite_job.run_until(30, pause)
    sqlite_job.type, sqlite_job.parameters = type_name, parameters

    outcome = sqlite_job.run()

    assert outcome.kind is OutcomeKind.CHECKPOINT_UNREADABLE
    assert outcome.message.startswith("The job has begun, but: ")


def test_the_record_says_who_ran_what_and_when(job: Job) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    job.run()

    (row,) = job.query(
        "SELECT id, namespace, name, type, launched_by, parameters, phase, reason, started_at,"
        " ended_at FROM job_execution"
    )
    assert row[:8] == (
        "4a5f",
        "pim",
        "numbers",
        "numbers",
        "julia",
        '{"chunk":10,"count":100}',
        "Completed",
        "Completed",
    )
    assert before <= datetime.fromisoformat(row[8]) <= datetime.fromisoformat(row[9])


def test_an_attempt_that_is_told_to_leave_before_the_end_has_no_end_time(job: Job) -> None:
    control = Control()
    control.terminate()

    job.run(control=control)

    assert job.query("SELECT phase, ended_at FROM job_execution") == [("Interrupted", None)]
