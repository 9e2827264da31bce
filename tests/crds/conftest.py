"""A namespace in which no operator runs anything, for tests of the API server alone."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.kube import kubectl

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def crds() -> None:
    """The CRDs of this checkout."""
    kubectl("apply", "--server-side", "--force-conflicts", f"--filename={ROOT / 'crds'}")
    kubectl("wait", "--for=condition=Established", "crd/pimjobs.pimjobs.dev", "--timeout=30s")


@pytest.fixture
def namespace(crds: None) -> Iterator[str]:  # noqa: ARG001 - a fixture for its effect
    """A fresh namespace. Types used in it do not exist, so that nothing is started."""
    name = f"crds-{uuid.uuid4().hex[:8]}"
    kubectl("create", "namespace", name)
    yield name
    kubectl("delete", "namespace", name, "--wait=false")
