"""The files volume of a cluster that is not on this machine: a claim, reached through a pod."""

import io
import json
import shlex
import shutil
import subprocess
import tarfile
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from demo_run.backend import DemoError
from demo_run.files import write_manifest
from demo_run.jobs import DemoJob

VOLUME: Final = "/data"


class ClaimFiles:
    """The volume is a claim of a cluster somewhere: a small pod carries files in and out.

    The pod lives only while files are carried: a claim that one node at a time
    may mount must be free when the jobs begin.
    """

    folder = "in/demo"

    def __init__(self, namespace: str, manifests: Path, image: str) -> None:
        self._namespace = namespace
        self._manifests = manifests
        self._image = image
        self._copies = Path(tempfile.mkdtemp(prefix="pimjobs-demo-"))

    def bring(self, catalogue: Path) -> None:
        """Stream a tar of the catalogue into the claim."""
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            tar.add(catalogue, arcname=".", filter=_without_expectations)
        unpack = f"mkdir -p {VOLUME}/{self.folder} && tar -x -C {VOLUME}/{self.folder}"
        with self._carrier() as pod:
            self._run(pod, ["sh", "-c", unpack], archive.getvalue())

    def database(self) -> Path | None:
        """Fetch the embedded catalogue, with what SQLite has not merged into it yet."""
        with self._carrier() as pod:
            list_files = f"cd {VOLUME} && ls catalog.db catalog.db-wal 2>/dev/null; true"
            names = self._run(pod, ["sh", "-c", list_files]).decode().split()
            for name in names:
                content = self._run(pod, ["cat", f"{VOLUME}/{name}"])
                (self._copies / name).write_bytes(content)
        return self._copies / "catalog.db" if "catalog.db" in names else None

    def read(self, url: str) -> bytes:
        """Fetch one file."""
        path = unquote(urlsplit(url).path).removeprefix("/data/")
        with self._carrier() as pod:
            return self._run(pod, ["cat", f"{VOLUME}/{path}"])

    def manifest(self, job: DemoJob) -> Path:
        """Write it here."""
        return write_manifest(job, self.folder, self._manifests)

    def close(self) -> None:
        """Remove the copies."""
        shutil.rmtree(self._copies)

    @contextmanager
    def _carrier(self) -> Iterator[str]:
        name = f"demo-files-{uuid.uuid4().hex[:5]}"
        try:
            self._kubectl(["create", "-f", "-"], json.dumps(self._pod(name)).encode())
            self._kubectl(["wait", "--for=condition=Ready", f"pod/{name}", "--timeout=120s"])
            yield name
        finally:
            self._kubectl(["delete", "pod", name, "--ignore-not-found", "--grace-period=0"])

    def _run(self, pod: str, command: list[str], stdin: bytes = b"") -> bytes:
        return self._kubectl(["exec", "-i", pod, "--", *command], stdin)

    def _kubectl(self, arguments: list[str], stdin: bytes = b"") -> bytes:
        command = ["kubectl", "-n", self._namespace, *arguments]
        done = subprocess.run(command, input=stdin, capture_output=True, check=False)
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip()
            raise DemoError(
                f"The files could not be carried: {shlex.join(command)}\n{said}\n"
                "The demo needs claim pimjob-data in the namespace, and the right to create"
                " pods there and to exec into them."
            )
        return done.stdout

    def _pod(self, name: str) -> dict[str, Any]:
        """Return a pod that satisfies the restricted pod security standard."""
        container = {
            "name": "files",
            "image": self._image,
            "command": ["sleep", "600"],
            "volumeMounts": [{"name": "data", "mountPath": VOLUME}],
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
            },
        }
        user = 65532
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name},
            "spec": {
                "restartPolicy": "Never",
                "terminationGracePeriodSeconds": 0,
                "automountServiceAccountToken": False,
                "securityContext": {
                    "runAsNonRoot": True,
                    "runAsUser": user,
                    "runAsGroup": user,
                    "fsGroup": user,
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
                "containers": [container],
                "volumes": [
                    {"name": "data", "persistentVolumeClaim": {"claimName": "pimjob-data"}}
                ],
            },
        }


def _without_expectations(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Leave out what only this side needs, and whose files they are here."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return None if "expected" in entry.name else entry
