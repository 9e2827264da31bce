"""What a type says of its jobs' releases: which image they go on with, and whether they pause."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pimjob_api.phases import OutcomeKind
from support.control_plane import Api
from support.operator_process import OperatorProcess
from support.place import PIMJOBS, Place
from support.releases import WAITS, Releases

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("operator")]


@pytest.fixture
def lasting(server: tuple[Api, Path]) -> Callable[..., str]:
    """Make a type of jobs like `numbers` with other switches."""

    def make(name: str, **switches: Any) -> str:
        body = server[0].get(f"{PIMJOBS}/pimjobtypes/numbers")
        body = {
            **{key: body[key] for key in ("apiVersion", "kind")},
            "metadata": {"name": name},
            "spec": {**body["spec"], **switches},
        }
        server[0].apply(f"{PIMJOBS}/pimjobtypes/{name}", body)
        return name

    return make


def test_jobs_resume_on_the_image_that_is_current_when_the_gate_opens(
    place: Place, releases: Releases, lasting: Callable[..., str]
) -> None:
    lasting("upgraded", image="numbers:1")
    place.start("a", type="upgraded")
    releases.create()
    place.wait("a", "Pausing", WAITS)
    place.end("a-1", OutcomeKind.PAUSED)
    place.wait("a", "Paused", WAITS)
    lasting("upgraded", image="numbers:2")
    releases.change(gate="Open")
    place.end("a-2", OutcomeKind.COMPLETED)
    images = [attempt["image"] for attempt in place.wait("a", "Completed")["attempts"]]
    assert images == ["numbers:1", "numbers:2"]


def test_a_new_image_of_a_type_is_taken_at_the_next_chunk_without_a_release(
    place: Place, lasting: Callable[..., str], operator: OperatorProcess
) -> None:
    name = lasting("renewed", image="numbers:1")
    place.start("a", type=name)
    place.launch("b", type=name)
    place.hold("b-1", "ImagePullBackOff", "no such image")
    place.wait("b", "Starting", "ImagePullBackOff")
    lasting(name, image="numbers:2")
    asked = place.wait("a", "Pausing", "NewImage")
    assert asked["gate"] == {"attempt": 1}
    place.end("a-1", OutcomeKind.PAUSED, processed=7)
    for job in ("a", "b"):
        place.run(f"{job}-2")
        assert "gate" not in place.wait(job, "Running")
        images = [attempt["image"] for attempt in place.status(job)["attempts"]]
        assert images == ["numbers:1", "numbers:2"]
    assert operator.get("/healthz") == (200, "ok")


@pytest.mark.parametrize(
    ("name", "switches"),
    [("finishing", {"onRelease": "Finish"}), ("unpausable", {"pausable": False})],
)
def test_jobs_that_do_not_pause_go_on_to_their_end_even_over_a_drain(
    place: Place,
    releases: Releases,
    lasting: Callable[..., str],
    name: str,
    switches: dict[str, Any],
) -> None:
    place.start("a", type=lasting(name, **switches))
    releases.create()
    releases.wait("Closed", finishing=1)
    place.end("a-1", OutcomeKind.INTERRUPTED, processed=5)
    place.run("a-2")
    assert releases.condition("Drained") == "False"
    place.end("a-2", OutcomeKind.COMPLETED, processed=9)
    place.wait("a", "Completed")
    releases.wait("Closed", finishing=0)
    assert releases.condition("Drained") == "True"
