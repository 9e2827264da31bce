"""A namespace on an API server of the tests' own, and an operator that watches it."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.control_plane import Api
from support.fault_proxy import FaultProxy, fault_proxy
from support.operator_process import OperatorProcess, operator_process
from support.place import PIMJOBS, Place
from support.releases import Releases
from support.supervised import Supervised, supervised

NUMBERS = {
    "apiVersion": "pimjobs.dev/v1alpha1",
    "kind": "PimJobType",
    "metadata": {"name": "numbers"},
    "spec": {
        "label": "Count",
        "kind": "system",
        "steps": [{"name": "count", "label": "Count"}],
        "parameters": {
            "type": "object",
            "properties": {
                "count": {"type": "integer", "minimum": 1},
                "source": {"type": "string"},
            },
            "additionalProperties": False,
        },
    },
}


@pytest.fixture(scope="session")
def server(server: tuple[Api, Path]) -> tuple[Api, Path]:
    """The tests' own API server, with the type `numbers`."""
    server[0].apply(f"{PIMJOBS}/pimjobtypes/numbers", NUMBERS)
    return server


@pytest.fixture(scope="session")
def new_place(server: tuple[Api, Path]) -> Callable[[], Place]:
    """Make a namespace in which runner pods may be created."""
    api, _ = server

    def make() -> Place:
        name = f"test-{uuid.uuid4().hex[:8]}"
        api.create("/api/v1/namespaces", {"metadata": {"name": name}})
        account = {"metadata": {"name": "pimjob-runner"}}
        api.create(f"/api/v1/namespaces/{name}/serviceaccounts", account)
        return Place(api, name)

    return make


@pytest.fixture
def place(new_place: Callable[[], Place]) -> Place:
    """A fresh namespace in which runner pods may be created."""
    return new_place()


@pytest.fixture
def releases(place: Place) -> Releases:
    """The PimReleases of the place."""
    return Releases(place)


@pytest.fixture
def disturbed(
    server: tuple[Api, Path], tmp_path: Path, place: Place
) -> Iterator[tuple[FaultProxy, Supervised]]:
    """An operator of the place behind a proxy that can misbehave; it is started again and again."""
    with (
        fault_proxy(server, tmp_path) as (proxy, kubeconfig),
        supervised(kubeconfig, tmp_path / "log", place.namespace, sweep_seconds="1") as running,
    ):
        yield proxy, running


@pytest.fixture(scope="module")
def operator(
    server: tuple[Api, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OperatorProcess]:
    """An operator that watches all namespaces, with short times."""
    log = tmp_path_factory.mktemp("operator") / "log"
    with operator_process(server[1], log, "shared", notifications="true") as running:
        running.wait("active")
        yield running
        assert running.stop() == 0


@pytest.fixture
def active(disturbed: tuple[FaultProxy, Supervised]) -> FaultProxy:
    """The proxy before an operator that is at work."""
    proxy, operator = disturbed
    operator.wait("active")
    return proxy
