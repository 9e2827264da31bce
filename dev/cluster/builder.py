"""Builds images with what is here: buildah, or a Docker engine. No registry is needed."""

import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from console import CannotGoOnError
from prerequisites import IMAGE_PACKAGES, require_packages


@dataclass(frozen=True)
class Recipe:
    """One image to build."""

    image: str
    file: Path
    context: Path
    target: str = ""
    arguments: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, Path] = field(default_factory=dict)
    """Files that are there while building and never in the image, by id."""

    def flags(self) -> list[str]:
        """Return the command line, which buildah and Docker share."""
        return [
            "--network=host",
            f"--tag={self.image}",
            f"--file={self.file}",
            *([f"--target={self.target}"] if self.target else []),
            *(f"--build-arg={name}={value}" for name, value in self.arguments.items()),
            *(f"--secret=id={name},src={file}" for name, file in self.secrets.items()),
            str(self.context),
        ]


class Builder(Protocol):
    """A store of images and what fills it. Methods raise CannotGoOnError with what failed."""

    def has_image(self, name: str) -> bool:
        """Whether the store has the image."""

    def import_root(self, archive: Path, name: str) -> None:
        """Make an image from the tar archive of a root file system."""

    def build(self, recipe: Recipe) -> None:
        """Build an image; layers are kept for the next time."""

    def export(self, name: str, archive: Path) -> None:
        """Write an image as an archive that containerd imports."""

    def opened(self, name: str) -> AbstractContextManager[Path]:
        """Give the root file system of an image to be read for as long as the block lasts."""


class Buildah:
    """Builds without a daemon."""

    def has_image(self, name: str) -> bool:
        """See Builder."""
        return _buildah("inspect", "--type=image", name).returncode == 0

    def import_root(self, archive: Path, name: str) -> None:
        """See Builder."""
        container = _output(_buildah("from", "scratch")).strip()
        try:
            _output(_buildah("add", "--quiet", container, str(archive), "/"))
            _output(_buildah("commit", "--quiet", container, name))
        finally:
            _output(_buildah("rm", container))

    def build(self, recipe: Recipe) -> None:
        """See Builder."""
        _output(_buildah("build", "--layers", *recipe.flags()))

    def export(self, name: str, archive: Path) -> None:
        """See Builder."""
        _output(_buildah("push", "--quiet", name, f"oci-archive:{archive}:{name}"))

    @contextmanager
    def opened(self, name: str) -> Iterator[Path]:
        """See Builder."""
        container = _output(_buildah("from", "--pull-never", name)).strip()
        try:
            yield Path(_output(_buildah("mount", container)).strip())
        finally:
            _output(_buildah("rm", container))


class Docker:
    """Builds in a Docker engine."""

    def has_image(self, name: str) -> bool:
        """See Builder."""
        return _docker("image", "inspect", name).returncode == 0

    def import_root(self, archive: Path, name: str) -> None:
        """See Builder."""
        _output(_docker("import", str(archive), name))

    def build(self, recipe: Recipe) -> None:
        """See Builder."""
        _output(_docker("build", "--quiet", *recipe.flags()))

    def export(self, name: str, archive: Path) -> None:
        """See Builder."""
        _output(_docker("save", f"--output={archive}", name))

    @contextmanager
    def opened(self, name: str) -> Iterator[Path]:
        """See Builder."""
        container = _output(_docker("create", "--pull=never", name)).strip()
        try:
            with tempfile.TemporaryDirectory() as folder:
                archive, root = Path(folder) / "root.tar", Path(folder) / "root"
                _output(_docker("export", f"--output={archive}", container))
                with tarfile.open(archive) as tar:
                    tar.extractall(root, filter="data")
                yield root
        finally:
            _output(_docker("rm", container))


def choose() -> Builder:
    """Return what is here; buildah is installed if nothing is."""
    # A Docker client without an engine builds nothing.
    if shutil.which("buildah") is None and _engine_answers():
        return Docker()
    require_packages(IMAGE_PACKAGES)
    return Buildah()


def _engine_answers() -> bool:
    return shutil.which("docker") is not None and _docker("info").returncode == 0


def _buildah(*arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {"STORAGE_DRIVER": "overlay", "BUILDAH_ISOLATION": "chroot"}
    return _run(["buildah", *arguments], environment)


def _docker(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return _run(["docker", *arguments], {"DOCKER_BUILDKIT": "1"})


def _run(command: list[str], environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    merged = os.environ | environment
    return subprocess.run(command, env=merged, capture_output=True, text=True, check=False)


def _output(done: "subprocess.CompletedProcess[str]") -> str:
    if done.returncode != 0:
        tail = (done.stdout + done.stderr)[-4000:]
        raise CannotGoOnError(f"{' '.join(done.args[:3])} failed:\n{tail}")
    return str(done.stdout)
