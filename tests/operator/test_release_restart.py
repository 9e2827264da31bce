"""The operator is away while a release begins, changes or ends. Its successor makes up for it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from pimjob_api.phases import OutcomeKind
from support.control_plane import Api, wait_for
from support.operator_process import OperatorProcess, operator_process
from support.place import Place
from support.releases import WAITS, Releases

pytestmark = pytest.mark.cluster

Run = Callable[[], AbstractContextManager[OperatorProcess]]


@pytest.fixture
def run(server: tuple[Api, Path], place: Place, tmp_path: Path) -> Run:
    """Run an operator of this place alone; it is killed at the end of the block."""

    def operator() -> AbstractContextManager[OperatorProcess]:
        return operator_process(
            server[1],
            tmp_path / "operator.log",
            "the same",
            namespace=place.namespace,
            watch_namespaces=place.namespace,
        )

    return operator


def test_a_release_that_began_and_one_that_ended_while_it_was_away(
    place: Place, releases: Releases, run: Run
) -> None:
    with run():
        place.start("a")
    releases.create()
    with run():
        place.wait("a", "Pausing", WAITS)
    place.end("a-1", OutcomeKind.PAUSED, processed=7)
    with run():
        place.wait("a", "Paused", WAITS)
        releases.wait("Closed", paused=1)
    releases.change(gate="Open")
    with run():
        place.wait("a", "Starting")
        releases.wait("Open", resumed=1)
    assert place.job_names() == ["a-1", "a-2"]


def test_a_release_that_was_deleted_while_it_was_away_strands_nobody(
    place: Place, releases: Releases, run: Run
) -> None:
    with run():
        place.start("asked")
        place.start("paused")
        releases.create()
        place.wait("asked", "Pausing", WAITS)
        place.end("paused-1", OutcomeKind.PAUSED)
        place.wait("paused", "Paused", WAITS)
        place.launch("held")
        place.wait("held", "Queued", WAITS)
    releases.delete()
    with run():
        assert "gate" not in place.wait("asked", "Running")
        place.wait("paused", "Starting")
        place.wait("held", "Starting")


def test_a_deadline_that_was_over_while_it_was_away(
    place: Place, releases: Releases, run: Run
) -> None:
    with run():
        releases.create(deadlineSeconds=3)
        closed = releases.wait("Closed")
        place.launch("a")
        place.wait("a", "Queued", WAITS)
    with run():
        opened = releases.wait("Open", reason="DeadlineExceeded")
        place.wait("a", "Starting")
    assert opened["closedAt"] == closed["closedAt"]


def test_a_rollout_that_ended_while_it_was_away(releases: Releases, run: Run) -> None:
    releases.deploy("web", "web:1")
    releases.rolled("web", updated=2, total=2)
    with run():
        releases.create(gate="Open", deployments=["web"])
        releases.wait("Open")
        releases.deploy("web", "web:2")
        releases.wait("Closed")
    releases.rolled("web", updated=2, total=2)
    with run():
        releases.wait("Open", reason="NothingToWaitFor")


def test_a_job_that_was_deleted_for_a_release_that_is_over_has_not_crashed(
    place: Place, releases: Releases, run: Run
) -> None:
    """The Job goes while the operator is away, and so does the release."""
    with run():
        place.start("a")
        releases.create()
        place.wait("a", "Pausing", WAITS)
    path = place.path("jobs", "a-1") + "?propagationPolicy=Foreground"
    place.api.delete(path)
    wait_for(lambda: place.job_names() == [], "the Job to go")
    releases.delete()
    with run():
        attempts = place.wait("a", "Starting", "Starting")["attempts"]
    assert [(a["number"], a.get("outcome")) for a in attempts] == [(1, "Paused"), (2, None)]
