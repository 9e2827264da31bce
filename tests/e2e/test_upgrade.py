"""From the version before this one to this one and back, under jobs: chart, CRDs, images."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import previous
import pytest
import yaml
from jobs import Jobs

from conftest import ATTRIBUTES, ROOT
from imports import WHILE_UPGRADED, LongImport
from support.helm import CHART, program
from support.kube import kubeconfig, kubectl

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(
        os.environ.get("PIMJOBS_TEST_UPGRADE") != "1",
        reason="it builds another version and replaces what is installed: make test-upgrade",
    ),
]


def helm(*arguments: str | Path, values: Any = None) -> str:
    """Run helm in the namespace of `make install`; return what it prints."""
    command = [program(), *arguments, "--namespace=pim", f"--kubeconfig={kubeconfig()}"]
    stdin = None if values is None else json.dumps(values)
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"helm {' '.join(map(str, arguments))}: {done.stdout}{done.stderr}"
    return done.stdout


def upgrade(chart: Path, values: dict[str, Any]) -> None:
    ready = ("--wait", "--timeout=180s")
    helm("upgrade", "pimjobs", chart, "--reset-values", "--values=-", *ready, values=values)


@pytest.fixture
def current() -> Iterator[dict[str, Any]]:
    """The values of what is installed, which is there again afterwards."""
    values = json.loads(helm("get", "values", "pimjobs", "--output=json"))
    yield values
    upgrade(CHART, values)


@pytest.fixture
def before(current: dict[str, Any], tmp_path: Path) -> Path:  # noqa: ARG001 - restored last
    """The version before this one, installed in its place; its chart."""
    chart = previous.check_out(tmp_path)
    values = previous.load_images(tmp_path)
    values["operator"]["replicas"] = 1
    helm("uninstall", "pimjobs", "--wait", "--timeout=120s")
    ready = ("--wait", "--timeout=180s")
    helm("install", "pimjobs", chart, "--values=-", *ready, values=values)
    return chart


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    """PimJobs of namespace pim, which the release itself has set up."""
    found = Jobs("pim", ROOT / ".cluster" / "data")
    yield found
    print(found.describe())  # noqa: T201 - pytest shows it with a failure
    for name in found.made:
        kubectl("-n", "pim", "delete", "pimjob", name, "--wait=false")


def served(chart: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the schemas of all kinds as the cluster has them, and as a chart does."""
    wanted, found = {}, {}
    for file in sorted((chart / "files" / "crds").glob("*.yaml")):
        crd = yaml.safe_load(file.read_text(encoding="utf-8"))
        name = crd["metadata"]["name"]
        wanted[name] = crd["spec"]["versions"][0]["schema"]
        text = kubectl("get", "crd", name, "-o", "json")
        found[name] = json.loads(text)["spec"]["versions"][0]["schema"]
    return found, wanted


def ended(work: LongImport) -> list[str]:
    """Wait for an import, see that each row was done once; return the tags of its images."""
    attempts = work.assert_done_once(seconds=240)["attempts"]
    assert {attempt["outcome"] for attempt in attempts[:-1]} == {"Paused"}
    return [attempt["image"].rpartition(":")[2] for attempt in attempts]


def test_jobs_outlive_an_upgrade_and_a_roll_back(
    jobs: Jobs, before: Path, current: dict[str, Any]
) -> None:
    found, wanted = served(before)
    assert found == wanted
    jobs.wait(jobs.create(**attributes(jobs)), "phase", "Completed")
    old, new = (tag(json.loads(helm("get", "values", "pimjobs", "--output=json"))), tag(current))
    assert old != new
    finished = jobs.create()
    jobs.wait(finished, "phase", "Completed")
    kept = LongImport.at_work(jobs, cpu=WHILE_UPGRADED)
    jobs.patch(kept.name, desiredState="Paused")
    jobs.wait(kept.name, "phase", "Paused")
    running = LongImport.at_work(jobs, cpu=WHILE_UPGRADED)

    upgrade(CHART, current)
    found, wanted = served(CHART)
    assert found == wanted
    assert ended(running) == [old, new]
    # What people have paused stays so, and goes on with what is then installed.
    assert jobs.get(kept.name)["status"]["phase"] == "Paused"
    jobs.patch(kept.name, desiredState="Running")
    assert ended(kept) == [old, new]
    assert jobs.get(finished)["status"]["phase"] == "Completed"
    assert "Completed" in helm("test", "pimjobs", "--logs", "--timeout=120s")

    running = LongImport.at_work(jobs, cpu=WHILE_UPGRADED)
    helm("rollback", "pimjobs", "--wait", "--timeout=180s")
    assert ended(running) == [new, old]
    assert jobs.get(kept.name)["status"]["phase"] == "Completed"
    found, wanted = served(before)
    assert found == wanted


def attributes(jobs: Jobs) -> dict[str, Any]:
    """Return the job that makes the attributes of the products."""
    source = jobs.write("attributes.csv", ATTRIBUTES)
    return {"type": "csv_attribute_import", "parameters": {"source": source}}


def tag(values: dict[str, Any]) -> str:
    return str(values["runner"]["image"]["tag"])
