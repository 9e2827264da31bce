"""Stop, pause and resume of a running import, in real pods."""

import json
import uuid
from collections.abc import Callable

import pytest
from jobs import Jobs, counters

from support.control_plane import wait_for
from support.kube import kubectl

pytestmark = pytest.mark.cluster
# Many seconds of work, on a fast machine too: a wish is read every two.
ROWS = 800_000


@pytest.fixture
def long_import(jobs: Jobs) -> tuple[Jobs, str, str]:
    """An import that takes many seconds, seen at work; with its name and its prefix."""
    prefix = uuid.uuid4().hex[:6]
    rows = "".join(f"{prefix}-{n};Name {n};{n}\n" for n in range(ROWS))
    source = jobs.write(f"{prefix}.csv", f"sku;name-en_US;stock\n{rows}")
    name = jobs.create(type="csv_product_import", parameters={"source": source}, user="julia")
    jobs.wait(name, "step", "3/4 import")
    return jobs, name, prefix


def test_a_stop_commits_the_chunk_and_says_who_why_and_how_far(
    long_import: tuple[Jobs, str, str],
) -> None:
    jobs, name, prefix = long_import
    jobs.patch(name, desiredState="Stopped", reason="wrong file", requestedBy="julia")
    status = jobs.wait(name, "phase", "Stopped")
    done = counters(status, "import")
    assert 0 < done["read"] < ROWS
    assert jobs.products(prefix) == done["created"] == done["read"]
    assert (status["stop"]["by"], status["stop"]["reason"]) == ("julia", "wrong file")
    assert {s["name"]: s["phase"] for s in status["steps"]} == {
        "download": "Completed",
        "validate": "Completed",
        "import": "Stopped",
        "associations": "Pending",
    }


def test_a_pause_is_left_by_the_next_attempt_and_nothing_is_done_twice(
    long_import: tuple[Jobs, str, str],
) -> None:
    jobs, name, prefix = long_import
    jobs.patch(name, desiredState="Paused")
    paused = jobs.wait(name, "phase", "Paused")
    assert 0 < counters(paused, "import")["read"] < ROWS
    jobs.patch(name, desiredState="Running")
    status = jobs.wait(name, "phase", "Completed", seconds=120)
    assert counters(status, "import") == {"created": ROWS, "read": ROWS}
    assert jobs.products(prefix) == ROWS
    assert [a["outcome"] for a in status["attempts"]] == ["Paused", "Completed"]


@pytest.mark.parametrize(
    ("end", "outcome"), [(Jobs.delete_pod, "Interrupted"), (Jobs.kill_runner, "Crashed")]
)
def test_a_lost_pod_is_replaced_and_the_job_goes_on(
    long_import: tuple[Jobs, str, str], end: Callable[[Jobs, str], None], outcome: str
) -> None:
    jobs, name, prefix = long_import
    end(jobs, name)
    status = jobs.wait(name, "phase", "Completed", seconds=120)
    assert counters(status, "import") == {"created": ROWS, "read": ROWS}
    assert jobs.products(prefix) == ROWS
    assert [a["outcome"] for a in status["attempts"]] == [outcome, "Completed"]


def test_a_job_ends_right_though_its_operator_was_killed(
    long_import: tuple[Jobs, str, str],
) -> None:
    jobs, name, prefix = long_import
    selector = ("-l", "app.kubernetes.io/component=operator")
    kubectl("-n", "pim", "delete", "pods", *selector, "--grace-period=0", "--force")
    status = jobs.wait(name, "phase", "Completed", seconds=120)
    assert (status["attemptCount"], jobs.products(prefix)) == (1, ROWS)


def test_stopped_while_paused_is_stopped(long_import: tuple[Jobs, str, str]) -> None:
    jobs, name, _ = long_import
    jobs.patch(name, desiredState="Paused")
    jobs.wait(name, "phase", "Paused")
    jobs.patch(name, desiredState="Stopped")
    jobs.wait(name, "phase", "Stopped")


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
