"""Builds and exports images without a daemon."""

import os
import subprocess
from pathlib import Path

from console import CannotGoOnError

_ENVIRONMENT = {"STORAGE_DRIVER": "overlay", "BUILDAH_ISOLATION": "chroot"}
CERTIFICATES = "/etc/ssl/certs"
PIP_CONFIGURATION = Path("/etc/pip.conf")


def buildah(*arguments: str) -> str:
    """Run buildah, return what it prints."""
    done = subprocess.run(
        ["buildah", *arguments],
        env=os.environ | _ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        tail = (done.stdout + done.stderr)[-4000:]
        raise CannotGoOnError(f"buildah {' '.join(arguments[:2])} failed:\n{tail}")
    return done.stdout


def has_image(name: str) -> bool:
    """Whether the local store has the image."""
    found = subprocess.run(
        ["buildah", "inspect", "--type", "image", name],
        env=os.environ | _ENVIRONMENT,
        capture_output=True,
        check=False,
    )
    return found.returncode == 0


def build(*, context: Path, target: str, image: str, arguments: dict[str, str]) -> None:
    """Build one target of the Dockerfile. Layers are kept for the next time."""
    # How this machine reaches its package index and which certificates it trusts
    # are needed while building and must not get into an image: mounts, not copies.
    mounts = [f"--volume={CERTIFICATES}:{CERTIFICATES}:ro"]
    if PIP_CONFIGURATION.exists():
        mounts.append(f"--volume={PIP_CONFIGURATION}:{PIP_CONFIGURATION}:ro")
    buildah(
        *("build", "--layers", "--network=host", f"--target={target}", f"--tag={image}"),
        *(f"--build-arg={name}={value}" for name, value in arguments.items()),
        *mounts,
        str(context),
    )


def export(image: str, archive: Path) -> None:
    """Write an image as an archive that containerd imports."""
    archive.unlink(missing_ok=True)
    buildah("push", "--quiet", image, f"oci-archive:{archive}:{image}")
