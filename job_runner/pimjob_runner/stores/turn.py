"""Taking turns: no writer of a SQLite file waits for ever behind a busy one."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

POLL_SECONDS = 0.005


class TurnTimeoutError(Exception):
    """It was not our turn within the time allowed."""


class Turn:
    """A turnstile in front of SQLite's write lock.

    SQLite's waiters poll, and a writer that begins again right after its commit
    wins nearly every time: of four importing runners one waited for eleven of
    twelve seconds. Here a writer first passes a second lock, which the next in
    line holds while it waits for SQLite's; so the one that just committed has to
    queue behind it.
    """

    def __init__(self, path: Path, seconds: float) -> None:
        # For reading: a lock needs no more, and another user may own the file.
        self._file = os.fdopen(os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644))
        self._seconds = seconds

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Hold the turnstile. Leave as soon as SQLite's lock is held."""
        self._acquire()
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _acquire(self) -> None:
        deadline = monotonic() + self._seconds
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if monotonic() >= deadline:
                    raise TurnTimeoutError from None
                sleep(POLL_SECONDS)
            else:
                return

    def close(self) -> None:
        """Close the lock file. It stays: removing it would split the queue in two."""
        self._file.close()
