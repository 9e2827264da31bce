"""The plugin as a process of its own, against an API server of the tests' own."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from support.control_plane import ROOT, Api
from support.plugin import OURS, Jobs, Plugin

TYPES = ROOT / "operator" / "pimjob_operator" / "builtin_types"


@pytest.fixture(scope="session")
def server(server: tuple[Api, Path]) -> tuple[Api, Path]:
    """The tests' own API server, with the built-in types."""
    for file in sorted(TYPES.glob("*.yaml")):
        body = yaml.safe_load(file.read_text())
        server[0].apply(f"{OURS}/pimjobtypes/{body['metadata']['name']}", body)
    return server


@pytest.fixture
def namespace(server: tuple[Api, Path]) -> Iterator[str]:
    """A fresh namespace."""
    name = f"plugin-{uuid.uuid4().hex[:8]}"
    server[0].create("/api/v1/namespaces", {"metadata": {"name": name}})
    yield name
    server[0].delete(f"/api/v1/namespaces/{name}")


@pytest.fixture
def jobs(server: tuple[Api, Path], namespace: str) -> Jobs:
    """No PimJobs yet."""
    return Jobs(server[0], namespace)


@pytest.fixture
def plugin(server: tuple[Api, Path], namespace: str, tmp_path: Path) -> Plugin:
    """`kubectl pimjob`, in the namespace, with a home of its own."""
    return Plugin(server[1], namespace, tmp_path)


@pytest.fixture
def allow(server: tuple[Api, Path], namespace: str) -> "Allow":
    """Give somebody permissions in the namespace."""
    return Allow(server[0], namespace)


class Allow:
    """Makes a Role and binds it."""

    def __init__(self, api: Api, namespace: str) -> None:
        self._api, self._namespace = api, namespace

    def __call__(self, user: str, *rules: tuple[str, str, str]) -> None:
        """Rules are (group, resources, verbs), both separated by blanks."""
        path = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{self._namespace}"
        body = [
            {"apiGroups": [group], "resources": resources.split(), "verbs": verbs.split()}
            for group, resources, verbs in rules
        ]
        self._api.create(f"{path}/roles", {"metadata": {"name": user}, "rules": body})
        binding = {
            "metadata": {"name": user},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": user},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
        }
        self._api.create(f"{path}/rolebindings", binding)
