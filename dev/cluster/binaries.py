"""Builds Kubernetes, etcd, containerd, pause and Helm from Go modules, once, into the cache."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from console import CannotGoOnError, part
from layout import Layout
from prerequisites import go

SOURCES = Path(__file__).parent / "modules"
_STAMP = "k8s.io/component-base/version."


@dataclass(frozen=True)
class Module:
    """One Go module and what is built from it."""

    folder: str
    about: str
    packages: tuple[str, ...]
    flags: str = "-s -w"
    environment: tuple[tuple[str, str], ...] = ()


def kubernetes(version: str) -> Module:
    """Return the module of a release, e.g. 1.36.3."""
    major, minor, _ = version.split(".")
    programs = (
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
        "kube-proxy",
        "kubelet",
        "kubectl",
    )
    return Module(
        f"kubernetes-{major}.{minor}",
        f"Kubernetes {version} (5 to 8 minutes on 2 cores)",
        tuple(f"k8s.io/kubernetes/cmd/{name}" for name in programs),
        f"-s -w -X {_STAMP}gitVersion=v{version}"
        f" -X {_STAMP}gitMajor={major} -X {_STAMP}gitMinor={minor}",
    )


BESIDE_KUBERNETES = (
    Module("etcd", "etcd", (".",)),
    Module(
        "containerd",
        "containerd (1 to 2 minutes)",
        tuple(
            f"github.com/containerd/containerd/v2/cmd/{name}"
            for name in ("containerd", "containerd-shim-runc-v2", "ctr")
        ),
        environment=(("CGO_ENABLED", "0"),),
    ),
    Module("pause", "pause", (".",), environment=(("CGO_ENABLED", "0"),)),
)

TOOLS = (
    Module(
        "helm",
        "Helm (1 to 2 minutes)",
        ("helm.sh/helm/v4/cmd/helm",),
        environment=(("CGO_ENABLED", "0"),),
    ),
)


def build(layout: Layout) -> Path:
    """Return the folder with the binaries of a cluster, building what is missing."""
    return built(layout, (kubernetes(layout.kubernetes), *BESIDE_KUBERNETES))


def tools(layout: Layout) -> Path:
    """Return the folder with what works on a cluster, building what is missing."""
    return built(layout, TOOLS)


def built(layout: Layout, modules: Sequence[Module]) -> Path:
    """Return the folder with what is built from modules, building it if need be."""
    folder = layout.cache / "bin" / _digest(modules)
    if folder.exists():
        return folder
    compiler = go(layout)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with alone(folder.parent):
        if not folder.exists():
            _build_all(compiler, modules, folder)
    return folder


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Wait until nobody else builds: two at once take twice as long for the same result."""
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with part("Waiting for another build of the same programs"):
                fcntl.flock(lock, fcntl.LOCK_EX)
        # Only a build that was killed has left one of these.
        for left in folder.glob(".building-*"):
            shutil.rmtree(left, ignore_errors=True)
        yield


def _build_all(compiler: str, modules: Sequence[Module], folder: Path) -> None:
    unfinished = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".building-"))
    try:
        for module in modules:
            with part(f"Building {module.about}"):
                _build(compiler, module, unfinished)
        unfinished.chmod(0o755)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _build(compiler: str, module: Module, target: Path) -> None:
    # `-buildvcs=false`: the modules are inside a repository that is not theirs.
    command = [compiler, "build", "-trimpath", "-buildvcs=false", "-ldflags", module.flags]
    done = subprocess.run(
        [*command, "-o", f"{target}/", *module.packages],
        cwd=SOURCES / module.folder,
        env=os.environ | dict(module.environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise CannotGoOnError(f"go build of {module.folder} failed:\n{done.stderr[-4000:]}")


def _digest(modules: Sequence[Module]) -> str:
    """Everything that decides what the binaries are: module files, sources, flags."""
    digest = hashlib.sha256(repr(tuple(modules)).encode())
    folders = {module.folder for module in modules}
    for file in sorted(SOURCES.rglob("*")):
        if file.is_file() and file.relative_to(SOURCES).parts[0] in folders:
            digest.update(str(file.relative_to(SOURCES)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]
