"""A thin asynchronous client: JSON over aiohttp, which kopf has loaded anyway."""

import asyncio
import contextlib
import json
import logging
import random
from collections.abc import AsyncIterator, Callable
from time import monotonic
from typing import Self

import aiohttp

from pimjob_api import nesting
from pimjob_kube.connection import Connection
from pimjob_kube.errors import (
    ApiError,
    ConflictError,
    NotFoundError,
    RefusedError,
    UnavailableError,
)
from pimjob_kube.objects import Object
from pimjob_kube.paths import resource_of

TIMEOUT_SECONDS = 20.0
TRIES = 4
FIRST_PAUSE_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 30.0
TOKEN_SECONDS = 60.0
SILENCE_SECONDS = 90.0
"""Bookmarks come about once a minute."""

Counted = Callable[[str, str, str], None]
"""Is told each request: its method, the resource, and HTTP's status or `none`."""

log = logging.getLogger("pimjob_kube.client")


class Client:
    """Calls to one API server. Close it when done, or let a block do it."""

    def __init__(
        self, connection: Connection, *, counted: Counted = lambda _method, _resource, _status: None
    ) -> None:
        self._counted = counted
        self._connection = connection
        self._token: str | None = None
        self._token_until = 0.0
        self._session = aiohttp.ClientSession(
            base_url=connection.server,
            # No limit: each watch keeps a connection, and the Lease must never wait for one.
            connector=aiohttp.TCPConnector(ssl=connection.tls(), limit=0),
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()
        # A TLS connection that is cut in the middle closes its socket a turn of the loop later.
        await asyncio.sleep(0.01)

    async def get(self, path: str, **query: str) -> Object:
        """Read one object, or a list."""
        return await self._request("GET", path, query=query)

    async def create(self, path: str, body: Object) -> Object:
        """Create. ConflictError if it exists."""
        return await self._request("POST", path, body=body)

    async def replace(self, path: str, body: Object) -> Object:
        """Replace the version that was read. ConflictError if it has changed."""
        return await self._request("PUT", path, body=body)

    async def apply(self, path: str, body: Object, *, manager: str) -> Object:
        """Server-side apply, taking fields over from others."""
        return await self._request(
            "PATCH",
            path,
            body=body,
            query={"fieldManager": manager, "force": "true"},
            content_type="application/apply-patch+yaml",
        )

    async def delete(self, path: str, *, uid: str, propagation: str) -> Object | None:
        """Delete the object with this UID and what it owns; success if it is gone.

        Returns the object if it stays for now, because something else has to go first.
        ConflictError if another one has its name, or it was being changed just now.
        """
        body = {"propagationPolicy": propagation, "preconditions": {"uid": uid}}
        with contextlib.suppress(NotFoundError):
            answer = await self._request("DELETE", path, body=body)
            if "deletionTimestamp" in answer.get("metadata", {}):
                return answer
        return None

    async def watch(self, path: str, **query: str) -> AsyncIterator[Object]:
        """Yield the events of one watch until the API server ends it; bookmarks too.

        Raises NotFoundError if the version is too old, UnavailableError if the server is
        silent for longer than it is between two bookmarks.
        """
        query |= {"watch": "true", "allowWatchBookmarks": "true"}
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=SILENCE_SECONDS)
        try:
            async with self._session.get(
                path, params=query, headers=self._headers(), timeout=timeout
            ) as answer:
                self._counted("WATCH", resource_of(path), str(answer.status))
                if answer.status != 200:  # noqa: PLR2004 - OK
                    _decode(answer.status, await answer.text(), "")
                async for line in _lines(answer.content):
                    event = nesting.loads(line.decode())
                    if event["type"] == "ERROR":
                        status = event["object"]
                        raise _error(status.get("code", 500), str(status.get("message")), "")
                    yield event
        except (aiohttp.ClientError, TimeoutError) as error:
            raise UnavailableError(0, f"watch of {path}: {error!r}") from error

    def _headers(self, content_type: str = "application/json") -> dict[str, str]:
        headers = {"Accept": "application/json", "Content-Type": content_type}
        token = self._bearer()
        return headers if token is None else {**headers, "Authorization": f"Bearer {token}"}

    def _bearer(self) -> str | None:
        """Return the token. An old one is good for minutes after a new one is there."""
        if monotonic() >= self._token_until:
            self._token, self._token_until = self._connection.bearer(), monotonic() + TOKEN_SECONDS
        return self._token

    async def _request(
        self,
        method: str,
        path: str,
        *,
        body: Object | None = None,
        query: dict[str, str] | None = None,
        content_type: str = "application/json",
    ) -> Object:
        pause = FIRST_PAUSE_SECONDS
        for last in (False,) * (TRIES - 1) + (True,):
            try:
                return await self._once(method, path, body, query, content_type)
            except UnavailableError as error:
                if last:
                    raise
                jittered = pause * random.uniform(0.5, 1.5)  # noqa: S311 - jitter
                await asyncio.sleep(max(jittered, error.retry_after))
                pause *= 3
        raise AssertionError("unreachable")

    async def _once(
        self,
        method: str,
        path: str,
        body: Object | None,
        query: dict[str, str] | None,
        content_type: str,
    ) -> Object:
        began, headers = monotonic(), self._headers(content_type)
        data = None if body is None else json.dumps(body, separators=(",", ":"))
        resource = resource_of(path)
        try:
            async with self._session.request(
                method, path, data=data, params=query, headers=headers
            ) as answer:
                text = await answer.text()
                self._counted(method, resource, str(answer.status))
                took = 1000 * (monotonic() - began)
                log.debug("%s %s: %d after %.0f ms", method, path, answer.status, took)
                return _decode(answer.status, text, answer.headers.get("Retry-After", ""))
        except (aiohttp.ClientError, TimeoutError) as error:
            self._counted(method, resource, "none")
            raise UnavailableError(0, f"{method} {path}: {error!r}") from error


def _decode(status: int, text: str, retry_after: str) -> Object:
    if status < 300:  # noqa: PLR2004 - HTTP's successes
        return dict(nesting.loads(text)) if text else {}
    try:
        told = nesting.loads(text)
        message, reason = str(told.get("message", text)), told.get("reason")
    except (ValueError, AttributeError):
        message, reason = text[:500], None
    if status == 409:  # noqa: PLR2004 - Conflict
        raise ConflictError(status, message, exists=reason == "AlreadyExists")
    raise _error(status, message, retry_after)


def _error(status: int, message: str, retry_after: str) -> ApiError:
    if status in {404, 410}:
        return NotFoundError(status, message)
    if status in {408, 429} or status >= 500:  # noqa: PLR2004 - HTTP's server errors
        return UnavailableError(status, message, retry_after=_seconds(retry_after))
    return RefusedError(status, message)


async def _lines(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """Split a stream into lines of any length."""
    pending = b""
    async for block in content.iter_any():
        *lines, pending = (pending + block).split(b"\n")
        for line in lines:
            yield line


def _seconds(retry_after: str) -> float:
    """Read the header; the API server sends seconds."""
    return min(float(retry_after), LONGEST_WAIT_SECONDS) if retry_after.isdecimal() else 0.0
