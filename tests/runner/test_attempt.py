"""`run-attempt` as a process: exit codes, last words, and who is asked before it begins."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_api import FakeApi, fake_api
from pod import Pod

from pimjob_api.outcome import Outcome, parse_outcome
from pimjob_api.phases import OutcomeKind
from pimjob_runner.attempt import _LastWords
from pimjob_runner.stores.errors import ConflictError


@pytest.fixture
def api() -> Iterator[FakeApi]:
    with fake_api() as api:
        yield api


@pytest.fixture
def pod(api: FakeApi, sqlite_url: str, tmp_path: Path) -> Pod:
    return Pod(api, sqlite_url, tmp_path)


def parameters(api: FakeApi, **values: Any) -> None:
    api.job["spec"]["parameters"] = values


def test_a_job_that_completes_exits_0_with_its_outcome(pod: Pod, api: FakeApi) -> None:
    assert pod.run() == (
        0,
        Outcome(
            kind=OutcomeKind.COMPLETED,
            reason="Completed",
            message="All steps are done.",
            processed=100,
        ),
    )
    assert pod.job.numbers() == list(range(100))
    assert api.count("GET") == 1
    assert [report["progress"] for report in api.reports] == ["100%"], "one write for a short job"


def test_a_failed_job_exits_0_too(pod: Pod, api: FakeApi) -> None:
    """So that alerts on failed Jobs mean crashes; the operator tells people."""
    parameters(api, count=100, chunk=10, failAt=40)

    code, outcome = pod.run()

    assert code == 0
    assert outcome == Outcome(
        kind=OutcomeKind.FAILED,
        reason="BadNumber",
        message="Number 40 cannot be read.",
        processed=40,
    )


def test_a_crash_exits_1_with_the_error_as_text(pod: Pod, api: FakeApi) -> None:
    parameters(api, count=100, chunk=10, crashAt=45)

    assert pod.run() == (1, None)
    assert pod.message.read_text() == "ZeroDivisionError: number 45"
    assert api.reports[-1]["steps"][1]["processed"] == 40, "what was committed is reported"


def test_an_item_that_kills_each_attempt_is_left_out_before_the_operator_gives_up(
    pod: Pod, api: FakeApi
) -> None:
    """The operator knows what is reported, and gives up after five attempts without progress."""
    parameters(api, count=100, killAt=[0, 1])
    reported, code = [], -9
    while code:
        code, _ = pod.run(PIMJOB_ATTEMPT=str(len(reported) + 1))
        reported.append(api.reports[-1]["steps"][1]["processed"] if api.reports else 0)

    assert reported == [0, 0, 0, 0, 1, 1, 100]
    assert pod.job.numbers() == list(range(2, 100))


def test_an_attempt_that_the_operator_saw_ended_by_others_is_no_death(
    pod: Pod, api: FakeApi
) -> None:
    parameters(api, count=100, killAt=[50])
    pod.run()
    pod.run(PIMJOB_ATTEMPT="2")
    suspected = pod.job.query("SELECT suspicion FROM step_execution WHERE name = 'write'")
    api.job["status"]["attempts"] = [{"number": 2, "job": "numbers-2", "reason": "NodeLost"}]
    pod.run(PIMJOB_ATTEMPT="3")

    assert pod.job.query("SELECT suspicion FROM step_execution WHERE name = 'write'") == suspected


def test_a_database_that_is_away_is_a_crash_so_that_the_next_attempt_tries_again(pod: Pod) -> None:
    code, outcome = pod.run(PIMJOB_DATABASE_URL=f"postgresql:///pim?host={pod.folder}")

    assert (code, outcome) == (1, None)
    text = pod.message.read_text()
    assert text.startswith("DatabaseUnavailable: PostgreSQL does not answer: ")


def test_jobs_that_are_in_the_way_for_too_long_are_told_as_what_they_are(tmp_path: Path) -> None:
    message = tmp_path / "termination-log"
    message.touch()

    _LastWords(message).crashed(ConflictError("Other jobs got in the way of this one"))

    assert message.read_text() == "ConflictError: Other jobs got in the way of this one"


def test_a_wrong_database_url_is_a_failure(pod: Pod) -> None:
    code, outcome = pod.run(PIMJOB_DATABASE_URL="mysql://host/pim")

    assert code == 0
    assert outcome is not None
    assert (outcome.kind, outcome.reason) == (OutcomeKind.FAILED, "DatabaseMisconfigured")


@pytest.mark.parametrize("variable", ["PIMJOB_UID", "PIMJOB_DATABASE_URL", "PIMJOB_FILES_URL"])
def test_a_missing_variable_is_named(pod: Pod, variable: str) -> None:
    del pod.environment[variable]

    code, outcome = pod.run()

    assert code == 0
    assert outcome is not None
    assert outcome.reason == "EnvironmentIncomplete"
    assert outcome.message.startswith(f"{variable} is not set.")


def test_sigterm_commits_leaves_and_the_next_attempt_goes_on(pod: Pod, api: FakeApi) -> None:
    parameters(api, count=1_000, chunk=10, secondsPerChunk=0.03)
    with pod.start() as process:
        api.wait_for("PATCH", 1)
        process.send_signal(signal.SIGTERM)
        process.communicate()

    outcome = parse_outcome(pod.message.read_text())
    assert process.returncode == 0
    assert outcome is not None
    assert outcome.kind is OutcomeKind.INTERRUPTED
    assert outcome.processed == len(pod.job.numbers()) == api.reports[-1]["steps"][1]["processed"]

    pod.job.execute("UPDATE job_execution SET parameters = ?", '{"count": 1000}')
    code, outcome = pod.run(PIMJOB_ATTEMPT="2")
    assert (code, outcome and outcome.kind) == (0, OutcomeKind.COMPLETED)
    assert pod.job.numbers() == list(range(1_000))


@pytest.mark.parametrize("state", ["Stopped", "Paused"])
def test_a_wish_in_the_spec_is_read_from_the_answer_to_a_report(
    pod: Pod, api: FakeApi, state: str
) -> None:
    parameters(api, count=100_000, chunk=10, secondsPerChunk=0.02)
    with pod.start() as process:
        api.wait_for("PATCH", 1)
        api.job["spec"]["desiredState"] = state
        process.communicate()

    outcome = parse_outcome(pod.message.read_text())
    assert process.returncode == 0
    assert outcome is not None
    assert outcome.kind == state
    assert outcome.processed == len(pod.job.numbers())


def test_a_job_that_the_resource_calls_unstoppable_runs_to_its_end(pod: Pod, api: FakeApi) -> None:
    api.job["spec"]["desiredState"] = "Stopped"
    api.job["status"] = {"stoppable": False}

    code, outcome = pod.run()

    assert (code, outcome and outcome.kind) == (0, OutcomeKind.COMPLETED)


def test_an_api_server_that_is_away_is_waited_for(pod: Pod, api: FakeApi) -> None:
    api.trouble = 503
    with pod.start() as process:
        api.wait_for("GET", 3)
        api.trouble = None
        process.communicate()

    assert process.returncode == 0
    assert pod.job.numbers() == list(range(100))


def test_sigterm_ends_the_wait_for_the_api_server(pod: Pod, api: FakeApi) -> None:
    api.trouble = 503
    with pod.start() as process:
        api.wait_for("GET", 2)
        process.send_signal(signal.SIGTERM)
        process.communicate()

    outcome = parse_outcome(pod.message.read_text())
    assert process.returncode == 0
    assert outcome is not None
    assert outcome.kind is OutcomeKind.INTERRUPTED


def test_a_pimjob_that_is_gone_is_not_run(pod: Pod, api: FakeApi) -> None:
    api.trouble = 404

    code, outcome = pod.run()

    assert code == 0
    assert outcome is not None
    assert (outcome.kind, outcome.reason) == (OutcomeKind.SUPERSEDED, "Deleted")
    assert not (pod.folder / "catalog.db").exists()


def test_a_pimjob_of_the_same_name_is_not_taken_for_this_one(pod: Pod) -> None:
    code, outcome = pod.run(PIMJOB_UID="another")

    assert code == 0
    assert outcome is not None
    assert outcome.message == "The PimJob was deleted; another one has its name."


def test_missing_rights_are_a_crash_that_names_them(pod: Pod, api: FakeApi) -> None:
    api.trouble = 403

    assert pod.run() == (1, None)
    assert pod.message.read_text() == "ApiRefusedError: HTTP 403: trouble"


def test_the_outcome_is_left_before_the_last_report(pod: Pod, api: FakeApi) -> None:
    """A pod that is asked to leave may be killed while the API server is away."""
    parameters(api, count=100, chunk=10, secondsPerChunk=0.02)
    with pod.start() as process:
        api.wait_for("GET", 1)
        api.trouble = 500
        api.wait_for("PATCH", 1)
        outcome = parse_outcome(pod.message.read_text())
        api.trouble = None
        process.communicate()

    assert outcome is not None
    assert outcome.kind is OutcomeKind.COMPLETED
    assert [report["progress"] for report in api.reports] == ["100%"]
