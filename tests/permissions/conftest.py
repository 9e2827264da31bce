"""An API server with the chart's roles and policies in force."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.callers import person
from support.control_plane import Api
from support.helm import rendered
from support.place import Place
from support.roles import apply_roles, operator_policy_in, roles_in, wait_for_policies


@pytest.fixture(scope="session")
def roles(server: tuple[Api, Path]) -> None:
    """The chart's roles and policies are in force."""
    api, _ = server
    for name in ("pim", "probe"):
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        api.apply(f"/api/v1/namespaces/{name}", namespace)
    chart = rendered()
    apply_roles(api, [*roles_in(chart), *operator_policy_in(chart)])
    wait_for_policies(Place(api, "probe"), person(server, "probe"))


@pytest.fixture(scope="module")
def place(server: tuple[Api, Path], roles: None) -> Iterator[Place]:  # noqa: ARG001 - in force
    """A fresh namespace."""
    api, name = server[0], f"test-{uuid.uuid4().hex[:8]}"
    api.create("/api/v1/namespaces", {"metadata": {"name": name}})
    yield Place(api, name)
    api.delete(f"/api/v1/namespaces/{name}")
