"""The cluster from nothing to nothing, on a machine of namespaces. Run by `make test-cluster`."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from components import PAUSE_IMAGE
from machine import Machine, machine

ROOT = Path(__file__).resolve().parents[2]
PODS = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "sleepers"},
    "spec": {
        "replicas": 3,
        "selector": {"matchLabels": {"app": "sleepers"}},
        "template": {
            "metadata": {"labels": {"app": "sleepers"}},
            "spec": {
                "terminationGracePeriodSeconds": 0,
                "containers": [
                    {"name": "one", "image": PAUSE_IMAGE, "imagePullPolicy": "Never"},
                ],
            },
        },
    },
}

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(
        os.environ.get("PIMJOBS_TEST_CLUSTER") != "1",
        reason="starts clusters of its own for two minutes: make test-cluster",
    ),
]


class Checkout:
    """A copy of the harness in which `make cluster` could be said."""

    def __init__(self, host: Machine, folder: Path) -> None:
        self.host = host
        self.folder = folder
        shutil.copytree(ROOT / "dev" / "cluster", folder / "dev" / "cluster")

    def cluster(self, command: str, *, check: bool = True) -> "subprocess.CompletedProcess[str]":
        script = str(self.folder / "dev" / "cluster" / "cluster.py")
        return self.host.run(sys.executable, script, command, check=check)

    def second_node(self, command: str) -> None:
        script = str(self.folder / "dev" / "cluster" / "second_node.py")
        self.host.run(sys.executable, script, command)

    def nodes(self) -> list[str]:
        return self.kubectl("get", "nodes", "-o", "jsonpath={.items[*].metadata.name}").split()

    def kubectl(self, *arguments: str) -> str:
        kubectl = str(self.folder / ".cluster" / "bin" / "kubectl")
        kubeconfig = f"--kubeconfig={self.folder}/.cluster/kubeconfig"
        return self.host.run(kubectl, kubeconfig, *arguments).stdout

    def pid(self, component: str) -> int:
        record = self.host.run("cat", f"/run/pimjobs-cluster/{component}.pid").stdout
        return int(json.loads(record)["pid"])

    def kill(self, *components: str, by: str = "KILL") -> None:
        self.host.run("kill", f"-{by}", *(str(self.pid(name)) for name in components))

    def wait_for_pods(self) -> None:
        self.kubectl("rollout", "status", "deployment/sleepers", "--timeout=60s")


@pytest.fixture(scope="module")
def host() -> Iterator[Machine]:
    # On a short path: sockets inside have a limit of 108 characters.
    with machine(Path(tempfile.mkdtemp(prefix="pimjobs-"))) as booted:
        yield booted


@pytest.fixture(scope="module")
def before(host: Machine) -> dict[str, set[str]]:
    host.run("iptables", "-A", "INPUT", "-p", "tcp", "--dport", "22", "-j", "ACCEPT")
    return host.look()


@pytest.fixture(scope="module")
def checkout(
    host: Machine, before: dict[str, set[str]], tmp_path_factory: pytest.TempPathFactory
) -> Checkout:
    """A checkout with a running cluster and running pods."""
    assert "KUBE" not in str(before["rules"])
    made = Checkout(host, tmp_path_factory.mktemp("checkout"))
    made.cluster("up")
    (made.folder / "pods.yaml").write_text(yaml.safe_dump(PODS))
    made.kubectl("apply", f"--filename={made.folder}/pods.yaml")
    made.wait_for_pods()
    return made


def test_a_second_run_changes_nothing(checkout: Checkout) -> None:
    pid = checkout.pid("kubelet")
    began = time.monotonic()
    said = checkout.cluster("up").stdout
    assert said.startswith("The cluster runs already.")
    assert time.monotonic() - began < 2
    assert checkout.pid("kubelet") == pid


@pytest.mark.parametrize("component", ["etcd", "apiserver", "containerd", "kubelet", "proxy"])
def test_a_killed_component_is_started_again_under_running_pods(
    checkout: Checkout, component: str
) -> None:
    uids = checkout.kubectl("get", "pods", "-o", "jsonpath={.items[*].metadata.uid}").split()
    others = {name: checkout.pid(name) for name in ("scheduler", "controller-manager")}
    checkout.kill(component)
    checkout.cluster("up")
    checkout.wait_for_pods()
    found = checkout.kubectl("get", "pods", "-o", "jsonpath={.items[*].metadata.uid}").split()
    assert sorted(found) == sorted(uids)
    assert {name: checkout.pid(name) for name in others} == others


def _kill_everything(checkout: Checkout) -> None:
    checkout.kill(*COMPONENTS)


def _lose_every_record(checkout: Checkout) -> None:
    for name in COMPONENTS:
        checkout.host.run("rm", f"/run/pimjobs-cluster/{name}.pid")


def _stop_the_kubelets_time(checkout: Checkout) -> None:
    checkout.kill("kubelet", by="STOP")
    checkout.kubectl("wait", "node/pimjobs", "--for=condition=Ready=Unknown", "--timeout=60s")


def _start_with_other_flags(checkout: Checkout) -> None:
    checkout.host.run("sh", "-c", "echo other > /run/pimjobs-cluster/fingerprint")


COMPONENTS = (
    *("etcd", "apiserver", "containerd", "controller-manager"),
    *("scheduler", "kubelet", "proxy"),
)


@pytest.mark.parametrize(
    "harm",
    [_kill_everything, _lose_every_record, _stop_the_kubelets_time, _start_with_other_flags],
)
def test_it_recovers_from(checkout: Checkout, harm: Callable[[Checkout], None]) -> None:
    harm(checkout)
    checkout.cluster("up")
    checkout.wait_for_pods()
    assert checkout.host.count("kubelet") == 1
    assert checkout.host.count("etcd") == 1


def test_a_second_node_comes_and_goes(checkout: Checkout) -> None:
    checkout.second_node("up")
    assert _of_the_second_node(checkout)
    assert checkout.nodes() == ["node2", "pimjobs"]
    checkout.second_node("down")
    assert checkout.nodes() == ["pimjobs"]
    assert _of_the_second_node(checkout) == set()


def _of_the_second_node(checkout: Checkout) -> set[str]:
    """Return what bears its name or its addresses: the first node's pods come and go meanwhile."""
    marks = ("node2", "pimjobs1", "10.244.1.")
    found = set[str]().union(*checkout.host.look().values())
    return {thing for thing in found if any(mark in thing for mark in marks)}


def test_a_cluster_is_single_node_again_after_a_test_run_that_was_killed(
    checkout: Checkout,
) -> None:
    checkout.second_node("up")
    checkout.second_node("kill")
    checkout.cluster("up")
    assert checkout.nodes() == ["pimjobs"]


def test_another_checkout_is_told_whose_cluster_runs(checkout: Checkout, tmp_path: Path) -> None:
    other = Checkout(checkout.host, tmp_path)
    for command in ("up", "down"):
        refused = other.cluster(command, check=False)
        assert refused.returncode == 1
        assert f"make -C {checkout.folder} cluster-down" in refused.stderr
    checkout.wait_for_pods()


def test_an_ordinary_user_is_told_what_to_do() -> None:
    command = [sys.executable, str(ROOT / "dev" / "cluster" / "cluster.py"), "up"]
    done = subprocess.run(
        ["setpriv", "--reuid=65534", "--clear-groups", *command],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    assert done.returncode == 1
    assert "sudo make" in done.stderr
    assert "CLUSTER=current" in done.stderr


def left_behind(host: Machine, before: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return what is different, per kind: not two long sets."""
    after = host.look()
    expected = before | {"files": before["files"] | {"/run/lock/pimjobs-cluster"}}
    return {what: after[what] ^ expected[what] for what in after if after[what] != expected[what]}


def _run_pods_on_a_second_node(checkout: Checkout) -> None:
    checkout.second_node("up")
    checkout.kubectl("cordon", "pimjobs")
    checkout.kubectl("rollout", "restart", "deployment/sleepers")
    checkout.wait_for_pods()


def test_down_leaves_nothing_behind(checkout: Checkout, before: dict[str, set[str]]) -> None:
    _run_pods_on_a_second_node(checkout)
    checkout.second_node("kill")
    checkout.cluster("down")
    assert left_behind(checkout.host, before) == {}
    assert (checkout.folder / ".cluster" / "data" / "in").is_dir()


def test_the_cluster_of_a_checkout_that_was_removed_is_ended(tmp_path: Path) -> None:
    """Nobody can say `make cluster-down` there any more."""
    with machine(Path(tempfile.mkdtemp(prefix="pimjobs-"))) as host:
        before = host.look()
        removed = Checkout(host, tmp_path / "removed")
        removed.cluster("up")
        was = removed.pid("kubelet")
        shutil.rmtree(removed.folder)
        other = Checkout(host, tmp_path / "other")

        said = other.cluster("up").stdout

        assert f"Clearing what a cluster of {removed.folder} has left." in said
        assert other.pid("kubelet") != was
        assert host.count("kubelet") == 1
        assert other.kubectl("get", "nodes", "-o", "name") == "node/pimjobs\n"
        other.cluster("down")
        assert left_behind(host, before) == {}
