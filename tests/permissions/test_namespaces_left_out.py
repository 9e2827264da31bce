"""A watched namespace that is deleted takes the operator's Role there with it, and nothing else."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from pimjob_api.phases import OutcomeKind
from support.callers import program_kubeconfig
from support.control_plane import Api, wait_for
from support.operator_process import OperatorProcess, operator_process
from support.place import Place
from support.roles import apply_roles, rendered_roles

pytestmark = pytest.mark.cluster

TYPE = "installation_check"
LEFT_OUT = "pimjob_operator_namespaces_left_out"


def make(api: Api, name: str) -> Place:
    api.create("/api/v1/namespaces", {"metadata": {"name": name}})
    api.create(
        f"/api/v1/namespaces/{name}/serviceaccounts", {"metadata": {"name": "pimjob-runner"}}
    )
    return Place(api, name)


@pytest.fixture
def places(server: tuple[Api, Path], roles: None) -> Iterator[tuple[Place, Place]]:  # noqa: ARG001 - in force
    """Two namespaces, and a chart that watches both."""
    api, name = server[0], uuid.uuid4().hex[:8]
    found = make(api, f"stays-{name}"), make(api, f"goes-{name}")
    apply_roles(api, rights(found))
    yield found
    for place in found:
        api.delete(f"/api/v1/namespaces/{place.namespace}")


def rights(places: tuple[Place, Place]) -> list[dict[str, object]]:
    return rendered_roles(
        fullnameOverride="scoped", watchNamespaces=[place.namespace for place in places]
    )


@pytest.fixture
def operator(
    server: tuple[Api, Path], places: tuple[Place, Place], tmp_path: Path
) -> Callable[[], AbstractContextManager[OperatorProcess]]:
    """Starts one with the chart's rights in both, and nowhere else."""
    kubeconfig = program_kubeconfig(server, "pim", "scoped-operator")

    def start() -> AbstractContextManager[OperatorProcess]:
        return operator_process(
            kubeconfig,
            tmp_path / "log",
            "scoped",
            namespace="pim",
            watch_namespaces=",".join(place.namespace for place in places),
            sweep_seconds="1",
        )

    return start


Start = Callable[[], AbstractContextManager[OperatorProcess]]


def completes(place: Place, name: str) -> None:
    place.launch(name, type=TYPE)
    place.run(f"{name}-1")
    place.end(f"{name}-1", OutcomeKind.COMPLETED)
    place.wait(name, "Completed")


def test_the_others_are_run_before_and_after_a_restart_and_it_too_when_it_is_back(
    server: tuple[Api, Path], places: tuple[Place, Place], operator: Start
) -> None:
    api, (stays, goes) = server[0], places
    with operator() as running:
        running.wait("active")
        completes(stays, "before")
        completes(goes, "before")
        api.delete(f"/api/v1/namespaces/{goes.namespace}")
        wait_for(lambda: running.metric(LEFT_OUT) == 1, f"the left out; see {running.log}")
        completes(stays, "beside")
        assert running.get("/healthz")[0] == 200
        assert running.stop() == 0
    with operator() as running:
        running.wait("active")
        completes(stays, "after-a-restart")
        path = f"/api/v1/namespaces/{goes.namespace}"
        wait_for(lambda: not api.exists(path), "the namespace to be gone")
        make(api, goes.namespace)
        apply_roles(api, rights(places))
        wait_for(
            lambda: running.metric(LEFT_OUT) == 0, f"its return; see {running.log}", seconds=60
        )
        completes(goes, "again")
        assert running.stop() == 0
