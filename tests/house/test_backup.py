"""Objects of a backup, applied to a cluster with an operator, as docs/backup.md has it."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pimjob_api.names import API_VERSION, MANAGER_OPERATOR
from pimjob_operator.builtin import builtin_types
from support.control_plane import Api, binaries, control_plane
from support.documents import ROOT, text
from support.install import install_contract

PAGE = text(ROOT / "docs" / "backup.md")
TYPES = f"/apis/{API_VERSION}/pimjobtypes"
OBJECTS = f"/apis/{API_VERSION}/namespaces/backup"
BUILTIN = builtin_types()[0]
Shell = Callable[[str], None]
PEOPLES = {"image": "registry.example.com/mine:1", "resources": {"requests": {"memory": "1Gi"}}}


def command(pattern: str) -> str:
    (found,) = re.findall(rf"^\$ ({pattern}.*?)(?: +#.*)?$", PAGE, re.MULTILINE)
    return str(found)


def of_operator(api: Api, manifest: dict[str, Any]) -> None:
    path = f"{TYPES}/{manifest['metadata']['name']}?fieldManager={MANAGER_OPERATOR}&force=true"
    api.call("PATCH", path, manifest, "apply-patch+yaml")


def older(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return a built-in type as an older version may have had it."""
    step = {"name": "gone", "label": "No longer there"}
    spec = {**manifest["spec"], "label": "Older", "steps": [*manifest["spec"]["steps"], step]}
    return {**manifest, "spec": spec}


def specs(api: Api) -> dict[str, Any]:
    return {one["metadata"]["name"]: one["spec"] for one in api.get(TYPES)["items"]}


def create(api: Api, kind: str, name: str, spec: dict[str, Any]) -> None:
    body = {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": name}, "spec": spec}
    api.create(f"{OBJECTS}/{kind.lower()}s", body)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[Api, Path]]:
    """One of its own: a backup has everything that there is."""
    with control_plane(tmp_path) as (api, kubeconfig):
        install_contract(api)
        api.create("/api/v1/namespaces", {"metadata": {"name": "backup"}})
        yield api, kubeconfig


@pytest.fixture
def shell(cluster: tuple[Api, Path], tmp_path: Path) -> Shell:
    """Run a command of the page, in a folder that has the files it names."""
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    path = f"{binaries()}:{os.environ['PATH']}"
    environment = {"PATH": path, "KUBECONFIG": str(cluster[1])}

    def run(line: str) -> None:
        bash = ["bash", "-o", "pipefail", "-c", line]
        subprocess.run(bash, cwd=tmp_path, env=environment, check=True)

    return run


def test_what_the_operator_brings_along_stays_as_it_is_and_the_rest_comes_back(
    cluster: tuple[Api, Path], shell: Shell
) -> None:
    api, _ = cluster
    for one in builtin_types():
        of_operator(api, older(one))
    api.patch(f"{TYPES}/{BUILTIN['metadata']['name']}", {"spec": PEOPLES})
    api.create(TYPES, {**older(BUILTIN), "metadata": {"name": "own"}})
    for name in ("ended", "waiting"):
        create(api, "PimJob", name, {"type": "own"})
    api.patch(f"{OBJECTS}/pimjobs/ended/status", {"status": {"phase": "Completed"}})
    for gate in ("Closed", "Open"):
        create(api, "PimRelease", gate.lower(), {"gate": gate, "reason": "weekly"})
    before = specs(api)
    shell(command("kubectl get pimjobtypes"))

    for path in (TYPES, f"{OBJECTS}/pimjobs", f"{OBJECTS}/pimreleases"):
        api.delete(path)
    for one in builtin_types():
        of_operator(api, one)
    newer = specs(api)
    shell(command("jq -f"))
    name = BUILTIN["metadata"]["name"]
    assert specs(api) == newer | {"own": before["own"], name: newer[name] | PEOPLES}
    for kind, name in (("pimjobs", "waiting"), ("pimreleases", "open")):
        there = api.get(f"{OBJECTS}/{kind}")["items"]
        assert [one["metadata"]["name"] for one in there] == [name]
