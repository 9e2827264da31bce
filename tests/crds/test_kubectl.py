"""What people see and are told when they use kubectl."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from support.control_plane import Api
from support.pimjobs import PimJobs, pimjob

pytestmark = pytest.mark.cluster

Kubectl = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def kubectl(server: tuple[Api, Path], namespace: str, tmp_path: Path) -> Kubectl:
    """Run kubectl in the namespace, with a home of its own for what it caches."""
    environment = {**os.environ, "HOME": str(tmp_path), "KUBECONFIG": str(server[1])}

    def run(*arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        command = ["kubectl", f"--namespace={namespace}", *arguments]
        return subprocess.run(
            command, input=stdin, capture_output=True, text=True, check=False, env=environment
        )

    return run


def test_a_list_is_a_tracker(jobs: PimJobs, kubectl: Kubectl) -> None:
    jobs.create(type="csv_product_import", label="Daily products", user="julia")
    jobs.report({"phase": "Running", "step": "2/3 import", "progress": "42%"})
    head, row = kubectl("get", "pj").stdout.splitlines()
    assert head.split() == ["NAME", "LABEL", "TYPE", "PHASE", "STEP", "PROGRESS", "USER", "AGE"]
    cells = [cell for cell in row.split("  ") if cell]
    assert [cell.strip() for cell in cells[:-1]] == [
        "a", "Daily products", "csv_product_import", "Running", "2/3 import", "42%", "julia",
    ]  # fmt: skip


def test_a_wide_list_says_more(jobs: PimJobs, kubectl: Kubectl) -> None:
    jobs.create()
    jobs.report({"warnings": 12, "attemptCount": 3, "etaSeconds": 81, "reason": "Requested"})
    head, row = kubectl("get", "pimjobs", "--output=wide").stdout.splitlines()
    assert head.split()[-4:] == ["WARNINGS", "ATTEMPT", "ETA", "REASON"]
    assert row.split()[-4:] == ["12", "3", "81", "Requested"]


def test_the_category_lists_jobs_and_types(jobs: PimJobs, kubectl: Kubectl) -> None:
    jobs.create()
    assert "pimjob.pimjobs.dev/a" in kubectl("get", "pim", "--output=name").stdout


@pytest.mark.parametrize("flags", [(), ("--server-side",)], ids=["client-side", "server-side"])
def test_a_misspelt_field_is_refused(kubectl: Kubectl, flags: tuple[str, ...]) -> None:
    manifest = yaml.safe_dump(pimjob("a", desiredstate="Paused"))
    done = kubectl("apply", *flags, "--filename=-", stdin=manifest)
    assert done.returncode == 1
    assert ".spec.desiredstate" in done.stderr or '"spec.desiredstate"' in done.stderr


def test_a_misspelt_field_warns_where_people_ask_for_no_more(kubectl: Kubectl) -> None:
    manifest = yaml.safe_dump(pimjob("a", desiredstate="Paused"))
    done = kubectl("apply", "--validate=warn", "--filename=-", stdin=manifest)
    assert done.returncode == 0
    assert 'Warning: unknown field "spec.desiredstate"' in done.stderr


def test_a_refusal_names_the_field_and_says_what_to_do(jobs: PimJobs, kubectl: Kubectl) -> None:
    jobs.create(user="julia")
    patch = '{"spec": {"user": "marc"}}'
    done = kubectl("patch", "pimjob", "a", "--type=merge", f"--patch={patch}")
    # Kubernetes 1.32 names the type of what was judged as well.
    assert done.stderr.strip().replace('"object": ', "") == (
        'The PimJob "a" is invalid: spec.user: Invalid value:'
        " user cannot be changed; make a new PimJob instead"
    )


@pytest.mark.parametrize(
    "resource", ["pimjobs", "pimjobtypes", "pimreleases", "pimnotifiers", "pimnotifications"]
)
def test_every_field_is_explained(kubectl: Kubectl, resource: str) -> None:
    explained = kubectl("explain", f"{resource}.spec").stdout
    assert "FIELDS:" in explained
    assert "<no description>" not in explained


def test_a_list_of_releases_counts_their_jobs(kubectl: Kubectl) -> None:
    release = {
        "apiVersion": "pimjobs.dev/v1alpha1",
        "kind": "PimRelease",
        "metadata": {"name": "weekly"},
        "spec": {},
    }
    kubectl("apply", "--filename=-", stdin=yaml.safe_dump(release))
    status = '{"status": {"gate": "Closed", "reason": "Requested", "running": 1, "draining": 2}}'
    kubectl("patch", "prel", "weekly", "--subresource=status", "--type=merge", f"--patch={status}")
    head, row = kubectl("get", "prel").stdout.splitlines()
    assert head.split() == [
        "NAME", "GATE", "REASON", "RUNNING", "DRAINING", "PAUSED", "HELD", "FINISHING", "RESUMED",
        "AGE",
    ]  # fmt: skip
    assert row.split()[:5] == ["weekly", "Closed", "Requested", "1", "2"]
