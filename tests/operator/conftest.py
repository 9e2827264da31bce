"""A namespace on an API server of the tests' own, and an operator that watches it."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from support.control_plane import Api, control_plane, wait_for
from support.operator_process import OperatorProcess, operator_process
from support.place import PIMJOBS, Place

ROOT = Path(__file__).resolve().parents[2]
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
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Api, Path]]:
    """An API server with our CRDs and the type `numbers`; its administrator's kubeconfig."""
    with control_plane(tmp_path_factory.mktemp("control-plane")) as (api, kubeconfig):
        for file in sorted((ROOT / "crds").glob("*.yaml")):
            definition = yaml.safe_load(file.read_text())
            name = definition["metadata"]["name"]
            path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}"
            api.apply(path, definition)
            wait_for(lambda path=path: _established(api, path), name)
        api.apply(f"{PIMJOBS}/pimjobtypes/numbers", NUMBERS)
        yield api, kubeconfig


@pytest.fixture
def place(server: tuple[Api, Path]) -> Place:
    """A fresh namespace in which runner pods may be created."""
    api, _ = server
    name = f"test-{uuid.uuid4().hex[:8]}"
    api.create("/api/v1/namespaces", {"metadata": {"name": name}})
    account = {"metadata": {"name": "pimjob-runner"}}
    api.create(f"/api/v1/namespaces/{name}/serviceaccounts", account)
    return Place(api, name)


@pytest.fixture(scope="module")
def operator(
    server: tuple[Api, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OperatorProcess]:
    """An operator that watches all namespaces, with short times."""
    log = tmp_path_factory.mktemp("operator") / "log"
    with operator_process(server[1], log, "shared") as running:
        running.wait("active")
        yield running
        assert running.stop() == 0


def _established(api: Api, path: str) -> bool:
    conditions = api.get(path).get("status", {}).get("conditions") or []
    return any(c["type"] == "Established" and c["status"] == "True" for c in conditions)
