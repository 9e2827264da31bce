"""A keyed queue: each key is waiting at most once, and is worked on by one worker at a time."""

import asyncio
import heapq
import itertools
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

FIRST_BACKOFF_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 60.0


@dataclass(frozen=True)
class Again:
    """What a reconcile wants next. `after` in seconds; `failed` makes it back off instead."""

    after: float | None = None
    failed: bool = False


class KeyedQueue:
    """Holds keys that are due, and keys that become due.

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
        self._wake = asyncio.Event()

    def __len__(self) -> int:
        return len(self._ready) + len(self._dirty)

    def add(self, key: str) -> None:
        """Make a key due now."""
        if key in self._working:
            self._dirty.add(key)
        else:
            self._ready[key] = None
        self._wake.set()

    def add_after(self, key: str, seconds: float) -> None:
        """Make a key due later; of several delays the earliest counts."""
        due = self._clock() + seconds
        if due >= self._due.get(key, float("inf")):
            return
        self._due[key] = due
        heapq.heappush(self._delayed, (due, next(self._order), key))
        self._wake.set()

    async def take(self) -> str:
        """Wait for a key that is due. Call `done` with it afterwards."""
        while True:
            wait = self._promote()
            if self._ready:
                key = next(iter(self._ready))
                del self._ready[key]
                self._working.add(key)
                return key
            self._wake.clear()
            try:
                await asyncio.wait_for(self._wake.wait(), wait)
            except TimeoutError:
                continue

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

    @staticmethod
    def _backoff(failures: int) -> float:
        longest = min(FIRST_BACKOFF_SECONDS * 2.0 ** min(failures - 1, 16), LONGEST_BACKOFF_SECONDS)
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - jitter

    def _promote(self) -> float | None:
        """Move what has become due; return seconds until the next, None if there is none."""
        while self._delayed:
            due, _, key = self._delayed[0]
            if due > self._clock():
                return due - self._clock()
            heapq.heappop(self._delayed)
            # An entry that an earlier one replaced has another due time by now.
            if self._due.get(key) == due:
                del self._due[key]
                self.add(key)
        return None


async def work(queue: KeyedQueue, reconcile: Callable[[str], Awaitable[Again]]) -> None:
    """Reconcile keys one after another, for ever. Run several of these."""
    while True:
        key = await queue.take()
        again = Again(failed=True)
        try:
            again = await reconcile(key)
        finally:
            queue.done(key, again)
