"""The two calls that a runner makes to the API server, on the standard library.

The official client would cost 0.2 s of CPU and 25 MiB before the first item.
"""

import http.client
import json
import os
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pimjob_api.names import GROUP, MANAGER_RUNNER, PLURAL_PIMJOB, VERSION

_MOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
TIMEOUT_SECONDS = 5.0


class ApiUnavailableError(Exception):
    """The API server did not answer, or answered that it can't now. Trying again may help."""


class ApiRefusedError(Exception):
    """The API server refused the request. `status` is the HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class ApiServer:
    """Where the API server is and how to show who we are. The token rotates: it is a file."""

    host: str
    port: int
    certificate_authority: Path
    token: Path


def in_cluster() -> ApiServer:
    """Find the API server from inside a pod."""
    return ApiServer(
        host=os.environ["KUBERNETES_SERVICE_HOST"],
        port=int(os.environ["KUBERNETES_SERVICE_PORT"]),
        certificate_authority=_MOUNT / "ca.crt",
        token=_MOUNT / "token",
    )


class PimJobClient:
    """One PimJob on the API server. Keeps a connection; used by one thread at a time."""

    def __init__(self, server: ApiServer, *, namespace: str, name: str) -> None:
        self._server = server
        self._path = (
            f"/apis/{GROUP}/{VERSION}/namespaces/{quote(namespace)}/{PLURAL_PIMJOB}/{quote(name)}"
        )
        self._tls = ssl.create_default_context(cafile=str(server.certificate_authority))
        self._connection: http.client.HTTPSConnection | None = None

    def get(self) -> dict[str, Any]:
        """Read the PimJob."""
        return self._request("GET", self._path)

    def apply_status(self, body: dict[str, Any]) -> dict[str, Any]:
        """Server-side apply the runner's part of the status; return the PimJob, spec included."""
        return self._request(
            "PATCH",
            f"{self._path}/status?fieldManager={MANAGER_RUNNER}&force=true",
            body=json.dumps(body, separators=(",", ":")).encode(),
            content_type="application/apply-patch+yaml",
        )

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _request(
        self, method: str, path: str, *, body: bytes | None = None, content_type: str | None = None
    ) -> dict[str, Any]:
        headers = {"Accept": "application/json", "Authorization": f"Bearer {self._token()}"}
        if content_type is not None:
            headers["Content-Type"] = content_type
        try:
            status, answer = self._exchange(method, path, body, headers)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise ApiUnavailableError(f"{method} {self._path}: {error!r}") from error
        return _decode(status, answer)

    def _exchange(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        if self._connection is None:
            self._connection = http.client.HTTPSConnection(
                self._server.host, self._server.port, timeout=TIMEOUT_SECONDS, context=self._tls
            )
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        return response.status, response.read()

    def _token(self) -> str:
        # Read each time: the kubelet replaces it about every hour.
        return self._server.token.read_text(encoding="ascii").strip()


def _decode(status: int, answer: bytes) -> dict[str, Any]:
    if status in {408, 429} or status >= 500:  # noqa: PLR2004 - HTTP's server errors
        raise ApiUnavailableError(f"HTTP {status}")
    try:
        decoded = json.loads(answer)
    except ValueError as error:
        raise ApiUnavailableError(f"HTTP {status} with a body that is not JSON") from error
    if status >= 400:  # noqa: PLR2004 - HTTP's client errors
        raise ApiRefusedError(status, f"HTTP {status}: {decoded.get('message', '')}")
    return dict(decoded)
