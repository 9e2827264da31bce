"""`make plugin`: one file that any Python runs, and what krew wants to know."""

import hashlib
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

import pytest
import yaml

from support.control_plane import ROOT

BUILD = ROOT / "dev" / "plugin" / "build.py"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, BUILD, f"--output={folder}"], check=True, capture_output=True)
    return folder


def test_it_runs_without_anything_else(built: Path, tmp_path: Path) -> None:
    """-I -S: nothing of the environment, nothing that is installed."""
    program = [sys.executable, "-I", "-S", str(built / "kubectl-pimjob")]
    done = subprocess.run(
        [*program, "version", "--client"], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout == f"client:   {VERSION}\n"
    helped = subprocess.run([*program, "list", "-h"], capture_output=True, text=True, check=True)
    assert helped.stdout.startswith("usage: kubectl pimjob list")


def test_it_is_its_own_completion(built: Path, tmp_path: Path) -> None:
    path = {"PATH": f"{built}:{Path(sys.executable).parent}:/usr/bin:/bin"}
    installed = subprocess.run(
        [built / "kubectl-pimjob", "completion", "--install"],
        capture_output=True, text=True, check=True, env=path, cwd=tmp_path,
    )  # fmt: skip
    file = built / "kubectl_complete-pimjob"
    assert installed.stdout == f"{file}\n"
    done = subprocess.run([file, "sto"], capture_output=True, text=True, check=True, env=path)
    assert done.stdout == "stop\tend jobs; what is done stays done\n:4\n"


def test_the_same_sources_make_the_same_bytes(built: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, BUILD, f"--output={tmp_path}"], check=True, capture_output=True)
    for name in ("kubectl-pimjob", "kubectl-pimjob.tar.gz", "pimjob.yaml"):
        assert (tmp_path / name).read_bytes() == (built / name).read_bytes()


def test_the_manifest_of_krew_is_about_the_archive(built: Path) -> None:
    manifest = yaml.safe_load((built / "pimjob.yaml").read_text())
    assert manifest["metadata"]["name"] == "pimjob"
    assert manifest["spec"]["version"] == f"v{VERSION}"
    [platform] = manifest["spec"]["platforms"]
    archive = built / "kubectl-pimjob.tar.gz"
    assert platform["sha256"] == hashlib.sha256(archive.read_bytes()).hexdigest()
    with tarfile.open(archive) as packed:
        names = packed.getnames()
        assert packed.getmember(platform["bin"]).mode == 0o755
    assert sorted(file["from"] for file in platform["files"]) == sorted(names)
