"""One operator is active; another takes over when it ends, however it ends."""

import time
from pathlib import Path

import pytest

from support.control_plane import Api, wait_for
from support.operator_process import operator_process
from support.place import Place

pytestmark = pytest.mark.cluster

LEASE = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/pimjob-operator"


def holder(api: Api) -> str:
    return str(api.get(LEASE)["spec"]["holderIdentity"])


def test_only_one_is_active_and_a_stopped_one_gives_the_lease_back(
    server: tuple[Api, Path], tmp_path: Path, place: Place
) -> None:
    api, kubeconfig = server
    watched = {"namespace": "kube-system", "watch_namespaces": place.namespace}
    with operator_process(kubeconfig, tmp_path / "first.log", "first", **watched) as first:
        first.wait("active")
        with operator_process(kubeconfig, tmp_path / "second.log", "second", **watched) as second:
            second.wait("standby")
            assert second.get("/healthz") == (200, "ok")
            assert first.stop() == 0
            began = time.monotonic()
            second.wait("active")
            assert time.monotonic() - began < 4
            assert holder(api) == "second"
            place.launch("a")
            place.wait("a", "Starting")
            assert second.stop() == 0
    assert holder(api) == ""


def test_a_killed_one_is_followed_within_ten_seconds(
    server: tuple[Api, Path], tmp_path: Path, place: Place
) -> None:
    _, kubeconfig = server
    watched = {"namespace": "kube-system", "watch_namespaces": place.namespace}
    with operator_process(kubeconfig, tmp_path / "first.log", "first", **watched) as first:
        first.wait("active")
        with operator_process(kubeconfig, tmp_path / "second.log", "second", **watched) as second:
            second.wait("standby")
            first.kill()
            began = time.monotonic()
            place.launch("a")
            place.wait("a", "Starting")
            assert time.monotonic() - began < 10


def test_one_whose_lease_was_taken_ends_at_once(
    server: tuple[Api, Path], tmp_path: Path, place: Place
) -> None:
    api, kubeconfig = server
    watched = {"namespace": "kube-system", "watch_namespaces": place.namespace}
    with operator_process(kubeconfig, tmp_path / "log", "first", **watched) as first:
        first.wait("active")
        api.patch(LEASE, {"spec": {"holderIdentity": "another"}})
        wait_for(lambda: first.process.poll() is not None, "the operator's end", seconds=15)
        assert first.process.returncode == 1
        assert "Another replica holds the Lease" in first.log.read_text()


def test_a_label_on_the_lease_costs_nobody_the_lease(
    server: tuple[Api, Path], tmp_path: Path, place: Place
) -> None:
    api, kubeconfig = server
    watched = {"namespace": "kube-system", "watch_namespaces": place.namespace}
    with operator_process(kubeconfig, tmp_path / "log", "first", **watched) as first:
        first.wait("active")
        for number in range(20):
            api.patch(LEASE, {"metadata": {"labels": {"touched": str(number)}}})
        renewed = api.get(LEASE)["spec"]["renewTime"]
        wait_for(lambda: api.get(LEASE)["spec"]["renewTime"] > renewed, "a renewal", seconds=10)
        assert first.get("/readyz") == (200, "active")
        assert first.stop() == 0
