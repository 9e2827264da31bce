"""Reads files of a volume: in a pod of the job that runs, or in one made for it.

A pod that is made mounts the claim read-only, under the restricted standard or as the job's
own pods are, and ends by itself after a while if nobody deletes it.
"""

import contextlib
import hashlib
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from pimjob_api.names import API_VERSION, GROUP, KIND_PIMJOB, RUNNER_CONTAINER
from pimjob_cli import files, paths
from pimjob_cli.errors import CliError, ServerError, may_pass
from pimjob_cli.files import Place, Spec
from pimjob_cli.job import Job
from pimjob_cli.pods import trouble
from pimjob_cli.session import Session
from pimjob_cli.text import clean

LIFE_SECONDS = 900
_POLL = 0.5
_USER = 65532
_KEPT = ("imagePullSecrets", "securityContext", "nodeSelector", "tolerations", "affinity",
         "priorityClassName", "runtimeClassName")  # fmt: skip
"""What lets a job's pods be admitted, scheduled and started; nothing of who they are."""
_RESTRICTED_POD = {
    "runAsNonRoot": True,
    "runAsUser": _USER,
    "runAsGroup": _USER,
    "fsGroup": _USER,
    "seccompProfile": {"type": "RuntimeDefault"},
}
_RESTRICTED = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
_BLOCK = 1 << 20
_FORBIDDEN = 403
_LABEL_LENGTH = 63
# Runs there: sends one file of the volume, and its digest on standard error.
SEND = """\
import hashlib, os, sys
root, path = (os.path.realpath(argument) for argument in sys.argv[1:])
if os.path.commonpath([root, path]) != root:
    sys.exit("not sent: the file is a link to outside of the volume")
digest = hashlib.sha256()
try:
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            sys.stdout.buffer.write(block)
except OSError as error:
    sys.exit(f"not sent: {error.strerror}: {path}")
sys.stdout.buffer.flush()
sys.stderr.write("sha256 " + digest.hexdigest())
"""


@dataclass(frozen=True)
class Reader:
    """A pod that can read a volume."""

    session: Session
    namespace: str
    pod: str
    place: Place

    def send(self, path: str, to: BinaryIO) -> int:
        """Copy a file; return its bytes. Raises CliError if it did not arrive whole."""
        command = self.session.kubectl.command(
            *("exec", self.pod, f"--namespace={self.namespace}", f"--container={RUNNER_CONTAINER}"),
            *("--", "python3", "-c", SEND, self.place.mount, path),
        )
        digest, total = hashlib.sha256(), 0
        with subprocess.Popen(  # noqa: S603 - arguments, never a shell
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as running:
            if running.stdout is None or running.stderr is None:
                raise CliError("kubectl exec has no output")
            while block := running.stdout.read(_BLOCK):
                digest.update(block)
                to.write(block)
                total += len(block)
            said = running.stderr.read().decode(errors="replace").strip()
        if running.returncode:
            # kubectl adds a line of its own.
            said = said.split("\ncommand terminated")[0]
            raise CliError(said or f"kubectl exec ended with {running.returncode}")
        if f"sha256 {digest.hexdigest()}" not in said:
            raise CliError(f"{path} did not arrive whole; try again")
        return total


@contextlib.contextmanager
def reader(
    session: Session, job: Job, place: Place, image: str, pod: Spec, *, seconds: int
) -> Iterator[Reader]:
    """Yield a pod that can read the volume; one that was made for it is deleted."""
    running = running_pod(job)
    if running:
        yield Reader(session, job.namespace, running, place)
        return
    name = f"{job.name[:40].rstrip('-.')}-files-{os.urandom(4).hex()}"
    path = f"{paths.pods(job.namespace)}/{name}"
    with contextlib.ExitStack() as at_end:
        # Before it is asked for: the answer may be lost, or a signal come before it.
        at_end.callback(_delete, session, job.namespace, name)
        try:
            session.api.create(paths.pods(job.namespace), manifest(name, job, place, image, pod))
        except ServerError as error:
            if not may_pass(error):
                at_end.pop_all()  # none was made
            if error.status != _FORBIDDEN:
                raise
            raise CliError(_not_allowed(job.namespace, error)) from None
        _wait(session, path, seconds)
        yield Reader(session, job.namespace, name, place)


def _delete(session: Session, namespace: str, name: str) -> None:
    """Delete it; that this fails is no reason to hide how reading went."""
    try:
        session.api.delete(f"{paths.pods(namespace)}/{name}", gracePeriodSeconds="0")
    except CliError as error:
        if isinstance(error, ServerError):
            is_gone = error.is_missing
        else:
            is_gone = _is_deleted_by_another(session, namespace, name)
        if not is_gone:
            left = f"{name} is left, and ends by itself: {error}"
            session.terminal.say(clean(f"Warning: pod {left}"))


def _is_deleted_by_another(session: Session, namespace: str, name: str) -> bool:
    """Delete it with another kubectl: ours is gone after a signal to all of us, as of `timeout`."""
    done = session.kubectl.run(
        *("delete", "pod", name, f"--namespace={namespace}", "--ignore-not-found"),
        *("--now", "--wait=false", "--request-timeout=10s"),
    )
    return done.returncode == 0


def running_pod(job: Job) -> str | None:
    """Return the pod of the job's attempt, if it is at work."""
    last = job.attempts[-1] if job.attempts else {}
    at_work = job.phase in {"Running", "Pausing", "Stopping"} and not last.get("endTime")
    return last.get("pod") if at_work else None


def manifest(name: str, job: Job, place: Place, image: str, pod: Spec) -> dict[str, Any]:
    """Return the pod, made to run where and as the job's own do; `pod` is empty if none is known.

    Contexts of our own would keep it from files that only the user of the job's pods may read.
    """
    sleep = f"import time; time.sleep({LIFE_SECONDS})"
    container = files.runner_of(pod)
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "labels": {
                "app.kubernetes.io/managed-by": "kubectl-pimjob",
                f"{GROUP}/files-of": job.name[:_LABEL_LENGTH].rstrip("-."),
            },
            # Not as its controller, and not in the way of its deletion, which takes a permission.
            "ownerReferences": [
                {"apiVersion": API_VERSION, "kind": KIND_PIMJOB, "name": job.name, "uid": job.uid}
            ],
        },
        "spec": {
            **({} if pod else {"securityContext": _RESTRICTED_POD}),
            **{field: pod[field] for field in _KEPT if field in pod},
            "restartPolicy": "Never",
            "activeDeadlineSeconds": LIFE_SECONDS,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "containers": [
                {
                    "name": RUNNER_CONTAINER,
                    "image": image,
                    "imagePullPolicy": "IfNotPresent",
                    "command": ["python3", "-c", sleep],
                    "resources": {
                        "requests": {"cpu": "10m", "memory": "32Mi"},
                        "limits": {"memory": "64Mi"},
                    },
                    "securityContext": container.get("securityContext", {}) if pod else _RESTRICTED,
                    "volumeMounts": [{"name": "files", "mountPath": place.mount, "readOnly": True}],
                }
            ],
            "volumes": [
                {
                    "name": "files",
                    # Not readOnly here: some drivers attach a volume in one mode only.
                    "persistentVolumeClaim": {"claimName": place.claim},
                }
            ],
        },
    }


def _not_allowed(namespace: str, error: ServerError) -> str:
    return (
        "to read the files volume, a pod that mounts it has to be started, and it was refused:"
        f" {error}. You need: create, get and delete pods, create pods/exec, in {namespace}"
    )


def _wait(session: Session, path: str, seconds: int) -> None:
    """Wait until it runs, and say what it waits for."""
    deadline, said = time.monotonic() + seconds, ""
    while True:
        status = session.api.get(path).get("status") or {}
        if status.get("phase") == "Running":
            return
        if status.get("phase") in {"Failed", "Succeeded"}:
            raise CliError(f"the pod that reads the files ended: {trouble(status)}")
        waits = trouble(status)
        if time.monotonic() >= deadline:
            raise CliError(f"the pod that reads the files did not start in {seconds} s: {waits}")
        if waits != said:
            session.terminal.say(f"waiting for a pod that reads the files: {waits}")
            said = waits
        time.sleep(_POLL)
