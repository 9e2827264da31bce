"""A new image of a type that does not come up, in real pods."""

import json
from collections.abc import Iterator

import pytest
from jobs import Jobs

from imports import TYPE, LongImport
from support.kube import kubectl

pytestmark = pytest.mark.cluster
NEVER = "localhost/never-built:1"


@pytest.fixture
def broken_release() -> Iterator[None]:
    """Give the type an image that nobody has, once a test asks for it; take it back."""
    yield
    patch = json.dumps([{"op": "remove", "path": "/spec/image"}])
    kubectl("patch", TYPE, "--type=json", "-p", patch, check=False)


@pytest.mark.usefixtures("broken_release")
def test_a_job_goes_back_to_the_image_that_worked(jobs: Jobs) -> None:
    work = LongImport.at_work(jobs)
    name = work.name
    jobs.patch(name, desiredState="Paused")
    worked = jobs.wait(name, "phase", "Paused")["attempts"][0]["image"]

    kubectl("patch", TYPE, "--type=merge", "-p", json.dumps({"spec": {"image": NEVER}}))
    jobs.patch(name, desiredState="Running")
    status = work.assert_done_once()

    assert [a["image"] for a in status["attempts"]] == [worked, NEVER, worked]
    assert [a["outcome"] for a in status["attempts"]] == ["Paused", "Crashed", "Completed"]
    (condition,) = status["conditions"]
    assert (condition["type"], condition["status"]) == ("ImageFallback", "True")
    assert NEVER in condition["message"]
