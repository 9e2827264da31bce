"""Namespaces on an API server where nothing but the tests writes."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from kubernetes import client

from support.control_plane import Api
from support.pimjobs import PimJobs, PimJobTypes, api_client


@pytest.fixture(scope="session")
def api(server: tuple[Api, Path]) -> Iterator[client.ApiClient]:
    """An administrator's client."""
    with api_client(server[1]) as found:
        yield found


@pytest.fixture
def namespace(api: client.ApiClient) -> Iterator[str]:
    """A fresh namespace."""
    core, name = client.CoreV1Api(api), f"crds-{uuid.uuid4().hex[:8]}"
    core.create_namespace({"metadata": {"name": name}})
    yield name
    core.delete_namespace(name)


@pytest.fixture
def jobs(api: client.ApiClient, namespace: str) -> PimJobs:
    """No PimJobs yet."""
    return PimJobs(api, namespace)


@pytest.fixture
def types(api: client.ApiClient) -> PimJobTypes:
    """The PimJobTypes of the API server."""
    return PimJobTypes(api)
