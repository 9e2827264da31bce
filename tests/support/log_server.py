"""What the API server asks a kubelet for a log, where a cluster has no kubelet."""

import ssl
import subprocess
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from support.control_plane import Api

LAST = "the last line"


class LogServer:
    """A node whose containers have said what tests put here."""

    def __init__(self, api: Api, name: str) -> None:
        self._api, self.name = api, name
        self.logs: dict[str, list[str]] = {}
        self.asked: list[dict[str, str]] = []
        self.open: dict[str, threading.Event] = {}
        """A pod whose log goes on until its event is set."""
        self._ending = threading.Lock()
        self.breaks: dict[str, int] = {}
        """After how many lines the first answer about a running pod ends, as if that were all."""

    def pod(
        self, namespace: str, job: dict[str, Any], number: int, *lines: str, bound: bool = True
    ) -> str:
        """Create the pod of an attempt, with this log; return its name."""
        name = f"{job['metadata']['name']}-{number}-abcde"
        labels = {
            "pimjobs.dev/job-uid": job["metadata"]["uid"],
            "pimjobs.dev/attempt": str(number),
        }
        self._api.create(
            f"/api/v1/namespaces/{namespace}/pods",
            {
                "metadata": {"name": name, "labels": labels},
                "spec": {
                    "containers": [{"name": "runner", "image": "runner"}],
                    **({"nodeName": self.name} if bound else {}),
                },
            },
        )
        self.logs[name] = list(lines)
        if bound:
            self._report(namespace, name, "Running")
        return name

    def bind(self, namespace: str, pod: str) -> None:
        """Let a pod be scheduled."""
        target = {"kind": "Node", "name": self.name}
        body = {"metadata": {"name": pod}, "target": target}
        self._api.create(f"/api/v1/namespaces/{namespace}/pods/{pod}/binding", body)
        self._report(namespace, pod, "Running")

    def _report(self, namespace: str, pod: str, phase: str) -> None:
        path = f"/api/v1/namespaces/{namespace}/pods/{pod}/status"
        self._api.patch(path, {"status": {"phase": phase}})

    def answer(self, path: str, query: dict[str, str]) -> Iterator[bytes]:
        """Yield the lines of a log. Whoever follows it to its end finds the pod ended."""
        _, _, namespace, pod, container = path.split("/")
        assert container == "runner"
        self.asked.append(query)
        for number, line in enumerate(self._lines(pod, query)):
            if "follow" in query and number == self.breaks.get(pod):
                del self.breaks[pod]
                return
            yield line
        if "follow" in query:
            self._report(namespace, pod, "Succeeded")

    def _lines(self, pod: str, query: dict[str, str]) -> Iterator[bytes]:
        lines, first = self.logs[pod], 0
        if "tailLines" in query:
            first = max(len(lines) - int(query["tailLines"]), 0)
        if "sinceTime" in query:
            first = next((n for n in range(len(lines)) if _stamp(n) >= query["sinceTime"]), first)
        for number in range(first, len(lines)):
            stamp = f"{_stamp(number)} " if query.get("timestamps") == "true" else ""
            yield f"{stamp}{lines[number]}\n".encode()
        if "follow" in query and pod in self.open and lines[-1] != LAST:
            self.open[pod].wait(20)
            with self._ending:
                if lines[-1] != LAST:  # as told to another who follows
                    lines.append(LAST)
            stamp = f"{_stamp(len(lines) - 1)} " if query.get("timestamps") == "true" else ""
            yield f"{stamp}{LAST}\n".encode()


def _stamp(number: int) -> str:
    """Return when a line was said, as a kubelet writes times."""
    return f"2026-01-01T00:00:{number:02d}.000000000Z"


@contextmanager
def log_server(api: Api, folder: Path) -> Iterator[LogServer]:
    """Register a node that answers."""
    server = LogServer(api, "logs")
    http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    http.daemon_threads = True
    http.socket = _tls(folder).wrap_socket(http.socket, server_side=True)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    api.create("/api/v1/nodes", {"metadata": {"name": server.name}})
    status = {
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": http.server_address[1]}},
    }
    api.patch(f"/api/v1/nodes/{server.name}/status", {"status": status})
    try:
        yield server
    finally:
        api.delete(f"/api/v1/nodes/{server.name}")
        http.shutdown()
        http.server_close()


def _handler(server: LogServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urllib.parse.urlsplit(self.path)
            self.send_response(200)
            self.end_headers()
            for line in server.answer(url.path, dict(urllib.parse.parse_qsl(url.query))):
                self.wfile.write(line)
                self.wfile.flush()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


def _tls(folder: Path) -> ssl.SSLContext:
    key, certificate = folder / "kubelet.key", folder / "kubelet.crt"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=kubelet"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*make, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
