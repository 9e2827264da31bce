"""Memory and a place on a node, which Kubernetes takes from running imports."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from jobs import Jobs

from imports import LongImport, resources
from support.control_plane import wait_for
from support.kube import kubectl
from support.restricted import restricted_pod

pytestmark = pytest.mark.cluster
SLEEP = ["python3", "-c", "import time; time.sleep(3600)"]


@pytest.fixture
def urgent() -> Iterator[str]:
    """A PriorityClass above that of runners, which is none."""
    name = f"urgent-{uuid.uuid4().hex[:6]}"
    metadata = {"name": name}
    body = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": metadata}
    kubectl("create", "-f", "-", stdin={**body, "value": 1000})
    yield name
    kubectl("delete", "priorityclass", name)


def test_an_import_that_runs_out_of_memory_says_so_and_goes_on_with_more(jobs: Jobs) -> None:
    # Less than an import needs: SQLite may cache 32 MiB alone.
    with resources({"requests": {"memory": "60Mi"}, "limits": {"memory": "60Mi"}}):
        work = LongImport.create(jobs)
        jobs.wait(work.name, "attempts[0].reason", "OOMKilled", seconds=120)
    attempts = work.assert_done_once()["attempts"]
    assert (attempts[0]["outcome"], attempts[0]["reason"]) == ("Crashed", "OOMKilled")
    assert attempts[-1]["outcome"] == "Completed"


def test_a_preempted_import_says_so_and_goes_on(jobs: Jobs, urgent: str) -> None:
    share = _most_of_a_node()
    with resources({"requests": {"cpu": share}}):
        # A limit may not be below that: this one lasts by its rows.
        work = LongImport.create(jobs, rows=1_200_000)
        status = jobs.wait(work.name, "step", "3/4 import")
    pod = _pod(status["attempts"][0]["image"], cpu=share, priority=urgent)
    kubectl("-n", jobs.namespace, "create", "-f", "-", stdin=pod)
    try:
        attempts = work.assert_done_once()["attempts"]
    finally:
        kubectl("-n", jobs.namespace, "delete", "pod", urgent, "--wait=false")
    assert [(attempt["outcome"], attempt["reason"]) for attempt in attempts] == [
        ("Interrupted", "PreemptionByScheduler"),
        ("Completed", "Completed"),
    ]


def _most_of_a_node() -> str:
    """Return so much CPU that a node has it once: what is there twice preempts nobody."""
    # A node that was there a moment ago would have room.
    nodes = wait_for(lambda: len(found := _nodes()) == 1 and found, "a cluster of one node")
    cpus = nodes[0]["status"]["allocatable"]["cpu"]
    return f"{int(0.6 * 1000 * float(cpus))}m"


def _nodes() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(kubectl("get", "nodes", "-o", "json"))["items"]
    return found


def _pod(image: str, *, cpu: str, priority: str) -> dict[str, Any]:
    """Return a pod that does nothing, of the image that the node has."""
    container = {
        "name": "urgent",
        "image": image,
        "command": SLEEP,
        "resources": {"requests": {"cpu": cpu}},
    }
    spec = restricted_pod(container, priorityClassName=priority, terminationGracePeriodSeconds=1)
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": priority}, "spec": spec}
