"""The resync: a full list now and then, compared with the cache: heals what a watch has missed.

It also proves that the watches are alive. An object that the API server has in a
version that its watch has not delivered CONFIRM_SECONDS later was missed; when
that happens again and again, the watch is deaf and the process must be restarted.
"""

import asyncio
import logging
import time
from collections.abc import Sequence

from pimjob_kube.errors import ApiError
from pimjob_operator.listing import settle
from pimjob_operator.metrics import SWEEP_CORRECTIONS, SWEEP_TIMESTAMP
from pimjob_operator.queue import WorkQueue
from pimjob_operator.scope import Scope

CONFIRM_SECONDS = 5.0
"""How long the watch may be behind a list before it counts as having missed something."""
SUSPICIOUS_SECONDS = 10.0
"""Until the next sweep after one that had to correct something."""

log = logging.getLogger("pimjob_operator.sweep")


class Sweeper:
    """Lists all that may be read, and corrects the cache."""

    def __init__(
        self,
        *,
        scopes: Sequence[Scope],
        queue: WorkQueue,
        period: float,
        confirm: float = CONFIRM_SECONDS,
    ) -> None:
        self._scopes = scopes
        self._queue = queue
        self._period = period
        self._confirm = min(confirm, period)
        self.last_success = time.monotonic()
        self.missed = 0
        """How many sweeps in a row had to correct something."""

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
        suspects = [each for scope in self._scopes for each in await scope.differences()]
        # An event may be on its way: only what is still different a while later was missed.
        await asyncio.sleep(self._confirm if any(found for _, found in suspects) else 0)
        missed = sum(settle(kind, self._queue, found) for kind, found in suspects)
        SWEEP_CORRECTIONS.inc(missed)
        SWEEP_TIMESTAMP.set(time.time())
        self.last_success = time.monotonic()
        self.missed = self.missed + 1 if missed else 0
        return missed
