"""All objects of one kind as they are now: listed page by page, then watched for ever."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from time import monotonic

from pimjob_kube.client import Client
from pimjob_kube.errors import FORBIDDEN, ApiError, NotFoundError, RefusedError
from pimjob_kube.objects import Object

PAGE = 100
"""Objects at once. Each may be as large as its creator likes: a page has to fit into memory."""
SERVER_SECONDS = 300
"""After this time the API server ends a watch; the next one goes on from there."""
RETRY_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 30.0
"""After lists that were refused again and again: a kind or a right is missing."""
SHORT_SECONDS = 1.0
"""A watch that brings nothing and is over sooner did not work."""

log = logging.getLogger("pimjob_kube.watching")


async def pages(client: Client, path: str, selector: str = "") -> AsyncIterator[Object]:
    """Yield a list page by page: it may be long. All are of the first one's version."""
    query = {"limit": str(PAGE)}
    if selector:
        query["labelSelector"] = selector
    while True:
        page = await client.get(path, **query)
        yield page
        following = page["metadata"].get("continue")
        if not following:
            return
        query["continue"] = following


async def follow(
    client: Client,
    path: str,
    *,
    kind: str,
    fill: Callable[[], Awaitable[str]],
    handle: Callable[[str, Object], None],
    selector: str = "",
    required: bool = False,
) -> None:
    """List, then watch from there, for ever.

    `fill` reads a full list and returns its version; `handle` gets each event's type and object,
    bookmarks too. After a trouble it goes on from the last event that was handled. No answer, not
    even success, leads to lists or watches without a pause. Raises RefusedError if `required`, and
    a list is refused.
    """
    await _Follower(
        client=client,
        path=path,
        kind=kind,
        fill=fill,
        handle=handle,
        selector=selector,
        required=required,
    ).run()


@dataclass(kw_only=True)
class _Follower:
    """Follows one list."""

    client: Client
    path: str
    kind: str
    fill: Callable[[], Awaitable[str]]
    handle: Callable[[str, Object], None]
    selector: str
    required: bool
    version: str = ""
    """Where its next watch begins. Empty: it is listed first."""
    proven: bool = False
    """Whether a watch has worked since the list."""
    refusals: int = 0
    """Of lists, in a row."""

    async def run(self) -> None:
        while True:
            try:
                if not self.version:
                    self.version, self.proven, self.refusals = await self.fill(), False, 0
                trouble, useful = await self._watch()
            except RefusedError as error:
                if self.required and error.status == FORBIDDEN:
                    raise
                self.refusals += 1
                trouble, useful = error, False
            except ApiError as error:
                self.refusals += isinstance(error, NotFoundError)
                trouble, useful = error, False
            if trouble is None and useful:
                continue
            if isinstance(trouble, NotFoundError) and self._expired(trouble):
                continue
            told = trouble or "the API server ended a watch at once"
            log.warning("%ss are not watched at the moment: %s", self.kind, told)
            pause = min(RETRY_SECONDS * 2 ** max(self.refusals - 1, 0), LONGEST_RETRY_SECONDS)
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter

    async def _watch(self) -> tuple[ApiError | None, bool]:
        """Watch once; return what went wrong, and whether it was of any use."""
        began, came = monotonic(), False
        query = {"resourceVersion": self.version, "timeoutSeconds": str(SERVER_SECONDS)}
        if self.selector:
            query["labelSelector"] = self.selector
        trouble: ApiError | None = None
        try:
            async for event in self.client.watch(self.path, **query):
                came = True
                found = event["object"]
                self.version = found["metadata"]["resourceVersion"]
                self.handle(event["type"], found)
        except ApiError as error:
            trouble = error
        useful = came or monotonic() - began >= SHORT_SECONDS
        self.proven = self.proven or useful
        if self.required and trouble is not None and trouble.status == FORBIDDEN:
            # A list tells whether that is so, or was for a moment.
            self.version = ""
        return trouble, useful

    def _expired(self, trouble: NotFoundError) -> bool:
        """Have it listed anew, if its version is too old; say whether without a pause."""
        if not self.version:
            return False
        self.version = ""
        if self.proven:
            log.info("%ss are listed anew: %s", self.kind, trouble)
        return self.proven
