"""Stop, pause and resume of a running import, in real pods."""

import json
from collections.abc import Callable

import pytest
from jobs import Jobs, counters

from imports import ROWS, LongImport
from support.control_plane import wait_for
from support.kube import kubectl

pytestmark = pytest.mark.cluster


@pytest.fixture
def work(jobs: Jobs) -> LongImport:
    return LongImport.at_work(jobs, user="julia")


def test_a_stop_commits_the_chunk_and_says_who_why_and_how_far(
    jobs: Jobs, work: LongImport
) -> None:
    jobs.patch(work.name, desiredState="Stopped", reason="wrong file", requestedBy="julia")
    status = jobs.wait(work.name, "phase", "Stopped")
    done = counters(status, "import")
    assert 0 < done["read"] < ROWS
    assert work.products() == done["created"] == done["read"]
    assert (status["stop"]["by"], status["stop"]["reason"]) == ("julia", "wrong file")
    assert {s["name"]: s["phase"] for s in status["steps"]} == {
        "download": "Completed",
        "validate": "Completed",
        "import": "Stopped",
        "associations": "Pending",
    }


def test_a_pause_is_left_by_the_next_attempt_and_nothing_is_done_twice(
    jobs: Jobs, work: LongImport
) -> None:
    jobs.patch(work.name, desiredState="Paused")
    paused = jobs.wait(work.name, "phase", "Paused")
    assert 0 < counters(paused, "import")["read"] < ROWS
    jobs.patch(work.name, desiredState="Running")
    status = work.assert_done_once()
    assert [a["outcome"] for a in status["attempts"]] == ["Paused", "Completed"]


@pytest.mark.parametrize(
    ("end", "outcome"), [(Jobs.delete_pod, "Interrupted"), (Jobs.kill_runner, "Crashed")]
)
def test_a_lost_pod_is_replaced_and_the_job_goes_on(
    jobs: Jobs, work: LongImport, end: Callable[[Jobs, str], None], outcome: str
) -> None:
    end(jobs, work.name)
    status = work.assert_done_once()
    assert [a["outcome"] for a in status["attempts"]] == [outcome, "Completed"]


def test_a_job_ends_right_though_its_operator_was_killed(work: LongImport) -> None:
    selector = ("-l", "app.kubernetes.io/component=operator")
    kubectl("-n", "pim", "delete", "pods", *selector, "--grace-period=0", "--force")
    assert work.assert_done_once()["attemptCount"] == 1


def test_stopped_while_paused_is_stopped(jobs: Jobs, work: LongImport) -> None:
    jobs.patch(work.name, desiredState="Paused")
    jobs.wait(work.name, "phase", "Paused")
    jobs.patch(work.name, desiredState="Stopped")
    jobs.wait(work.name, "phase", "Stopped")


def test_an_event_tells_the_end_once(jobs: Jobs) -> None:
    name = jobs.create(label="Check")
    jobs.wait(name, "phase", "Completed", seconds=120)
    about = f"--field-selector=involvedObject.kind=PimJob,involvedObject.name={name}"

    def events() -> list[tuple[str, str]]:
        text = kubectl("-n", jobs.namespace, "get", "events", about, "-o", "json")
        return [(event["type"], event["reason"]) for event in json.loads(text)["items"]]

    # The Event follows the status.
    ended = ("Normal", "Completed")
    wait_for(lambda: ended in events(), "the Event")
    assert events() == [ended]
