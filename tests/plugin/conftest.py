"""The plugin as a process of its own, against an API server of the tests' own."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from support.control_plane import ROOT, Api
from support.plugin import OURS, Allow, Jobs, Plugin

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
def allow(server: tuple[Api, Path], namespace: str) -> Allow:
    """Give somebody permissions in the namespace."""
    return Allow(server[0], namespace)
