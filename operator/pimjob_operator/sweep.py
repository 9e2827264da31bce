"""The resync: a full list now and then, compared with the cache: heals what a watch has missed.

It also proves that the watches are alive. An object that the API server has in a
version that its watch has not delivered CONFIRM_SECONDS later was missed; when
that happens again and again, the watch is deaf and the process must be restarted.
"""

import asyncio
import logging
import time
from collections.abc import Iterator

from pimjob_kube.client import Client
from pimjob_kube.errors import ApiError
from pimjob_operator.kinds import Kind
from pimjob_operator.listing import Difference, compare, settle
from pimjob_operator.metrics import SWEEP_CORRECTIONS, SWEEP_TIMESTAMP
from pimjob_operator.queue import WorkQueue

CONFIRM_SECONDS = 5.0
"""How long the watch may be behind a list before it counts as having missed something."""
SUSPICIOUS_SECONDS = 10.0
"""Until the next sweep after one that had to correct something."""
RETRY_SECONDS = 2.0
MISSING = {403, 404}
"""Answers that tell that an optional kind, or the permission to read it, is not there.

A list that took too long ends with 410: that says nothing of what there is.
"""

log = logging.getLogger("pimjob_operator.sweep")


class Sweeper:
    """Lists all kinds, and corrects the cache."""

    def __init__(
        self,
        *,
        client: Client,
        kinds: dict[str, Kind],
        queue: WorkQueue,
        namespaces: tuple[str, ...],
        period: float,
        confirm: float = CONFIRM_SECONDS,
    ) -> None:
        self._client = client
        self._kinds = kinds
        self._queue = queue
        self._namespaces: tuple[str | None, ...] = namespaces or (None,)
        self._period = period
        self._confirm = min(confirm, period)
        self.last_success = time.monotonic()
        self.missed = 0
        """How many sweeps in a row had to correct something."""

    async def fill(self) -> None:
        """Fill the cache before anything is decided, trying until it succeeds."""
        left = list(self._lists())
        while left:
            kind, namespace = left[0]
            try:
                settle(kind, self._queue, await self._compare(kind, namespace, self._queue))
                del left[0]
            except ApiError as error:
                log.warning("%ss cannot be listed: %s", kind.name, error)
                await asyncio.sleep(RETRY_SECONDS)
        self.last_success = time.monotonic()

    async def run(self) -> None:
        """Sweep for ever."""
        while True:
            await asyncio.sleep(
                min(SUSPICIOUS_SECONDS, self._period) if self.missed else self._period
            )
            try:
                await self.sweep()
            except ApiError as error:
                log.warning("Sweep failed: %s", error)

    async def sweep(self) -> int:
        """Sweep once; return how many objects the watches had missed."""
        suspects = [
            (kind, await self._compare(kind, namespace)) for kind, namespace in self._lists()
        ]
        # An event may be on its way: only what is still different a while later was missed.
        await asyncio.sleep(self._confirm if any(found for _, found in suspects) else 0)
        missed = sum(settle(kind, self._queue, found) for kind, found in suspects)
        SWEEP_CORRECTIONS.inc(missed)
        SWEEP_TIMESTAMP.set(time.time())
        self.last_success = time.monotonic()
        self.missed = self.missed + 1 if missed else 0
        return missed

    async def _compare(
        self, kind: Kind, namespace: str | None, fill: WorkQueue | None = None
    ) -> Difference:
        """Compare with a list. A kind that jobs can do without has no objects if none is given."""
        try:
            return await compare(self._client, kind, namespace, fill)
        except ApiError as error:
            if not kind.optional or error.status not in MISSING:
                raise
            log.warning("%ss cannot be listed, and have no effect: %s", kind.name, error)
            return Difference(ghosts=kind.store.versions(namespace))

    def _lists(self) -> Iterator[tuple[Kind, str | None]]:
        for kind in self._kinds.values():
            for namespace in self._namespaces if kind.namespaced else (None,):
                yield kind, namespace
