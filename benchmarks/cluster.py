"""The API server of the cluster that benchmarks run on."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import urllib3

from pimjob_kube.connection import connect

ROOT = Path(__file__).resolve().parent.parent


class Cluster:
    """The few calls that benchmarks make."""

    def __init__(self, *, kubeconfig: Path, namespace: str) -> None:
        connection = connect(kubeconfig)
        self.namespace = namespace
        self._server = connection.server
        self._pool = urllib3.PoolManager(ssl_context=connection.tls())

    def open(self, path: str, query: dict[str, Any] | None = None) -> urllib3.BaseHTTPResponse:
        """Begin a GET whose body comes bit by bit."""
        return self._pool.request(
            "GET", self._server + path, fields=query, preload_content=False, timeout=None
        )

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: dict[str, Any] | None = None,
        content_type: str = "application/json",
    ) -> Any:
        """Call the API server and decode JSON; fail on an error."""
        answer = self._pool.request(
            method,
            self._server + path + ("?" + urlencode(query) if query else ""),
            body=None if body is None else json.dumps(body),
            headers={"Accept": "application/json", "Content-Type": content_type},
        )
        if answer.status >= 400:
            sys.exit(f"{method} {path}: HTTP {answer.status}: {answer.data.decode()}")
        return json.loads(answer.data)

    def merge(self, path: str, change: dict[str, Any]) -> Any:
        """Change an object."""
        return self.request("PATCH", path, change, content_type="application/merge-patch+json")

    def watch(self, path: str, version: str) -> Iterator[dict[str, Any]]:
        """Yield objects as they change, for five minutes."""
        query = {"watch": "true", "resourceVersion": version, "timeoutSeconds": "300"}
        pending = b""
        for block in self.open(path, query).stream(amt=None):
            *lines, pending = (pending + block).split(b"\n")
            for line in lines:
                yield json.loads(line)["object"]

    def text(self, path: str) -> str:
        """GET a plain text resource."""
        return self._pool.request("GET", self._server + path).data.decode()
