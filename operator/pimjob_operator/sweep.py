"""A full list now and then, compared with the cache: heals what a watch has missed.

It also proves that the watches are alive. An object that the API server has in a
version that its watch has not delivered CONFIRM_SECONDS later was missed; when
that happens again and again, the watch is deaf and the process must be restarted.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator

from pimjob_operator.cache import Object, version
from pimjob_operator.kinds import Kind
from pimjob_operator.kube.client import Client
from pimjob_operator.kube.errors import ApiError
from pimjob_operator.metrics import SWEEP_CORRECTIONS, SWEEP_TIMESTAMP
from pimjob_operator.queue import KeyedQueue

CONFIRM_SECONDS = 5.0
"""How long the watch may be behind a list before it counts as having missed something."""
SUSPICIOUS_SECONDS = 10.0
"""Until the next sweep after one that had to correct something."""
RETRY_SECONDS = 2.0
PAGE = 500

log = logging.getLogger("pimjob_operator.sweep")


class Sweeper:
    """Lists all kinds, and corrects the cache."""

    def __init__(
        self,
        *,
        client: Client,
        kinds: dict[str, Kind],
        queue: KeyedQueue,
        namespaces: tuple[str, ...],
        period: float,
        confirm: float = CONFIRM_SECONDS,
    ) -> None:
        self._client = client
        self._kinds = kinds
        self._queue = queue
        self._namespaces: tuple[str | None, ...] = namespaces or (None,)
        self._period = period
        self._confirm = confirm
        self.last_success = time.monotonic()
        self.missed = 0
        """How many sweeps in a row had to correct something."""

    async def fill(self) -> None:
        """Fill the cache before anything is decided, trying until it succeeds."""
        left = list(self._kinds.values())
        while left:
            if await self._fill(left[0]):
                del left[0]
            else:
                await asyncio.sleep(RETRY_SECONDS)
        self.last_success = time.monotonic()

    async def run(self) -> None:
        """Sweep for ever."""
        while True:
            await asyncio.sleep(SUSPICIOUS_SECONDS if self.missed else self._period)
            try:
                await self.sweep()
            except ApiError as error:
                log.warning("Sweep failed: %s", error)

    async def sweep(self) -> int:
        """Sweep once; return how many objects the watches had missed."""
        suspects = [await self._compare(kind) for kind in self._kinds.values()]
        # An event may be on its way: only what is still different a while later was missed.
        await asyncio.sleep(self._confirm if any(map(any, suspects)) else 0)
        missed = 0
        for kind, (behind, ghosts) in zip(self._kinds.values(), suspects, strict=True):
            missed += sum(self._bring(kind, found) for found in behind)
            missed += self._bury(kind, ghosts)
        SWEEP_CORRECTIONS.inc(missed)
        SWEEP_TIMESTAMP.set(time.time())
        self.last_success = time.monotonic()
        self.missed = self.missed + 1 if missed else 0
        return missed

    async def _fill(self, kind: Kind) -> bool:
        try:
            async for found in self._list(kind):
                self._bring(kind, found)
        except ApiError as error:
            log.warning("%ss cannot be listed: %s", kind.name, error)
            return False
        return True

    async def _compare(self, kind: Kind) -> tuple[list[Object], list[str]]:
        """Return what the cache has not or older, and UIDs that only the cache has."""
        ghosts = set(kind.known())
        behind = []
        async for found in self._list(kind):
            ghosts.discard(found["metadata"]["uid"])
            if _is_behind(kind, found):
                behind.append(found)
        return behind, sorted(ghosts)

    def _bring(self, kind: Kind, found: Object) -> bool:
        missed = _is_behind(kind, found)
        if kind.put(found):
            self._enqueue(kind, found)
        return missed

    def _bury(self, kind: Kind, ghosts: list[str]) -> int:
        known = kind.known() if ghosts else {}
        left = [known[uid] for uid in ghosts if uid in known]
        for ghost in left:
            kind.drop(ghost)
            self._enqueue(kind, ghost)
        return len(left)

    def _enqueue(self, kind: Kind, found: Object) -> None:
        for uid in kind.concerns(found):
            self._queue.add(uid)

    async def _list(self, kind: Kind) -> AsyncIterator[Object]:
        """Yield the objects of a kind, page by page: a full list may be large."""
        for namespace in self._namespaces if kind.namespaced else (None,):
            query = {"limit": str(PAGE)}
            if kind.selector:
                query["labelSelector"] = kind.selector
            while True:
                page = await self._client.get(kind.path(namespace), **query)
                for found in page["items"]:
                    yield found
                following = page["metadata"].get("continue")
                if not following:
                    break
                query["continue"] = following


def _is_behind(kind: Kind, found: Object) -> bool:
    """Whether the cache has this object not at all, or older."""
    known = kind.find(found)
    return known is None or version(known) < version(found)
