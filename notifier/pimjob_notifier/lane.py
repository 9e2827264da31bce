"""One lane per PimNotifier: its messages go one after another, and hold up no other lane's.

A destination that fails is left in peace for a while, up to a minute, as by a circuit breaker:
it gets one message to show that it is back, and then the rest.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 60.0


@dataclass(frozen=True)
class Went:
    """How sending one message went, and how long its destination wants to be left alone."""

    well: bool
    retry_after: float = 0.0


class Lane:
    """The messages of one PimNotifier, by UID, with the time when each is due."""

    def __init__(
        self,
        send: Callable[[str], Awaitable[Went]],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Make one. `send` delivers a message and says when it is due again, with `put`."""
        self._send = send
        self._clock = clock
        self._due: dict[str, datetime] = {}
        self._changed = asyncio.Event()
        self._failures = 0
        self._closed_until = datetime.min.replace(tzinfo=UTC)

    def __len__(self) -> int:
        return len(self._due)

    def put(self, uid: str, due: datetime) -> None:
        """Have a message sent at a time; replaces what was said before."""
        self._due[uid] = due
        self._changed.set()

    def drop(self, uid: str) -> None:
        """Forget a message."""
        self._due.pop(uid, None)

    async def run(self) -> None:
        """Send what is due, until nothing is left."""
        while self._due:
            uid, due = min(self._due.items(), key=lambda item: item[1])
            wait = (max(due, self._closed_until) - self._clock()).total_seconds()
            if wait > 0:
                await self._wait(wait)
                continue
            del self._due[uid]
            self._note(await self._send(uid))

    def _note(self, went: Went) -> None:
        if went.well:
            if self._failures:
                # It is back: nobody waits for the end of his back-off.
                self._due = dict.fromkeys(self._due, self._clock())
            self._failures = 0
            return
        self._failures += 1
        pause = min(FIRST_SECONDS * 2.0 ** min(self._failures - 1, 10), LONGEST_SECONDS)
        pause = max(pause * random.uniform(0.5, 1.0), went.retry_after)  # noqa: S311 - jitter
        self._closed_until = self._clock() + timedelta(seconds=pause)

    async def _wait(self, seconds: float) -> None:
        """Wait so long, or until something is put."""
        self._changed.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return
