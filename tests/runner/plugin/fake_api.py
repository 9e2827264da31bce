"""An API server for what the real one can't show on demand: outages, errors, silence.

It knows one PimJob, and of server-side apply only that one manager's fields are
replaced whole. What the real API server does is tested with the real one.
"""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pimjob_runner.reporting.kube import ApiServer

UID = "4a5f"


class FakeApi:
    """`trouble`: None, an HTTP status, "hang" or "drop"."""

    def __init__(self) -> None:
        self.job: dict[str, Any] = {
            "metadata": {"namespace": "pim", "name": "numbers", "uid": UID},
            "spec": {"type": "numbers", "parameters": {"count": 100, "chunk": 10}},
            "status": {},
        }
        self.trouble: int | str | None = None
        self.requests: list[str] = []
        self.reports: list[dict[str, Any]] = []
        self.changed = threading.Condition()
        self.closing = threading.Event()
        self.host = "127.0.0.1"
        self.port = 0
        self.timeout = 5.0

    @property
    def server(self) -> ApiServer:
        return ApiServer(host=self.host, port=self.port, timeout=self.timeout)

    def wait_for(self, condition: str, count: int) -> None:
        """Wait until there were `count` requests that begin with `condition`."""
        with self.changed:
            there = self.changed.wait_for(lambda: self.count(condition) >= count, timeout=20)
        assert there, f"{self.count(condition)} of {count} {condition}: {self.requests}"

    def count(self, method: str) -> int:
        return sum(request.startswith(method) for request in self.requests)

    def answer(self, request: str, body: bytes) -> tuple[int, dict[str, Any]]:
        with self.changed:
            self.requests.append(request)
            self.changed.notify_all()
            if isinstance(self.trouble, int):
                return self.trouble, {"message": "trouble"}
            if request.startswith("PATCH"):
                applied = json.loads(body)
                self.reports.append(applied["status"])
                self.job = {**self.job, "status": {**self.job["status"], **applied["status"]}}
            return 200, self.job


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of connections that were lost: here that is what is played."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def fake_api(host: str = "127.0.0.1") -> Iterator[FakeApi]:
    api = FakeApi()
    api.host = host

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if api.trouble in {"drop", "hang"}:
                with api.changed:
                    api.requests.append(f"lost {self.command}")
                    api.changed.notify_all()
                if api.trouble == "hang":
                    api.closing.wait()
                self.close_connection = True
                return
            status, found = api.answer(f"{self.command} {self.path}", body)
            answer = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_PATCH = _handle  # noqa: N815 - names of the base class

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    with _Server((host, 0), Handler) as server:
        api.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield api
        finally:
            api.closing.set()
            server.shutdown()
            thread.join()
