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
AGE = re.compile(r"\b(?:\d+[dhms]){1,2}(?= ago\b)")
_NOT_INHERITED = {"NO_COLOR", "COLUMNS", "PYTHONUNBUFFERED"}
IMAGE = "registry.example.com/pimjobs/runner:0.1.0"
CSV = {"kind": "input", "name": "a.csv", "url": "file:///data/in/a.csv", "bytes": 2048}


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
        inherited = {k: v for k, v in os.environ.items() if k not in _NOT_INHERITED}
        return {**inherited, **own, "TMPDIR": str(self.home), "PYTHONWARNINGS": "error"}

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

    def put_many(self, count: int, status: dict[str, Any] | None = None) -> None:
        """Create many: job-000, job-001 and so on."""
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: self.put(f"job-{n:03d}", status), range(count)))

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


class Allow:
    """Makes a Role and binds it."""

    def __init__(self, api: Api, namespace: str) -> None:
        self._api, self._namespace = api, namespace

    def __call__(self, user: str, *rules: tuple[str, str, str]) -> None:
        """Rules are (group, resources, verbs), both separated by blanks."""
        path = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{self._namespace}"
        body = [
            {"apiGroups": [group], "resources": resources.split(), "verbs": verbs.split()}
            for group, resources, verbs in rules
        ]
        self._api.create(f"{path}/roles", {"metadata": {"name": user}, "rules": body})
        binding = {
            "metadata": {"name": user},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": user},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
        }
        self._api.create(f"{path}/rolebindings", binding)


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
