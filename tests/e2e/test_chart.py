"""The chart in a cluster: its own test, an upgrade under a running job, a roll-back, removal.

`make install` has installed it; these tests leave it as they found it.
"""

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from jobs import Jobs

from imports import WHILE_UPGRADED, LongImport
from support.helm import CHART, program
from support.kube import kubeconfig, kubectl

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "dev" / "cluster"))

import binaries
from layout import layout

from cluster import ctr

pytestmark = pytest.mark.cluster
CRDS = ("pimjobs", "pimjobtypes", "pimreleases", "pimnotifiers", "pimnotifications")


def helm(*arguments: str, stdin: str | None = None) -> str:
    """Run helm on the release that `make install` made; return what it prints."""
    command = [program(), *arguments, "--namespace=pim", f"--kubeconfig={kubeconfig()}"]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"helm {' '.join(arguments)}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture
def next_tag() -> Iterator[str]:
    """Give the runner's image a second tag; take it back."""
    image = json.loads(helm("get", "values", "pimjobs", "--output=json"))["runner"]["image"]
    name = f"{image['registry']}/{image['repository']}"
    command = ctr(layout(), binaries.build(layout()))
    tag = f"next-{uuid.uuid4().hex[:6]}"
    images = [*command, "images"]
    subprocess.run([*images, "tag", f"{name}:{image['tag']}", f"{name}:{tag}"], check=True)
    yield tag
    subprocess.run([*images, "remove", f"{name}:{tag}"], check=True)


def test_its_test_runs_a_job() -> None:
    said = helm("test", "pimjobs", "--logs", "--timeout=120s")
    assert "Completed" in said
    assert kubectl("-n", "pim", "get", "pimjobs", "-o", "name").count("helm-test-") == 0


def test_what_is_installed_is_what_the_server_would_take_again() -> None:
    helm("upgrade", "pimjobs", str(CHART), "--reuse-values", "--dry-run=server")


def test_an_upgrade_and_a_roll_back_under_a_running_job(jobs: Jobs, next_tag: str) -> None:
    work = LongImport.at_work(jobs, cpu=WHILE_UPGRADED)

    image = ("--reuse-values", f"--set=runner.image.tag={next_tag}")
    helm("upgrade", "pimjobs", str(CHART), *image, "--wait", "--timeout=120s")
    jobs.wait(work.name, "attemptCount", "2", seconds=90)
    helm("rollback", "pimjobs", "--wait", "--timeout=120s")
    attempts = work.assert_done_once()["attempts"]

    tags = [attempt["image"].rpartition(":")[2] for attempt in attempts]
    assert tags[1] == next_tag
    # Whether the roll-back finds it still at work depends on the machine.
    assert tags in ([tags[0], next_tag], [tags[0], next_tag, tags[0]])
    assert {attempt["outcome"] for attempt in attempts[:-1]} == {"Paused"}


def test_runner_pods_have_what_the_values_say(jobs: Jobs) -> None:
    """With users left to the cluster, as OpenShift wants it: then the image says who runs."""
    values = {
        "extraEnv": [{"name": "SITE", "value": "lyon"}],
        "extraVolumes": [{"name": "extra", "emptyDir": {}}],
        "extraVolumeMounts": [{"name": "extra", "mountPath": "/extra"}],
        "podLabels": {"cost-centre": "pim"},
        "podSecurityContext": {"runAsUser": None, "runAsGroup": None},
    }
    ready = ("--wait", "--timeout=120s")
    upgrade = ("upgrade", "pimjobs", str(CHART), "--reuse-values", "--values=-", *ready)
    helm(*upgrade, stdin=json.dumps({"runner": values}))
    try:
        name = jobs.create()
        status = jobs.wait(name, "phase", "Completed", seconds=120)
        which = ("-n", jobs.namespace, "get", "pod", status["attempts"][-1]["pod"])
        pod = json.loads(kubectl(*which, "-o", "json"))
    finally:
        helm("rollback", "pimjobs", *ready)
    (container,) = pod["spec"]["containers"]
    assert values["extraEnv"][0] in container["env"]
    assert "/extra" in {mount["mountPath"] for mount in container["volumeMounts"]}
    assert pod["metadata"]["labels"]["cost-centre"] == "pim"
    assert pod["spec"]["securityContext"] == {
        "runAsNonRoot": True,
        "fsGroup": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def test_removal_keeps_jobs_and_files_and_hangs_on_nothing(jobs: Jobs) -> None:
    kept, deleted = jobs.create(), jobs.create()
    for name in (kept, deleted):
        jobs.wait(name, "phase", "Completed", seconds=120)
    values = helm("get", "values", "pimjobs", "--output=json")
    helm("uninstall", "pimjobs", "--wait", "--timeout=120s")
    try:
        for plural in CRDS:
            kubectl("get", f"crd/{plural}.pimjobs.dev")
        kubectl("-n", "pim", "get", "pvc/pimjob-data")
        assert "pimjobs-operator" not in kubectl("-n", "pim", "get", "deployments", "-o", "name")
        # No finalizer waits for an operator that is gone.
        kubectl("-n", jobs.namespace, "delete", "pimjob", deleted, "--timeout=30s")
        jobs.made.remove(deleted)
        assert jobs.get(kept)["status"]["phase"] == "Completed"
    finally:
        again = ("install", "pimjobs", str(CHART), "--values=-", "--wait", "--timeout=120s")
        helm(*again, stdin=values)
    jobs.wait(jobs.create(), "phase", "Completed", seconds=120)
    assert jobs.get(kept)["status"]["phase"] == "Completed"
