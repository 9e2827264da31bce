"""PimJobs in a namespace of the real cluster, as a user handles them: with kubectl."""

import contextlib
import json
import os
import signal
import sqlite3
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pimjob_runner.stores.errors import DatabaseUnavailableError
from pimjob_runner.stores.sqlite import SqliteDatabase
from support.control_plane import wait_for
from support.kube import kubectl, pimjob


@dataclass
class Jobs:
    """The PimJobs of one namespace, and its files volume."""

    namespace: str
    data: Path
    made: list[str] = field(default_factory=list)

    def create(self, **spec: Any) -> str:
        """Create a PimJob and return its name."""
        name = f"job-{uuid.uuid4().hex[:8]}"
        kubectl("-n", self.namespace, "create", "-f", "-", stdin=pimjob(name, **spec))
        self.made.append(name)
        return name

    def get(self, name: str) -> dict[str, Any]:
        """Read a PimJob."""
        text = kubectl("-n", self.namespace, "get", "pimjob", name, "-o", "json")
        found: dict[str, Any] = json.loads(text)
        return found

    def wait(self, name: str, path: str, value: str, *, seconds: int = 60) -> dict[str, Any]:
        """Wait until a field of the status has a value; return the status."""
        condition = f"--for=jsonpath={{.status.{path}}}={value}"
        kubectl("-n", self.namespace, "wait", f"pimjob/{name}", condition, f"--timeout={seconds}s")
        status: dict[str, Any] = self.get(name)["status"]
        return status

    def patch(self, name: str, **spec: Any) -> None:
        """Change the spec."""
        body = json.dumps({"spec": spec})
        kubectl("-n", self.namespace, "patch", "pimjob", name, "--type=merge", "-p", body)

    def delete_pod(self, name: str) -> None:
        """Delete the pod of the latest attempt, as a drain does."""
        pod = self.get(name)["status"]["attempts"][-1]["pod"]
        kubectl("-n", self.namespace, "delete", "pod", pod, "--wait=false")

    def kill_runner(self, name: str) -> None:
        """End the runner's process with SIGKILL, from outside of its container."""
        for pid in self.runner(name):
            os.kill(pid, signal.SIGKILL)

    def runner(self, name: str, attempt: int = 1) -> list[int]:
        """Return the processes of an attempt: this machine shows those of all its nodes."""
        wanted = {f"PIMJOB_NAME={name}".encode(), f"PIMJOB_ATTEMPT={attempt}".encode()}
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                environment = (process / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if wanted <= set(environment):
                found.append(int(process.name))
        return found

    def freeze_runner(self, name: str) -> list[int]:
        """Let the first attempt's processes stand still, between two transactions; return them.

        One that is frozen inside of a transaction keeps SQLite's lock, and the next attempt waits.
        """
        pids = self.runner(name)

        def freeze() -> bool:
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            if self._is_locked():
                self.thaw_runner(pids)
                return False
            return True

        wait_for(freeze, "a moment between two transactions")
        return pids

    def thaw_runner(self, pids: list[int]) -> None:
        """Let processes go on."""
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def _is_locked(self) -> bool:
        try:
            database = SqliteDatabase(self.data / "catalog.db", busy_seconds=0)
        except DatabaseUnavailableError:
            return True
        try:
            with database.transaction():
                return False
        except DatabaseUnavailableError:
            return True
        finally:
            database.close()

    def write(self, name: str, text: str) -> str:
        """Put a file into the files volume; return its URL."""
        (self.data / "in" / name).write_text(text, encoding="utf-8")
        return f"file:///data/in/{name}"

    def products(self, prefix: str) -> int:
        """Count the products whose identifier begins like this."""
        with sqlite3.connect(f"file:{self.data / 'catalog.db'}?mode=ro", uri=True) as database:
            sql = "SELECT count(*) FROM product WHERE identifier LIKE ?"
            (count,) = database.execute(sql, (f"{prefix}%",)).fetchone()
        database.close()
        return int(count)

    def describe(self) -> str:
        """Return what a failing test should show."""
        parts = []
        for name in self.made:
            commands = (
                ("-n", self.namespace, "get", "pimjob", name, "-o", "yaml"),
                ("-n", self.namespace, "describe", "pods", "-l", f"pimjobs.dev/job={name}"),
                ("-n", self.namespace, "logs", "-l", f"pimjobs.dev/job={name}", "--tail=50"),
            )
            parts += [f"# kubectl {' '.join(c)}\n{kubectl(*c, check=False)}" for c in commands]
        operator = ("-n", "pim", "logs", "deployment/pimjobs-operator", "--tail=50")
        return "\n".join([*parts, f"# the operator's log\n{kubectl(*operator, check=False)}"])


def counters(status: dict[str, Any], step: str) -> dict[str, int]:
    """Return the counters of one step."""
    found: dict[str, int] = next(s["counters"] for s in status["steps"] if s["name"] == step)
    return found
