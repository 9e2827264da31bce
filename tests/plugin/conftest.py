"""The plugin as a process of its own, against an API server of the tests' own."""

import ssl
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from support.control_plane import ROOT, TOKEN, Api
from support.fault_proxy import FaultProxy
from support.log_server import LogServer, log_server
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


@pytest.fixture(scope="module")
def kubelet(
    server: tuple[Api, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LogServer]:
    """A node whose containers say what tests let them say."""
    with log_server(server[0], tmp_path_factory.mktemp("kubelet")) as found:
        yield found


@pytest.fixture
def account(jobs: Jobs) -> None:
    """What pods are created with."""
    path = f"/api/v1/namespaces/{jobs.namespace}/serviceaccounts"
    jobs.api.create(path, {"metadata": {"name": "default"}})


@pytest.fixture
def between(
    server: tuple[Api, Path], plugin: Plugin, tmp_path: Path
) -> Iterator[tuple[FaultProxy, Plugin]]:
    """A proxy that misbehaves, and the plugin with it between itself and the API server."""
    api, kubeconfig = server
    authority = kubeconfig.with_name("apiserver.crt")
    # kubectl sends no token over plain HTTP.
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(authority, authority.with_suffix(".key"))
    with FaultProxy(api.url, authority, tls).running() as proxy:
        cluster = {
            "server": f"https://127.0.0.1:{proxy.port}",
            "certificate-authority": str(authority),
        }
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "c", "cluster": cluster}],
            "users": [{"name": "u", "user": {"token": TOKEN}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }
        (tmp_path / "through-the-proxy").write_text(yaml.safe_dump(config))
        yield proxy, Plugin(tmp_path / "through-the-proxy", plugin.namespace, plugin.home)
