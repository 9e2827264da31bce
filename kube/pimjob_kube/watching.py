"""All objects of one kind as they are now: listed page by page, then watched for ever."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from time import monotonic

from pimjob_kube.client import Client
from pimjob_kube.errors import ApiError, NotFoundError
from pimjob_kube.objects import Object

PAGE = 100
"""Objects at once. Each may be as large as its creator likes: a page has to fit into memory."""
SERVER_SECONDS = 300
"""After this time the API server ends a watch; the next one goes on from there."""
RETRY_SECONDS = 1.0
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
) -> None:
    """List, then watch from there, for ever.

    `fill` reads a full list and returns its version; `handle` gets each event's type and object,
    bookmarks too. After a trouble it goes on from the last event that was handled. No answer, not
    even success, leads to lists or watches without a pause.
    """
    version = ""
    proven = False  # whether a watch has worked since the list
    while True:
        trouble: ApiError | None = None
        came = False
        try:
            if not version:
                version, proven = await fill(), False
            began = monotonic()
            query = {"resourceVersion": version, "timeoutSeconds": str(SERVER_SECONDS)}
            if selector:
                query["labelSelector"] = selector
            async for event in client.watch(path, **query):
                came = True
                found = event["object"]
                version = found["metadata"]["resourceVersion"]
                handle(event["type"], found)
        except ApiError as error:
            trouble = error
        if version:
            useful = came or monotonic() - began >= SHORT_SECONDS
            proven = proven or useful
            if trouble is None and useful:
                continue
            if isinstance(trouble, NotFoundError):
                # Gone: the version is too old to go on from.
                version = ""
                if proven:
                    log.info("%ss are listed anew: %s", kind, trouble)
                    continue
        told = trouble or "the API server ended a watch at once"
        log.warning("%ss are not watched at the moment: %s", kind, told)
        await asyncio.sleep(RETRY_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
