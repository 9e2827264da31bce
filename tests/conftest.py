"""What tests of several parts share: databases to run on, and an API server."""

import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from xdist.scheduler import LoadScopeScheduling

from support.control_plane import Api, control_plane
from support.install import install_contract

ROOT = Path(__file__).resolve().parents[1]
E2E = ROOT / "tests" / "e2e"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server of our own; its socket's folder. It listens on no port."""
    binaries = _postgres_binaries()
    folder = Path(tempfile.mkdtemp(prefix="pimjobs-postgres-"))
    # PostgreSQL refuses to run as root.
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(folder, "postgres", "postgres")
    data = str(folder / "data")
    initdb = [str(binaries / "initdb"), "-D", data, "-U", "postgres", "-A", "trust"]
    options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
    pg_ctl = [*as_user, str(binaries / "pg_ctl"), "-D", data, "-w"]
    _run([*as_user, *initdb, "--no-sync"])
    _run([*pg_ctl, "-l", str(folder / "log"), "-o", options, "start"])
    try:
        yield str(folder)
    finally:
        _run([*pg_ctl, "-m", "immediate", "stop"])
        shutil.rmtree(folder)


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """URL of a fresh PostgreSQL database."""
    name = f"test_{uuid.uuid4().hex}"
    url = f"postgresql:///{{}}?host={postgres_server}&user=postgres"
    with psycopg.connect(url.format("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return url.format(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """URL of a fresh SQLite database."""
    return f"sqlite:///{tmp_path / 'catalog.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """URL of a fresh database, of each kind in turn."""
    name = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    return str(request.getfixturevalue(name))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Api, Path]]:
    """An API server of the tests' own with our CRDs; its administrator's kubeconfig."""
    with control_plane(tmp_path_factory.mktemp("control-plane")) as (api, kubeconfig):
        install_contract(api)
        yield api, kubeconfig


def _postgres_binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    if on_path is None and not found:
        pytest.fail("PostgreSQL is not installed: apt-get install postgresql")
    return Path(on_path).parent if on_path else found[-1].parent


def _run(command: list[str]) -> None:
    # Its output goes to a file: a server that inherits a pipe keeps it open.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(command, stdout=output, stderr=output, cwd="/", check=False)
        output.seek(0)
        assert done.returncode == 0, f"{command}: {output.read().decode()}"


def pytest_configure() -> None:
    """Children inherit what a shell does to whatever it runs in the background: no Ctrl-C."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of the cluster go first: they take as long as half of the others together."""
    items.sort(key=lambda item: E2E not in item.path.parents)


class _EachFileByOne(LoadScopeScheduling):
    """Of several processes, one runs all tests of the cluster, and each other file is one's."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", maxsplit=1)[0]
        return "cluster" if (ROOT / file).is_relative_to(E2E) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Spread tests so. (Its own groups, `xdist_group`, are lost with pytest 9.2 and xdist 3.8.)"""
    return _EachFileByOne(config, log)
