"""Two operators watch the same namespace: each job is looked after by one of them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pimjob_api.phases import OutcomeKind
from support.control_plane import Api, wait_for
from support.fault_proxy import FaultProxy, fault_proxy
from support.operator_process import OperatorProcess, operator_process
from support.place import Place

pytestmark = pytest.mark.cluster


@pytest.fixture
def neighbour(
    server: tuple[Api, Path], tmp_path: Path, place: Place, new_place: Callable[[], Place]
) -> Iterator[tuple[str, FaultProxy, OperatorProcess]]:
    """Another operator for the place, from another namespace and with another image."""
    home, folder = new_place().namespace, tmp_path / "neighbour"
    folder.mkdir()
    with (
        fault_proxy(server, folder) as (proxy, kubeconfig),
        operator_process(
            kubeconfig,
            folder / "log",
            "neighbour",
            namespace=home,
            watch_namespaces=place.namespace,
            runner_image="numbers:2",
        ) as running,
    ):
        running.wait("active")
        yield home, proxy, running


def test_each_job_is_looked_after_by_one_until_somebody_says_otherwise(
    neighbour: tuple[str, FaultProxy, OperatorProcess],
    server: tuple[Api, Path],
    tmp_path: Path,
    place: Place,
) -> None:
    home, proxy, first = neighbour
    place.start("old")
    place.api.patch(place.path("pimjobs", "old") + "/status", {"status": {"operator": None}})
    place.start("a")
    assert place.status("a")["operator"] == home
    with operator_process(
        server[1],
        tmp_path / "log",
        "second",
        namespace=place.namespace,
        watch_namespaces=place.namespace,
    ) as second:
        second.wait("active")
        wait_for(lambda: told(place, "a"), "the second one to say that it leaves it alone")
        # Nobody looks after this one: whoever has something to write takes it.
        wait_for(lambda: place.status("old").get("operator") == place.namespace, "a new owner")
        for name in "bcd":
            place.launch(name)
        # Of some the one has made the Job, and the other was first to write.
        wait_for(lambda: all(on_its_image(place, n, home) for n in "bcd"), "an image each")
        before = proxy.count(writes=True)
        place.end("a-1", OutcomeKind.PAUSED, processed=5)
        place.run("a-2")
        place.wait("a", "Running")
        assert place.status("a")["attemptCount"] == 2
        assert proxy.count(writes=True) - before <= 6
        assert {place.status(name)["attemptCount"] for name in "bcd"} <= {1, 2}
        assert all(on_its_image(place, name, home) for name in "bcd")
        first.kill()
        place.end("a-2", OutcomeKind.COMPLETED)
        place.api.patch(place.path("pimjobs", "a") + "/status", {"status": {"operator": None}})
        place.wait("a", "Completed")
        assert place.status("a")["operator"] == place.namespace


def on_its_image(place: Place, name: str, home: str) -> bool:
    """Whether the last attempt of a job runs the image of who looks after it."""
    status = place.status(name)
    if "attempts" not in status:
        return False
    wanted = "numbers:2" if status["operator"] == home else "numbers:1"
    return bool(status["attempts"][-1]["image"] == wanted)


def told(place: Place, name: str) -> bool:
    return ("Warning", "OtherOperator") in {event[:2] for event in place.events(name)}
