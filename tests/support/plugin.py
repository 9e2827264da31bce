"""Runs `kubectl pimjob` as a process of its own, and puts PimJobs before it."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.control_plane import Api
from support.pimjobs import pimjob

OURS = "/apis/pimjobs.dev/v1alpha1"
PROGRAM = str(Path(sys.executable).with_name("kubectl-pimjob"))
AGE = re.compile(r"\b(?:\d+[wdhms]){1,2}\b(?=(?:\s+ago|$))", re.MULTILINE)
IMAGE = "registry.example.com/pimjobs/runner:0.1.0"


@dataclass(frozen=True)
class Done:
    """What a command has printed, and its exit code."""

    out: str
    err: str
    code: int

    @property
    def rows(self) -> list[list[str]]:
        """The cells of a table, without its headers."""
        return [re.split(r"\s{3,}", line) for line in self.out.splitlines()[1:]]

    @property
    def names(self) -> list[str]:
        """The first column."""
        return [row[0] for row in self.rows]


@dataclass(frozen=True)
class Plugin:
    """The plugin, for one namespace."""

    kubeconfig: Path
    namespace: str
    home: Path

    @property
    def environment(self) -> dict[str, str]:
        """What it is started with."""
        path = f"{Path(PROGRAM).parent}{os.pathsep}{os.environ['PATH']}"
        own = {"KUBECONFIG": str(self.kubeconfig), "HOME": str(self.home), "PATH": path}
        inherited = {k: v for k, v in os.environ.items() if k not in {"NO_COLOR", "COLUMNS"}}
        return {**inherited, **own, "TMPDIR": str(self.home)}

    def __call__(
        self, *arguments: str, stdin: str = "", through: tuple[str, ...] = (PROGRAM,), **env: str
    ) -> Done:
        command = [*through, *arguments, f"--namespace={self.namespace}"]
        done = subprocess.run(
            command,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            env={**self.environment, **env},
            cwd=self.home,
        )
        return Done(done.stdout, done.stderr, done.returncode)


@dataclass(frozen=True)
class Jobs:
    """PimJobs of a namespace, with whatever status a test needs."""

    api: Api
    namespace: str

    @property
    def path(self) -> str:
        return f"{OURS}/namespaces/{self.namespace}/pimjobs"

    def put(
        self,
        name: str,
        status: dict[str, Any] | None = None,
        *,
        labels: dict[str, str] | None = None,
        **spec: Any,
    ) -> dict[str, Any]:
        """Create one; return it."""
        body = pimjob(name, **{"user": "admin", "type": "csv_product_import", **spec})
        body["metadata"]["labels"] = labels or {}
        made: dict[str, Any] = self.api.create(self.path, body)
        return self.report(name, status) if status else made

    def put_many(self, count: int, status: dict[str, Any], prefix: str = "job") -> None:
        """Create many."""
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: self.put(f"{prefix}-{n:03d}", status), range(count)))

    def report(self, name: str, status: dict[str, Any]) -> dict[str, Any]:
        """Merge this into the status."""
        merged = {"status": status}
        found: dict[str, Any] = self.api.patch(f"{self.path}/{name}/status", merged)
        return found

    def read(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.api.get(f"{self.path}/{name}")
        return found

    def all(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.api.get(self.path)["items"]
        return found


def without_ages(text: str) -> str:
    """Return an output without what depends on when it was made."""
    return AGE.sub("AGE", text)


def attempt(job: str, number: int = 1, **fields: Any) -> dict[str, Any]:
    """Return an attempt as the operator records it."""
    return {
        "number": number,
        "job": f"{job}-{number}",
        "pod": f"{job}-{number}-abcde",
        "image": IMAGE,
        "startTime": "2026-11-27T16:00:00Z",
        **fields,
    }
