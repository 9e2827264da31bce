"""A work queue: each key waits at most once, and is worked on by one worker at a time."""

import asyncio
import heapq
import itertools
import random
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

FIRST_BACKOFF_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 60.0
_SHORTEST_TIMER_SECONDS = 0.001


@dataclass(frozen=True)
class Again:
    """What a reconcile wants next. `after` in seconds; `failed` makes it back off instead."""

    after: float | None = None
    failed: bool = False


class WorkQueue:
    """Holds keys that are due, and keys that become due. For one event loop.

    A key that is added while it is worked on is worked on once more afterwards:
    the work may have read what is stale by now.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._ready: dict[str, None] = {}
        self._working: set[str] = set()
        self._dirty: set[str] = set()
        self._delayed: list[tuple[float, int, str]] = []
        self._due: dict[str, float] = {}
        self._failures: dict[str, int] = {}
        self._order = itertools.count()
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        self._idle = asyncio.Event()

    def __len__(self) -> int:
        return len(self._ready) + len(self._dirty)

    def add(self, key: str) -> None:
        """Make a key due now."""
        if key in self._working:
            self._dirty.add(key)
            return
        self._ready[key] = None
        self._wake_one()

    def add_after(self, key: str, seconds: float) -> None:
        """Make a key due later; of several delays the earliest counts."""
        due = self._clock() + seconds
        if due >= self._due.get(key, float("inf")):
            return
        self._due[key] = due
        heapq.heappush(self._delayed, (due, next(self._order), key))
        self._set_timer()

    async def get(self) -> str:
        """Wait for a key that is due. Call `done` with it afterwards."""
        while True:
            self._promote()
            if self._ready and not self._closed:
                key = next(iter(self._ready))
                del self._ready[key]
                # Whatever it was to be looked at later for is looked at now.
                self._due.pop(key, None)
                self._working.add(key)
                self._idle.clear()
                return key
            await self._wait()

    def done(self, key: str, again: Again) -> None:
        """Say how the work on a key went."""
        self._working.discard(key)
        if again.failed:
            self._failures[key] = self._failures.get(key, 0) + 1
            self.add_after(key, self._backoff(self._failures[key]))
        else:
            self._failures.pop(key, None)
            if again.after is not None:
                self.add_after(key, again.after)
        if key in self._dirty:
            self._dirty.discard(key)
            self.add(key)
        if not self._working:
            self._idle.set()

    async def close(self) -> None:
        """Give out no key any more; wait until none is worked on."""
        self._closed = True
        if self._working:
            await self._idle.wait()

    async def _wait(self) -> None:
        """Sleep until woken. One waiter is woken per key: the others need not look."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                # Woken and cancelled at once: the key is for somebody else.
                self._wake_one()
            raise

    def _wake_one(self) -> None:
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    @staticmethod
    def _backoff(failures: int) -> float:
        longest = min(FIRST_BACKOFF_SECONDS * 2.0 ** min(failures - 1, 16), LONGEST_BACKOFF_SECONDS)
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - jitter

    def _promote(self) -> None:
        """Move what has become due."""
        while self._delayed and self._delayed[0][0] <= self._clock():
            due, _, key = heapq.heappop(self._delayed)
            # An entry that an earlier one replaced has another due time by now.
            if self._due.get(key) == due:
                del self._due[key]
                self.add(key)

    def _set_timer(self) -> None:
        """Have one timer, for the key that is due first."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._delayed:
            wait = max(self._delayed[0][0] - self._clock(), _SHORTEST_TIMER_SECONDS)
            self._timer = asyncio.get_running_loop().call_later(wait, self._ring)

    def _ring(self) -> None:
        self._promote()
        self._set_timer()


async def work(queue: WorkQueue, reconcile: Callable[[str], Awaitable[Again]]) -> None:
    """Reconcile keys one after another, for ever. Run several of these."""
    while True:
        key = await queue.get()
        again = Again(failed=True)
        try:
            again = await reconcile(key)
        finally:
            queue.done(key, again)
