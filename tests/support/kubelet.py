"""Runs the pods of a namespace as processes of this machine: real runners, no containers.

As much of a kubelet as PimJobs need: a pod's environment, its start and its end with the
termination message, SIGTERM when it is deleted. Where there are no nodes, a deleted pod is gone
at once.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pimjob_api import names
from support.control_plane import ROOT, TOKEN, Api, wait_for
from support.place import Place

PERIOD_SECONDS = 0.2
ATTEMPT = Path(__file__).with_name("attempt.py")


@dataclass(frozen=True)
class Running:
    """A pod's process, and where it leaves its last words."""

    pod: dict[str, Any]
    process: subprocess.Popen[bytes]
    message: Path
    started: str


class Kubelet:
    """Runs pods until it is closed. Each PimJob has a SQLite of its own but those in `database`."""

    def __init__(self, place: Place, authority: Path, folder: Path) -> None:
        self.database: dict[str, str] = {}
        self._place = place
        self._authority = authority
        self._folder = folder
        self._killed: dict[str, str] = {}
        self._running: dict[str, Running] = {}
        self._known: set[str] = set()
        self._closing = threading.Event()
        (folder / "token").write_text(TOKEN)

    def kill(self, job: str, reason: str = "OOMKilled") -> None:
        """End an attempt's process as the kernel would; the pod will say why."""
        found = wait_for(lambda: self._of(job), f"{job} to run", seconds=20)
        self._killed[found.pod["metadata"]["uid"]] = reason
        found.process.kill()

    def run(self) -> None:
        """Look after pods until closed; end those that are left."""
        while not self._closing.wait(PERIOD_SECONDS):
            self._look()
        for found in self._running.values():
            found.process.kill()
            found.process.wait()

    def close(self) -> None:
        """Have `run` end."""
        self._closing.set()

    def _of(self, job: str) -> Running | None:
        label = "batch.kubernetes.io/job-name"
        running = list(self._running.values())
        return next((r for r in running if r.pod["metadata"]["labels"].get(label) == job), None)

    def _look(self) -> None:
        pods = {pod["metadata"]["uid"]: pod for pod in self._place.pods()}
        for uid, pod in pods.items():
            if uid not in self._known:
                self._known.add(uid)
                self._running[uid] = self._start(pod)
        for uid, found in list(self._running.items()):
            if uid not in pods:
                found.process.send_signal(signal.SIGTERM)
            if found.process.poll() is not None:
                del self._running[uid]
                if uid in pods:
                    self._tell_end(found)

    def _start(self, pod: dict[str, Any]) -> Running:
        uid, started = pod["metadata"]["uid"], _now()
        message = self._folder / f"{uid}.message"
        message.touch()
        url = urlsplit(self._place.api.url)
        command = (str(ATTEMPT), str(url.hostname), str(url.port), str(self._authority),
                   str(self._folder / "token"))  # fmt: skip
        with (self._folder / f"{uid}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, *command], env=self._environment(pod, message), stderr=log
            )
        self._write(pod, "Running", {"running": {"startedAt": started}})
        return Running(pod, process, message, started)

    def _environment(self, pod: dict[str, Any], message: Path) -> dict[str, str]:
        own = {item["name"]: item.get("value") for item in pod["spec"]["containers"][0]["env"]}
        name = str(own[names.ENV_NAME])
        return {
            **os.environ,
            **{key: value for key, value in own.items() if value is not None},
            "PYTHONPATH": str(ROOT / "tests" / "runner" / "plugin"),
            names.ENV_POD_UID: pod["metadata"]["uid"],
            names.ENV_DATABASE_URL: self.database.get(name, f"sqlite:///{self._folder / name}.db"),
            names.ENV_FILES_URL: f"file://{self._folder}",
            names.ENV_TERMINATION_LOG: str(message),
        }

    def _tell_end(self, found: Running) -> None:
        killed = self._killed.get(found.pod["metadata"]["uid"])
        code = 137 if killed else found.process.returncode
        ended = {
            "exitCode": code,
            "reason": killed or ("Error" if code else "Completed"),
            "message": "" if killed else found.message.read_text(),
            "startedAt": found.started,
            "finishedAt": _now(),
        }
        self._write(found.pod, "Failed" if code else "Succeeded", {"terminated": ended})

    def _write(self, pod: dict[str, Any], phase: str, state: dict[str, Any]) -> None:
        container = {"name": names.RUNNER_CONTAINER, "image": "x", "imageID": "", "ready": False,
                     "restartCount": 0, "state": state}  # fmt: skip
        path = self._place.path("pods", pod["metadata"]["name"]) + "/status"
        status = {"phase": phase, "containerStatuses": [container]}
        # Refused, if the pod was deleted meanwhile.
        self._place.api.refusal(path, {"status": status})


@contextmanager
def kubelet(place: Place, authority: Path, folder: Path) -> Iterator[Kubelet]:
    """Run the pods of a place for as long as the block lasts."""
    # An Api of its own: pools of connections are not shared between threads.
    port = urlsplit(place.api.url).port
    assert port is not None
    own = Place(Api(port, authority), place.namespace)
    made = Kubelet(own, authority, folder)
    thread = threading.Thread(target=made.run, name="kubelet")
    thread.start()
    try:
        yield made
    finally:
        made.close()
        thread.join()


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
