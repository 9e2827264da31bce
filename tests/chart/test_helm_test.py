"""`helm test` with its own rights, and what it leaves behind when it fails: no others."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pimjob_api.names import PIMJOB_NAME_LENGTH
from support.callers import service_account_token
from support.chart_values import TEAM
from support.control_plane import Api
from support.helm import CHART, Helm, Render
from support.place import Place
from support.roles import RBAC, apply_roles

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


def test_its_rights_are_enough_also_after_one_that_was_killed(
    render: Render, server: tuple[Api, Path], tmp_path: Path
) -> None:
    """Nobody runs jobs here, so it gives up, and removes its own all the same."""
    api, kubeconfig = server
    place = Place(api, NAMESPACE + "-rights")
    for name in ("pim", place.namespace):
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        api.apply(f"/api/v1/namespaces/{name}", namespace)
    apply_roles(api, hooks(render({"runner": {"namespaces": [place.namespace]}})))
    place.launch("helm-test-pimjobs", type="no_such_type")
    (tmp_path / "token").write_text(service_account_token(api, "pim", "pimjobs-test"))
    (tmp_path / "ca.crt").write_bytes((kubeconfig.parent / "apiserver.crt").read_bytes())
    mounted = "/var/run/secrets/kubernetes.io/serviceaccount"
    script = (CHART / "files" / "helm-test.py").read_text(encoding="utf-8")
    host, port = api.url.removeprefix("https://").split(":")
    environment = {
        "KUBERNETES_SERVICE_HOST": host,
        "KUBERNETES_SERVICE_PORT": port,
        "NAMESPACE": place.namespace,
        "NAME": "helm-test-pimjobs",
        "TIMEOUT_SECONDS": "0.2",
    }
    done = subprocess.run(
        [sys.executable, "-"], input=script.replace(mounted, str(tmp_path)), env=environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (
        1,
        "The PimJob did not complete in 0.2 s. See the operator's log.\n",
    )
    assert not api.get(place.path("pimjobs"))["items"]


def hooks(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The ServiceAccount, Role and RoleBinding of the test."""
    kinds = {"ServiceAccount", "Role", "RoleBinding"}
    found = [one for one in objects if "helm.sh/hook" in one["metadata"].get("annotations", {})]
    return [one for one in found if one["kind"] in kinds]


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
