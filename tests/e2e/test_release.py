"""Running imports through releases: by hand, and by the rollout of a real Deployment."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from jobs import Jobs, counters

from imports import ROWS, WHILE_UPGRADED, LongImport
from support.kube import kubectl
from support.restricted import restricted_pod

pytestmark = pytest.mark.cluster
SLEEP = ["python3", "-c", "import time; time.sleep(3600)"]


class Cluster:
    """The PimReleases and Deployments of the namespace."""

    def __init__(self, jobs: Jobs) -> None:
        self.jobs = jobs
        self.made: list[str] = []

    def run(self, *arguments: str, stdin: Any = None) -> str:
        return kubectl("-n", self.jobs.namespace, *arguments, stdin=stdin)

    def apply(self, kind: str, api: str, spec: dict[str, Any]) -> str:
        """Apply an object that goes after the test; return `kind/name`."""
        name = f"{kind.lower()}-{uuid.uuid4().hex[:6]}"
        manifest = {"apiVersion": api, "kind": kind, "metadata": {"name": name}, "spec": spec}
        self.run("apply", "-f", "-", stdin=manifest)
        self.made.append(f"{kind.lower()}/{name}")
        return self.made[-1]

    def release(self, **spec: Any) -> str:
        return self.apply("PimRelease", "pimjobs.dev/v1alpha1", spec)

    def deployment(self, **more: Any) -> str:
        """Deploy two pods that do nothing, of the image that every node has: the runner's."""
        image = self.jobs.get(self.jobs.made[0])["status"]["attempts"][0]["image"]
        return self.apply("Deployment", "apps/v1", _deployment(image, **more))

    def wait(self, what: str, condition: str, *, seconds: int = 90) -> None:
        self.run("wait", what, f"--for={condition}", f"--timeout={seconds}s")

    def patch(self, what: str, **spec: Any) -> None:
        self.run("patch", what, "--type=merge", "-p", json.dumps({"spec": spec}))

    def roll_out(self, deployment: str, **change: Any) -> None:
        """Change the pod template: by an annotation, or by its image."""
        template: dict[str, Any] = {"metadata": {"annotations": {"version": uuid.uuid4().hex}}}
        if change:
            template["spec"] = {"containers": [{"name": "web", **change}]}
        body = json.dumps({"spec": {"template": template}})
        self.run("patch", deployment, "--type=strategic", "-p", body)


def _deployment(image: str, **more: Any) -> dict[str, Any]:
    labels = {"app": f"web-{uuid.uuid4().hex[:6]}"}
    container = {"name": "web", "image": image, "command": SLEEP}
    pod = restricted_pod(container, terminationGracePeriodSeconds=1)
    template = {"metadata": {"labels": labels}, "spec": pod}
    return {"replicas": 2, "selector": {"matchLabels": labels}, "template": template, **more}


@pytest.fixture
def cluster(jobs: Jobs) -> Iterator[Cluster]:
    """No releases yet; those that a test makes are deleted before its jobs are."""
    made = Cluster(jobs)
    yield made
    for what in reversed(made.made):
        made.run("delete", what, "--wait=false", "--ignore-not-found")


def assert_paused_once(work: LongImport) -> None:
    """Assert that an import was paused once, and that nothing was lost or done twice."""
    attempts = work.assert_done_once()["attempts"]
    assert [attempt["outcome"] for attempt in attempts] == ["Paused", "Completed"]
    assert attempts[0]["reason"] == "ReleaseInProgress"


def test_a_release_by_hand_pauses_holds_and_resumes(jobs: Jobs, cluster: Cluster) -> None:
    work = LongImport.at_work(jobs)
    release = cluster.release(reason="version 7")
    cluster.wait(release, "condition=Drained")
    paused = jobs.get(work.name)["status"]
    assert (paused["phase"], paused["reason"]) == ("Paused", "ReleaseInProgress")
    assert 0 < counters(paused, "import")["read"] < ROWS
    held = jobs.create()
    jobs.wait(held, "reason", "ReleaseInProgress")
    assert jobs.get(held)["status"]["phase"] == "Queued"
    cluster.patch(release, gate="Open")
    assert_paused_once(work)
    jobs.wait(held, "phase", "Completed")
    cluster.wait(release, "jsonpath={.status.resumed}=2")


def test_the_rollout_of_a_watched_deployment_is_a_release(jobs: Jobs, cluster: Cluster) -> None:
    jobs.wait(jobs.create(), "phase", "Completed")
    web = cluster.deployment(minReadySeconds=5)
    cluster.run("rollout", "status", web, "--timeout=90s")
    release = cluster.release(gate="Open", deployments=[web.split("/")[1]])
    cluster.wait(release, "jsonpath={.status.gate}=Open")
    work = LongImport.at_work(jobs, cpu=WHILE_UPGRADED)
    cluster.roll_out(web)
    cluster.wait(release, "jsonpath={.status.gate}=Closed")
    jobs.wait(work.name, "reason", "ReleaseInProgress")
    jobs.wait(work.name, "phase", "Paused")
    cluster.wait(release, "jsonpath={.status.gate}=Open")
    assert_paused_once(work)


def test_a_failed_rollout_is_told_and_its_undoing_opens_the_gate(
    jobs: Jobs, cluster: Cluster
) -> None:
    jobs.wait(jobs.create(), "phase", "Completed")
    web = cluster.deployment(progressDeadlineSeconds=5)
    cluster.run("rollout", "status", web, "--timeout=90s")
    release = cluster.release(gate="Open", deployments=[web.split("/")[1]])
    cluster.wait(release, "jsonpath={.status.gate}=Open")
    cluster.roll_out(web, image="127.0.0.1:1/none:1")
    cluster.wait(release, "condition=RolloutFailed")
    held = jobs.create()
    jobs.wait(held, "phase", "Queued")
    cluster.run("rollout", "undo", web)
    cluster.wait(release, "jsonpath={.status.gate}=Open")
    jobs.wait(held, "phase", "Completed")
