"""Copying SQLite's log back into its file beside the writer, not in its way.

SQLite calls this a checkpoint, a word that means something else here. Left to itself,
the connection whose commit fills the log copies it back, and waits for the disk, before
its next transaction: about a fifth of an import's time. Here a second connection copies
meanwhile; SQLite lets other threads run during each of its calls.
"""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from threading import Event, Thread

PAUSE_SECONDS = 0.02
"""After each commit that comes alone, so that those right after it are copied along."""


class Backfill:
    """A thread that copies back what has been committed; it starts with the first commit.

    What it fails to do, the writer's own connection does sooner or later: nothing depends
    on it, so it has no errors to tell.
    """

    def __init__(self, path: Path, *, pause_seconds: float = PAUSE_SECONDS) -> None:
        self._path = path
        self._pause_seconds = pause_seconds
        self._committed = Event()
        self._closed = Event()
        self._thread: Thread | None = None

    def committed(self) -> None:
        """Say that there is something to copy."""
        if self._thread is None:
            self._thread = Thread(target=self._run, name="backfill", daemon=True)
            self._thread.start()
        self._committed.set()

    def close(self) -> None:
        """End it, once it has copied what it is at."""
        self._closed.set()
        self._committed.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        with (
            suppress(sqlite3.Error),
            closing(sqlite3.connect(self._path, timeout=0, isolation_level=None)) as connection,
        ):
            while self._committed.wait():
                # First of all: what `close` sets after this is not taken back, and before it
                # `close` has set the other one.
                self._committed.clear()
                if self._closed.wait(self._pause_seconds):
                    return
                # A full disk may be less full in a while.
                with suppress(sqlite3.Error):
                    # PASSIVE waits for nobody, and nobody waits for it.
                    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
