"""Requests to the API server. Its refusals are raised in its own words."""

import http.client
import json
import socket
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any

from pimjob_api import nesting
from pimjob_cli.errors import MissingKindError, ServerError, UnreachableError
from pimjob_cli.proxy import Proxy

CHUNK = 500
"""Objects of one answer, as kubectl has it."""
MERGE = "application/merge-patch+json"
SECONDS = 60
"""How long one answer may take; a stream may be silent for ever."""
_BLOCK = 65536
_WARNING = 3

Object = dict[str, Any]


class _Connection(http.client.HTTPConnection):
    """HTTP over a socket of this machine."""

    def __init__(self, address: str, seconds: float | None) -> None:
        super().__init__("localhost", timeout=seconds)
        self._address = address

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._address)


class Api:
    """The API server, for any number of threads. `warn` is given its warnings."""

    def __init__(self, proxy: Proxy, warn: Callable[[str], None]) -> None:
        self._proxy = proxy
        self._warn = warn
        self._own = threading.local()
        self._open: list[_Connection] = []

    def close(self) -> None:
        """Close what any thread has opened."""
        for connection in self._open:
            connection.close()

    def get(self, path: str, **query: str) -> Any:
        """Return an object."""
        return self._call("GET", path, query)

    def create(self, path: str, body: Object, **query: str) -> Any:
        """Return what was stored."""
        return self._call("POST", path, query, body)

    def patch(self, path: str, body: Object, **query: str) -> Any:
        """Merge and return what was stored."""
        return self._call("PATCH", path, query, body, MERGE)

    def delete(self, path: str, **query: str) -> Any:
        """Delete."""
        return self._call("DELETE", path, query)

    def pages(self, path: str, **query: str) -> Iterator[Object]:
        """Yield lists of at most CHUNK objects until there are no more."""
        more = ""
        while True:
            page = self.get(path, **query, limit=str(CHUNK), **({"continue": more} if more else {}))
            yield page
            more = page["metadata"].get("continue", "")
            if not more:
                return

    def items(self, path: str, **query: str) -> list[Object]:
        """Return all objects of a list."""
        return [item for page in self.pages(path, **query) for item in page["items"]]

    def lines(self, path: str, **query: str) -> Iterator[bytes]:
        """Yield the lines of an answer that goes on: a watch, a log."""
        connection = _Connection(self._proxy.address, None)
        try:
            yield from _lines_of(_answer(connection, "GET", _target(path, query), None, {}))
        except (OSError, http.client.HTTPException) as error:
            raise UnreachableError(f"the API server's answer broke off: {error}") from error
        finally:
            connection.close()

    def _call(
        self,
        method: str,
        path: str,
        query: dict[str, str],
        body: Object | None = None,
        kind: str = "application/json",
    ) -> Any:
        headers = {} if body is None else {"Content-Type": kind}
        content = None if body is None else json.dumps(body)
        connection = self._connection()
        try:
            answer = _answer(connection, method, _target(path, query), content, headers)
            found = nesting.loads(answer.read().decode())
        except (OSError, http.client.HTTPException, ValueError) as error:
            connection.close()
            raise UnreachableError(f"the API server did not answer: {error}") from error
        except BaseException:  # a signal
            connection.close()  # what cleans up has to be able to use it
            raise
        for warning in answer.headers.get_all("Warning") or ():
            self._warn(_warning(warning))
        return found

    def _connection(self) -> _Connection:
        """Return this thread's connection."""
        address = self._proxy.address
        found: _Connection | None = getattr(self._own, "connection", None)
        if found is None:
            found = self._own.connection = _Connection(address, SECONDS)
            self._open.append(found)
        return found


def _target(path: str, query: dict[str, str]) -> str:
    return f"{path}?{urllib.parse.urlencode(query)}" if query else path


def _lines_of(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    """Yield an answer's lines. Unlike its own iterator, `read1` raises if the answer breaks off."""
    rest = b""
    while block := answer.read1(_BLOCK):
        *whole, rest = (rest + block).split(b"\n")
        yield from whole
    if rest:
        yield rest


def _answer(
    connection: _Connection, method: str, target: str, body: str | None, headers: dict[str, str]
) -> http.client.HTTPResponse:
    for last in (False, True):
        connection.request(method, target, body, headers)
        answer = connection.getresponse()
        if answer.status < http.client.BAD_REQUEST:
            return answer
        said = answer.read().decode(errors="replace")
        # To be refused a token that has expired is what makes kubectl fetch another one.
        if last or answer.status != http.client.UNAUTHORIZED:
            break
    raise _refusal(answer.status, said)


def _refusal(status: int, body: str) -> ServerError | UnreachableError:
    try:
        found = json.loads(body)
        reason, message = str(found.get("reason", "")), str(found["message"])
    except (ValueError, TypeError, KeyError):
        if status == http.client.NOT_FOUND:
            return MissingKindError(status, "NotFound", "the server does not have this kind")
        # Said by kubectl, not by the server: no connection, no credentials.
        return UnreachableError(body.strip() or f"the API server answered {status}")
    return ServerError(status, reason, message)


def _warning(header: str) -> str:
    """Return the text of `299 - "text"`."""
    parts = header.split(" ", _WARNING - 1)
    return parts[-1].strip('"').replace('\\"', '"')
