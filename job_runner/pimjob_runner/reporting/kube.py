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

from pimjob_api import nesting
from pimjob_api.names import API_VERSION, GROUP, KIND_PIMJOB, MANAGER_RUNNER, PLURAL_PIMJOB, VERSION

NOT_FOUND = 404

_MOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


class ApiUnavailableError(Exception):
    """The API server did not answer, or answered that it can't now. Trying again may help."""


class ApiRefusedError(Exception):
    """The API server refused the request. `status` is the HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, kw_only=True)
class ApiServer:
    """Where the API server is and how to show who we are.

    The token rotates, so it is a file. Without `certificate_authority` it is
    plain HTTP, as `kubectl proxy` offers it. `timeout` is in seconds, of each
    wait for the network.
    """

    host: str
    port: int
    certificate_authority: Path | None = None
    token: Path | None = None
    timeout: float = 5.0


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

    def __init__(self, server: ApiServer, *, namespace: str, name: str, uid: str) -> None:
        self._server = server
        self._identity = {"namespace": namespace, "name": name, "uid": uid}
        self._path = (
            f"/apis/{GROUP}/{VERSION}/namespaces/{quote(namespace)}/{PLURAL_PIMJOB}/{quote(name)}"
        )
        self._connection: http.client.HTTPConnection | None = None

    def get(self) -> dict[str, Any]:
        """Read the PimJob. Raises ApiRefusedError 404 if it is gone or another one has its name."""
        return self._ours(self._request("GET", self._path))

    def apply_status(self, status: dict[str, Any]) -> dict[str, Any]:
        """Server-side apply the runner's fields of the status; return the PimJob, spec included.

        Raises ApiRefusedError 404 like `get`. Applied to a status the API server
        ignores the UID, so a first write to another PimJob of the same name is
        only noticed by its answer; that one's own runner soon replaces it.
        """
        body = {
            "apiVersion": API_VERSION,
            "kind": KIND_PIMJOB,
            "metadata": self._identity,
            "status": status,
        }
        # The API server reads an apply as YAML, which knows no surrogate pairs:
        # escaped, one emoji in a warning would have every report refused.
        text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
        path = f"{self._path}/status?fieldManager={MANAGER_RUNNER}&force=true"
        return self._ours(self._request("PATCH", path, body=text.encode()))

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ours(self, found: dict[str, Any]) -> dict[str, Any]:
        if found["metadata"]["uid"] != self._identity["uid"]:
            raise ApiRefusedError(NOT_FOUND, "The PimJob was deleted; another one has its name.")
        return found

    def _request(self, method: str, path: str, *, body: bytes | None = None) -> dict[str, Any]:
        # The server closes idle connections. Both requests may be repeated, so
        # one that fails on an old connection is sent again on a new one.
        if self._connection is not None:
            try:
                return _decode(*self._exchange(method, path, body))
            except ConnectionError:
                self.close()
            except (OSError, http.client.HTTPException) as error:
                raise self._unavailable(method, error) from error
        try:
            return _decode(*self._exchange(method, path, body))
        except (OSError, http.client.HTTPException) as error:
            raise self._unavailable(method, error) from error

    def _unavailable(self, method: str, error: Exception) -> ApiUnavailableError:
        self.close()
        return ApiUnavailableError(f"{method} {self._path}: {error!r}")

    def _exchange(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        if self._connection is None:
            self._connection = self._connect()
        self._connection.request(method, path, body, self._headers(body))
        response = self._connection.getresponse()
        return response.status, response.read()

    def _connect(self) -> http.client.HTTPConnection:
        server = self._server
        if server.certificate_authority is None:
            return http.client.HTTPConnection(server.host, server.port, timeout=server.timeout)
        return http.client.HTTPSConnection(
            server.host,
            server.port,
            timeout=server.timeout,
            context=ssl.create_default_context(cafile=str(server.certificate_authority)),
        )

    def _headers(self, body: bytes | None) -> dict[str, str]:
        headers = {"Accept": "application/json"}
        if self._server.token is not None:
            # Read each time: the kubelet replaces it about every hour.
            token = self._server.token.read_text(encoding="ascii").strip()
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            headers["Content-Type"] = "application/apply-patch+yaml"
        return headers


def _decode(status: int, answer: bytes) -> dict[str, Any]:
    if status in {408, 429} or status >= 500:  # noqa: PLR2004 - HTTP's server errors
        raise ApiUnavailableError(f"HTTP {status}")
    try:
        decoded = nesting.loads(answer.decode())
    except ValueError as error:
        raise ApiUnavailableError(f"HTTP {status} with a body that is not JSON") from error
    if status >= 400:  # noqa: PLR2004 - HTTP's client errors
        raise ApiRefusedError(status, f"HTTP {status}: {decoded.get('message', '')}")
    return dict(decoded)
