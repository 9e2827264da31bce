"""`make images`: all of ours and PostgreSQL, built and loaded into the local cluster.

Tags are digests of the sources: an image that is there already is up to date.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import base_image
import binaries
import builder
import pip_settings
from console import CannotGoOnError, fail, part, say
from layout import Layout, layout
from prerequisites import require_root

from cluster import ctr

_PYTHON_SOURCES = (
    "Dockerfile",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "requirements",
    "crds/pimjob_api",
    "job_runner",
    "kube",
    "operator",
    "notifier",
)
MIB = 2**20


@dataclass(frozen=True)
class Image:
    """One image to build. `base` goes into build argument `base_argument`."""

    component: str
    context: str
    sources: tuple[str, ...]
    base: base_image.Base
    base_argument: str
    file: str = "Dockerfile"
    target: str = ""

    def name(self, checkout: Path) -> str:
        """Return the image's name, its tag the digest of what it is made from."""
        digest = hashlib.sha256((os.environ.get(self.base_argument) or self.base.image).encode())
        for source in self.sources:
            _add(digest, checkout / source, checkout)
        return f"localhost/pimjobs/{self.component}:{digest.hexdigest()[:12]}"


RUNNER = Image("runner", ".", _PYTHON_SOURCES, base_image.PYTHON, "PYTHON_IMAGE", target="runner")
OPERATOR = Image(
    "operator", ".", _PYTHON_SOURCES, base_image.PYTHON, "PYTHON_IMAGE", target="operator"
)
NOTIFIER = Image(
    "notifier", ".", _PYTHON_SOURCES, base_image.PYTHON, "PYTHON_IMAGE", target="notifier"
)
POSTGRES = Image(
    "postgres", "dev/images", ("dev/images",), base_image.POSTGRES, "BASE", "Dockerfile.postgres"
)
IMAGES = (RUNNER, OPERATOR, NOTIFIER, POSTGRES)


def _add(digest: "hashlib._Hash", path: Path, root: Path) -> None:
    files = [path] if path.is_file() else sorted(f for f in path.rglob("*") if f.is_file())
    for file in files:
        if "__pycache__" not in file.parts:
            digest.update(str(file.relative_to(root)).encode() + b"\0" + file.read_bytes())


def build(where: Layout, wanted: Sequence[Image] = IMAGES) -> None:
    """Build and load whatever has changed."""
    require_root()
    tool = builder.choose()
    for image in wanted:
        name = image.name(where.checkout)
        if not tool.has_image(name):
            # Whoever has a registry may name a base in it instead.
            base = os.environ.get(image.base_argument) or base_image.make(image.base, tool, where)
            with part(f"Building {name}"), pip_settings.secrets() as secrets:
                tool.build(_recipe(image, name, base, secrets, where))
        load(name, tool, where)


def _recipe(
    image: Image, name: str, base: str, secrets: dict[str, Path], where: Layout
) -> builder.Recipe:
    context = where.checkout / image.context
    return builder.Recipe(
        image=name,
        file=context / image.file,
        context=context,
        target=image.target,
        arguments={image.base_argument: base},
        secrets=secrets,
    )


def load(name: str, tool: builder.Builder, where: Layout) -> None:
    """Put an image of the builder's store into the cluster's, unless it is there."""
    command = ctr(where, binaries.build(where))
    found = subprocess.run(
        [*command, "images", "list", "--quiet", f"name=={name}"],
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode != 0:
        raise CannotGoOnError("no local cluster runs; start it with: make cluster")
    if name in found.stdout:
        say(f"  {name}: up to date")
        return
    with tempfile.TemporaryDirectory() as folder, part(f"Loading {name}"):
        archive = Path(folder) / "image.tar"
        tool.export(name, archive)
        size = archive.stat().st_size / MIB
        subprocess.run(
            [*command, "images", "import", "--local", str(archive)],
            check=True,
            capture_output=True,
        )
    say(f"  {name}: {size:.0f} MiB packed")


def main() -> int:
    """Build for the local cluster, or say what to do for another one."""
    if os.environ.get("CLUSTER") == "current":
        say("CLUSTER=current: build and push the images to a registry that your cluster reaches:")
        for component in ("operator", "runner"):
            say(f"  docker build --target {component} --tag REGISTRY/pimjobs/{component}:TAG .")
        say("then: make install OPERATOR_IMAGE=… RUNNER_IMAGE=… CLUSTER=current")
        return 0
    try:
        build(layout())
    except CannotGoOnError as error:
        return fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
