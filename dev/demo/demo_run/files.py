"""How the catalogue's files get to the jobs, and the database back: a folder, or through a pod."""

import json
import shutil
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from demo_run.jobs import DemoJob


class Files(Protocol):
    """The files volume of a cluster."""

    folder: str
    """Where the CSV files are, relative to the volume's root."""

    def bring(self, catalogue: Path) -> None:
        """Make the catalogue's files readable for the jobs."""

    def database(self) -> Path | None:
        """Return the embedded catalogue to read, None if there is none yet."""

    def read(self, url: str) -> bytes:
        """Read one file."""

    def manifest(self, job: DemoJob) -> Path:
        """Write a job's PimJob where a person can apply it from; return the file."""

    def close(self) -> None:
        """Remove what was made for the transport."""


class SharedFolder:
    """The volume is a folder of this machine, as in the local cluster."""

    folder = "in"

    def __init__(self, data: Path, manifests: Path) -> None:
        self._data = data
        self._manifests = manifests

    def bring(self, catalogue: Path) -> None:
        """Copy nothing: the catalogue was made in the volume."""
        if catalogue != self._data / self.folder:
            shutil.copytree(catalogue, self._data / self.folder, dirs_exist_ok=True)

    def database(self) -> Path | None:
        """Return the file that the jobs wrote."""
        path = self._data / "catalog.db"
        return path if path.exists() else None

    def read(self, url: str) -> bytes:
        """Read a file below /data."""
        return (self._data / unquote(urlsplit(url).path).removeprefix("/data/")).read_bytes()

    def manifest(self, job: DemoJob) -> Path:
        """Write it beside the volume."""
        return write_manifest(job, self.folder, self._manifests)

    def close(self) -> None:
        """Leave everything."""


def write_manifest(job: DemoJob, folder: str, into: Path) -> Path:
    """Write a PimJob; JSON is YAML. It has no name but the beginning of one: `create` it."""
    into.mkdir(parents=True, exist_ok=True)
    path = into / f"{job.file.removesuffix('.csv')}.yaml"
    path.write_text(json.dumps(job.manifest(folder), indent=2) + "\n", encoding="utf-8")
    return path
