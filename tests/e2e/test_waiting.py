"""What keeps a job from running is in its status, in words of Kubernetes."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from jobs import Jobs

from support.kube import kubectl

pytestmark = pytest.mark.cluster


@pytest.fixture
def job_type() -> Iterator[Any]:
    """Make PimJobTypes that go after the test."""
    made: list[str] = []

    def make(name: str = "", **spec: Any) -> str:
        name = name or f"type-{uuid.uuid4().hex[:8]}"
        steps = [{"name": "check", "label": "Check"}]
        base = {"label": "Test", "kind": "system", "steps": steps}
        manifest = {
            "apiVersion": "pimjobs.dev/v1alpha1",
            "kind": "PimJobType",
            "metadata": {"name": name},
            "spec": {**base, **spec},
        }
        kubectl("apply", "-f", "-", stdin=manifest)
        made.append(name)
        return name

    yield make
    for name in made:
        kubectl("delete", "pimjobtype", name)


def test_an_image_that_cannot_be_pulled(jobs: Jobs, job_type: Any) -> None:
    name = jobs.create(type=job_type(image="127.0.0.1:1/none:1"))
    status = jobs.wait(name, "reason", "ErrImagePull")
    assert status["phase"] == "Starting"
    assert "127.0.0.1:1/none:1" in status["message"]


def test_a_pod_that_fits_nowhere(jobs: Jobs, job_type: Any) -> None:
    name = jobs.create(type=job_type(resources={"requests": {"cpu": "1000"}}))
    status = jobs.wait(name, "reason", "Unschedulable")
    assert "Insufficient cpu" in status["message"]


def test_a_stop_ends_a_job_that_has_not_started(jobs: Jobs, job_type: Any) -> None:
    name = jobs.create(type=job_type(resources={"requests": {"cpu": "1000"}}))
    jobs.wait(name, "reason", "Unschedulable")
    jobs.patch(name, desiredState="Stopped")
    jobs.wait(name, "phase", "Stopped")


def test_a_quota_that_is_used_up(jobs: Jobs) -> None:
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "none"},
        "spec": {"hard": {"pods": "0"}},
    }
    kubectl("-n", jobs.namespace, "apply", "-f", "-", stdin=quota)
    try:
        name = jobs.create()
        status = jobs.wait(name, "reason", "QuotaExceeded")
        assert "exceeded quota: none" in status["message"]
    finally:
        kubectl("-n", jobs.namespace, "delete", "resourcequota", "none")
    jobs.wait(name, "phase", "Completed", seconds=120)


def test_a_type_that_comes_later(jobs: Jobs, job_type: Any) -> None:
    missing = f"type-{uuid.uuid4().hex[:8]}"
    name = jobs.create(type=missing)
    status = jobs.wait(name, "reason", "UnknownType")
    assert status["phase"] == "Queued"
    assert missing in status["message"]
    job_type(name=missing)
    # It is started now; the image of this type has no such job, and says so.
    status = jobs.wait(name, "phase", "Failed")
    assert f"This runner has no job type '{missing}'" in status["message"]


def test_wrong_parameters(jobs: Jobs) -> None:
    name = jobs.create(type="csv_product_import", parameters={"source": 5, "delimter": ";"})
    status = jobs.wait(name, "reason", "InvalidParameters")
    assert status["phase"] == "Failed"
    assert "parameters.source" in status["message"]
    assert "delimter" in status["message"]


def test_a_crash_is_followed_by_a_back_off(jobs: Jobs, job_type: Any) -> None:
    # 12 MiB are not enough for Python and its libraries.
    limits = {"limits": {"memory": "12Mi"}, "requests": {"memory": "12Mi"}}
    name = jobs.create(type=job_type(resources=limits))
    status = jobs.wait(name, "reason", "BackOff")
    assert status["attempts"][0]["outcome"] == "Crashed"
