"""Base images from Debian packages: no registry of images is needed."""

import hashlib
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from builder import Builder
from console import CannotGoOnError, part
from layout import Layout
from prerequisites import BASE_PACKAGES, require_packages

SUITE = "bookworm"
# Nothing reads them in a container.
_NOT_NEEDED = (
    "usr/share/doc",
    "usr/share/man",
    "usr/share/locale",
    "usr/share/info",
    "var/cache",
    "var/lib/apt/lists",
    "var/log",
)


@dataclass(frozen=True)
class Base:
    """A root file system of Debian packages."""

    name: str
    packages: tuple[str, ...]
    about: str

    @property
    def image(self) -> str:
        """Return the image's name; its tag changes with its recipe."""
        digest = hashlib.sha256(repr((SUITE, self, _NOT_NEEDED)).encode()).hexdigest()[:12]
        return f"localhost/pimjobs/{self.name}:{digest}"


PYTHON = Base(
    "python", ("python3", "python3-venv", "ca-certificates"), "Python base (about a minute)"
)
POSTGRES = Base("postgres-base", ("postgresql-15",), "PostgreSQL base (about a minute)")


def make(base: Base, builder: Builder, layout: Layout) -> str:
    """Return the name of the base image, building it or taking it from the cache."""
    if builder.has_image(base.image):
        return base.image
    archive = layout.cache / "images" / f"{base.image.replace('/', '_').replace(':', '_')}.tar"
    if not archive.exists():
        require_packages(BASE_PACKAGES)
        with part(f"Making the {base.about}"):
            _bootstrap(base, archive)
    builder.import_root(archive, base.image)
    return base.image


def _bootstrap(base: Base, archive: Path) -> None:
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        root = Path(folder) / "root"
        include = ",".join(base.packages)
        _run("debootstrap", "--variant=minbase", f"--include={include}", SUITE, str(root))
        for path in _NOT_NEEDED:
            shutil.rmtree(root / path, ignore_errors=True)
            (root / path).mkdir(parents=True, exist_ok=True)
        unfinished = Path(folder) / "root.tar"
        _run("tar", "--create", f"--file={unfinished}", f"--directory={root}", ".")
        unfinished.rename(archive)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        tail = (done.stdout + done.stderr)[-2000:]
        raise CannotGoOnError(f"{command[0]} failed:\n{tail}")
