"""Upgrades of an application's chart as releases: the example of docs/examples/release-hooks."""

import json
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from jobs import Jobs

from imports import WHILE_UPGRADED, LongImport
from support import kubectl_image
from support.helm import program
from support.kube import kubeconfig, kubectl

pytestmark = pytest.mark.cluster
CHART = Path(__file__).resolve().parents[2] / "docs" / "examples" / "release-hooks"
SLEEP = ["python3", "-c", "import time; time.sleep(3600)"]


class Application:
    """A release of the example's chart, in the namespace of the jobs."""

    def __init__(self, jobs: Jobs) -> None:
        self.jobs = jobs
        self.name = f"app-{uuid.uuid4().hex[:6]}"
        first = jobs.wait(jobs.create(), "phase", "Completed")["attempts"][0]
        kubectl_of_hooks = {"image": kubectl_image.load()}
        self.values = {"image": first["image"], "command": SLEEP, "pimRelease": kubectl_of_hooks}

    def upgrade(self, *flags: str, **values: object) -> "subprocess.CompletedProcess[str]":
        """Install it, or upgrade it with other values."""
        given = json.dumps(self.values | values)
        return self._helm(
            "upgrade", self.name, CHART, "--install", "--values=-", *flags, stdin=given
        )

    def uninstall(self) -> None:
        self._helm("uninstall", self.name)

    def _helm(
        self, *arguments: str | Path, stdin: str | None = None
    ) -> "subprocess.CompletedProcess[str]":
        where = [f"--namespace={self.jobs.namespace}", f"--kubeconfig={kubeconfig()}"]
        command = [program(), *arguments, *where]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)

    def closures(self) -> int:
        """Return how often it has closed a gate."""
        closed = ("get", "events", "--field-selector=reason=GateClosed", "-o", "name")
        names = kubectl("-n", self.jobs.namespace, *closed).split()
        return sum(self.name in name for name in names)

    def gates(self) -> str:
        """Return the names of its PimReleases, of which none is left after an upgrade."""
        command = ("-n", self.jobs.namespace, "get", "pimreleases", "-o", "name")
        return "\n".join(gate for gate in kubectl(*command).split() if self.name in gate)


@pytest.fixture
def application(jobs: Jobs) -> Iterator[Application]:
    made = Application(jobs)
    done = made.upgrade("--wait", "--timeout=120s")
    assert done.returncode == 0, done.stdout + done.stderr
    yield made
    made.uninstall()


def test_an_upgrade_pauses_a_running_job_and_resumes_it(
    jobs: Jobs, application: Application
) -> None:
    work = LongImport.at_work(jobs, cpu=WHILE_UPGRADED)

    done = application.upgrade("--wait", "--timeout=180s", command=[*SLEEP, "version 2"])

    assert done.returncode == 0, done.stdout + done.stderr
    assert application.gates() == ""
    attempts = work.assert_done_once()["attempts"]
    assert [attempt["outcome"] for attempt in attempts] == ["Paused", "Completed"]
    assert attempts[0]["reason"] == "ReleaseInProgress"


def test_an_upgrade_that_fails_is_rolled_back_and_opens_the_gate(
    jobs: Jobs, application: Application
) -> None:
    done = application.upgrade(
        "--rollback-on-failure", "--wait", "--timeout=15s", image="127.0.0.1:1/none:1"
    )

    assert done.returncode != 0
    # For the upgrade, and for its undoing.
    assert application.closures() == 2
    assert application.gates() == ""
    jobs.wait(jobs.create(), "phase", "Completed")
