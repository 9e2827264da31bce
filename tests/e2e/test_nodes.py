"""Drained, lost and frozen nodes: imports on a real second node of the local cluster."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jobs import Jobs

from conftest import ROOT
from imports import LongImport
from pimjob_api.outcome import parse_outcome
from pimjob_api.phases import OutcomeKind
from support.control_plane import wait_for
from support.kube import kubectl

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(
        os.environ.get("PIMJOBS_TEST_NODES") != "1",
        reason="a lost node is waited for a minute and a half each time: make test-nodes",
    ),
]
FIRST, SECOND = "pimjobs", "node2"
SLOW = "20m"
FOLLOWED_SECONDS = 180
"""How soon a lost attempt is followed: 20 s until its node counts as lost (40 to 50 elsewhere),
10 s of patience, 30 s of grace, 30 s until its pod counts as lost, 5 s of back-off."""


class SecondNode:
    """The second node, and where its kubelet keeps what containers say last."""

    pods = Path("/var/lib/pimjobs-cluster/node2/kubelet/pods")

    def run(self, command: str) -> None:
        script = ROOT / "dev" / "cluster" / "second_node.py"
        done = subprocess.run(
            [sys.executable, str(script), command],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONSAFEPATH": ""},
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def last_words(self, pod_uid: str) -> list[OutcomeKind]:
        """Return the outcomes that a pod's container has left, heard by a kubelet or not."""
        files = (self.pods / pod_uid / "containers" / "runner").glob("*")
        found = [parse_outcome(file.read_text(encoding="utf-8")) for file in files]
        return [outcome.kind for outcome in found if outcome is not None]


@pytest.fixture(scope="module")
def started_node() -> Iterator[SecondNode]:
    made = SecondNode()
    try:
        made.run("up")
        yield made
    finally:
        made.run("down")


@pytest.fixture
def node(started_node: SecondNode, jobs: Jobs) -> Iterator[SecondNode]:
    """The second node, Ready; afterwards nothing is frozen or cordoned."""
    started_node.run("up")
    yield started_node
    started_node.run("thaw")
    for name in jobs.made:
        jobs.thaw_runner(jobs.runner(name))
    kubectl("uncordon", FIRST, SECOND)


@dataclass(frozen=True)
class FarImport:
    """An import whose first attempt has been seen at work on the second node."""

    work: LongImport
    pod: str
    pod_uid: str

    def runner(self, attempt: int = 1) -> list[int]:
        """Return the processes of an attempt."""
        return self.work.jobs.runner(self.work.name, attempt)

    def slow_down(self) -> None:
        """Leave it so little CPU that it lasts for minutes, on a fast machine too."""
        resources = {"requests": {"cpu": SLOW}, "limits": {"cpu": SLOW}}
        body = {"spec": {"containers": [{"name": "runner", "resources": resources}]}}
        where = ("-n", self.work.jobs.namespace)
        kubectl(*where, "patch", "pod", self.pod, "--subresource=resize", "-p", json.dumps(body))
        limit = f"jsonpath={{.status.containerStatuses[0].resources.limits.cpu}}={SLOW}"
        kubectl(*where, "wait", f"pod/{self.pod}", f"--for={limit}", "--timeout=30s")

    def followed(self) -> None:
        """Wait until the next attempt is at work."""
        self.work.jobs.wait(self.work.name, "attemptCount", "2", seconds=FOLLOWED_SECONDS)
        wait_for(lambda: self.runner(2), "the second attempt's process")

    def assert_done_once(self, *, first: tuple[str, str]) -> None:
        """Assert what became of it: every row once, on the other node, and why."""
        attempts = self.work.assert_done_once(seconds=240)["attempts"]
        ends = [(attempt["outcome"], attempt["reason"]) for attempt in attempts]
        assert ends == [first, ("Completed", "Completed")]

    def assert_nothing_is_left(self) -> None:
        """Wait until only pods are there that have ended, and every Job has."""
        wait_for(lambda: self.pod not in self._unended(), f"the end of pod {self.pod}")
        wait_for(lambda: all(map(_has_ended, self._list("jobs"))), "the end of both Jobs")
        owners = {job["metadata"]["ownerReferences"][0]["name"] for job in self._list("jobs")}
        assert owners == {self.work.name}

    def _unended(self) -> list[str]:
        ended = {"Succeeded", "Failed"}
        return [
            pod["metadata"]["name"]
            for pod in self._list("pods")
            if pod["status"]["phase"] not in ended or "deletionTimestamp" in pod["metadata"]
        ]

    def _list(self, kind: str) -> list[dict[str, Any]]:
        label = f"pimjobs.dev/job={self.work.name}"
        text = kubectl("-n", self.work.jobs.namespace, "get", kind, "-l", label, "-o", "json")
        items: list[dict[str, Any]] = json.loads(text)["items"]
        return items


def _has_ended(job: dict[str, Any]) -> bool:
    conditions = job["status"].get("conditions") or ()
    return any(c["type"] in {"Complete", "Failed"} and c["status"] == "True" for c in conditions)


@pytest.fixture
def at_work(jobs: Jobs, node: SecondNode) -> FarImport:  # noqa: ARG001 - it runs there
    """An import on the second node: the first takes no pods until it has begun."""
    kubectl("cordon", FIRST)
    work = LongImport.at_work(jobs)
    kubectl("uncordon", FIRST)
    pod = jobs.get(work.name)["status"]["attempts"][0]["pod"]
    found = json.loads(kubectl("-n", jobs.namespace, "get", "pod", pod, "-o", "json"))
    assert found["spec"]["nodeName"] == SECOND
    return FarImport(work, pod, found["metadata"]["uid"])


def test_a_drain_moves_a_running_import_to_another_node(at_work: FarImport) -> None:
    drain = ("drain", SECOND, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=60s")
    kubectl(*drain)
    at_work.assert_done_once(first=("Interrupted", "EvictionByEvictionAPI"))
    at_work.assert_nothing_is_left()


def test_a_lost_node_is_left_for_another_one_by_itself(
    at_work: FarImport, node: SecondNode
) -> None:
    node.run("kill")
    at_work.followed()
    at_work.assert_done_once(first=("Crashed", "NodeLost"))
    # As soon as the node is back, nothing of it is left.
    node.run("up")
    at_work.assert_nothing_is_left()


def test_of_two_live_pods_of_a_job_the_one_on_the_lost_node_gives_way(
    at_work: FarImport, node: SecondNode
) -> None:
    at_work.slow_down()
    node.run("freeze")
    at_work.followed()
    assert at_work.runner(), "the first attempt should still be at work"
    # At the end of its chunk, which takes as long as there is little CPU.
    wait_for(lambda: not at_work.runner(), "the first attempt to give way", seconds=120)
    assert node.last_words(at_work.pod_uid) == [OutcomeKind.SUPERSEDED]
    at_work.assert_done_once(first=("Crashed", "NodeLost"))
    node.run("thaw")
    at_work.assert_nothing_is_left()


def test_a_runner_that_wakes_up_after_its_job_has_completed_changes_nothing(
    at_work: FarImport, node: SecondNode
) -> None:
    frozen = at_work.work.jobs.freeze_runner(at_work.work.name)
    node.run("freeze")
    at_work.assert_done_once(first=("Crashed", "NodeLost"))
    at_work.work.jobs.thaw_runner(frozen)
    wait_for(lambda: not at_work.runner(), "the first attempt to leave")
    assert node.last_words(at_work.pod_uid) == [OutcomeKind.SUPERSEDED]
    at_work.assert_done_once(first=("Crashed", "NodeLost"))
    node.run("thaw")
    at_work.assert_nothing_is_left()
