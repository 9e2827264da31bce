"""What `helm test` leaves behind when it fails: no rights but those over its own job."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from pimjob_api.names import PIMJOB_NAME_LENGTH
from support.chart_values import TEAM
from support.control_plane import Api
from support.helm import CHART, Helm, Render
from support.roles import RBAC

NAMESPACE = "helm-test"
HERE = f"/api/v1/namespaces/{NAMESPACE}"
KINDS = (f"{RBAC}/namespaces/{NAMESPACE}/roles", f"{RBAC}/namespaces/{NAMESPACE}/rolebindings",
         f"{HERE}/serviceaccounts", f"{HERE}/configmaps", f"{HERE}/pods")  # fmt: skip


@pytest.fixture(scope="module")
def here(helm: Helm, server: tuple[Api, Path]) -> Iterator[tuple[str, ...]]:
    """A release in a namespace of its own."""
    api, kubeconfig = server
    api.create("/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
    where = (f"--namespace={NAMESPACE}", f"--kubeconfig={kubeconfig}")
    done = helm("install", "pimjobs", CHART, "--values=-", *where, stdin=yaml.safe_dump(TEAM))
    assert done.returncode == 0, done.stderr
    yield where
    helm("uninstall", "pimjobs", *where)


def left(api: Api) -> set[str]:
    """The kinds of what is left of the test."""
    found = set()
    for path in KINDS:
        items = api.get(f"{path}?labelSelector=app.kubernetes.io/component%3Dtest")["items"]
        found |= {path.rpartition("/")[2] for _ in items}
    return found


def test_a_test_that_fails_leaves_its_pod_and_no_rights(
    helm: Helm, server: tuple[Api, Path], here: tuple[str, ...]
) -> None:
    """No kubelet runs its pod, so it is given up; people still find its log."""
    done = helm("test", "pimjobs", "--timeout=2s", *here)
    assert done.returncode != 0
    assert left(server[0]) == {"pods"}, done.stderr


@pytest.mark.parametrize("fullname", ["", "a" * 48, "pim.jobs"])
def test_what_is_left_by_one_that_is_killed_reaches_its_own_job_only(
    render: Render, fullname: str
) -> None:
    """Then nobody removes anything; nor does Helm where the pod is refused."""
    hooks = [
        one
        for one in render({"fullnameOverride": fullname})
        if "helm.sh/hook" in one["metadata"].get("annotations", {})
    ]
    (role,) = [one for one in hooks if one["kind"] == "Role"]
    (pod,) = [one for one in hooks if one["kind"] == "Pod"]
    (job,) = [e["value"] for e in pod["spec"]["containers"][0]["env"] if e["name"] == "NAME"]
    assert job.startswith("helm-test-")
    assert len(job) <= PIMJOB_NAME_LENGTH
    assert "." not in job
    for rule in role["rules"]:
        assert rule["resources"] == ["pimjobs"]
        assert rule["verbs"] == ["create"] or rule["resourceNames"] == [job]
