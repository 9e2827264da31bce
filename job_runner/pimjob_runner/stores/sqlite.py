"""SQLite: the embedded default. One writer at a time, on block storage."""

import errno
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pimjob_runner.stores.backfill import Backfill
from pimjob_runner.stores.database import Dialect
from pimjob_runner.stores.errors import (
    DatabaseMisconfiguredError,
    DatabaseUnavailableError,
    LockedError,
)
from pimjob_runner.stores.filesystem import network_filesystem
from pimjob_runner.stores.turn import Turn, TurnTimeoutError

BUSY_SECONDS = 60.0
CACHE_KIB = 32 * 1024

# NORMAL in WAL mode never corrupts and never tears a transaction; a power cut
# may lose the last ones. Data and checkpoint are in the same transaction, so
# such a loss only means that the last chunks are done again.
PRAGMAS: tuple[str, ...] = (
    # Of a new file: a product takes 1 KB, and each page is two writes to the log.
    "PRAGMA page_size = 8192",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    # 16 MiB: by then a Backfill has copied nearly all of it, and SQLite begins the log anew.
    "PRAGMA wal_autocheckpoint = 2000",
    f"PRAGMA cache_size = -{CACHE_KIB}",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA foreign_keys = ON",
)

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
# What may be better in a minute. Any other operational error is a mistake in a
# statement, and nobody should be told that the database is away.
_PASSING = _LOCKED | {
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOMEM,
}


class SqliteTransaction:
    """An open transaction on a SQLite connection."""

    dialect: Dialect = "sqlite"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run one statement, return the number of rows it changed."""
        return self.connection.execute(sql, parameters).rowcount

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement, return all its rows."""
        return self.connection.execute(sql, parameters).fetchall()

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each row."""
        self.connection.executemany(sql, rows)


class SqliteDatabase:
    """A SQLite file. `busy_seconds`: how long to wait for other writers."""

    dialect: Dialect = "sqlite"

    def __init__(self, path: Path, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        _refuse_network_filesystem(path)
        self._turn = _turn(path, busy_seconds)
        try:
            # In turn: of two that switch a new file to WAL, SQLite refuses one at once.
            with self._turn():
                self._connection = _connect(path, busy_seconds)
            self._backfill = Backfill(path)
        except BaseException as error:
            self._turn.close()
            if isinstance(error, TurnTimeoutError):
                raise self._busy() from error
            raise

    @contextmanager
    def transaction(self, *, lock_seconds: float | None = None) -> Iterator[SqliteTransaction]:
        """Begin IMMEDIATE; commit on leaving, roll back on an exception.

        Raises DatabaseUnavailableError where SQLite says so (locked, disk full).
        """
        # Other jobs hold the same lock in turn: there is nobody to be impatient with.
        del lock_seconds
        with self._errors():
            self._begin()
            try:
                yield SqliteTransaction(self._connection)
                self._connection.execute("COMMIT")
                self._backfill.committed()
            except BaseException:
                # A full disk makes SQLite roll back by itself.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Read what is committed. Takes no write lock and waits for no writer."""
        with self._errors():
            return self._connection.execute(sql, parameters).fetchall()

    def name_session(self, job_id: str) -> None:
        """Do nothing: a file has no sessions."""

    def end_sessions(self, job_id: str) -> int:  # noqa: ARG002 - the interface's
        """End none: what a frozen process has locked stays locked until it goes on or ends."""
        return 0

    def close(self) -> None:
        """Close the connection."""
        self._backfill.close()
        self._connection.close()
        self._turn.close()

    def _begin(self) -> None:
        if self._connection.in_transaction:
            raise RuntimeError("A transaction is open already; transactions don't nest.")
        with self._turn():
            self._connection.execute("BEGIN IMMEDIATE")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except TurnTimeoutError as error:
            raise self._busy() from error
        except sqlite3.OperationalError as error:
            code = _primary_code(error)
            if code in _LOCKED:
                raise self._busy() from error
            if code in _PASSING:
                raise DatabaseUnavailableError(f"SQLite {self._path}: {error}.") from error
            raise

    def _busy(self) -> LockedError:
        return LockedError(
            f"SQLite {self._path}: another process has held the write lock for"
            f" {self._busy_seconds:g} s. SQLite has one writer at a time; if many jobs shall"
            " write at once, use PostgreSQL."
        )


def _connect(path: Path, busy_seconds: float) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(
            path, timeout=busy_seconds, isolation_level=None, check_same_thread=False
        )
        for pragma in PRAGMAS:
            connection.execute(pragma)
    except sqlite3.OperationalError as error:
        # A disk that is full has no room for the files beside the database either.
        code = _primary_code(error)
        if code in _PASSING and (code != sqlite3.SQLITE_CANTOPEN or _is_usable(path)):
            raise DatabaseUnavailableError(f"SQLite cannot open {path}: {error}.") from error
        raise DatabaseMisconfiguredError(
            f"SQLite cannot open {path}: {error}. Check that the folder exists and that the"
            " runner's user may write to it."
        ) from error
    except sqlite3.DatabaseError as error:
        raise DatabaseMisconfiguredError(
            f"{path} is not a SQLite database ({error}). Check PIMJOB_DATABASE_URL."
        ) from error
    return connection


def _turn(path: Path, busy_seconds: float) -> Turn:
    beside = path.with_name(path.name + "-turn")
    try:
        return Turn(beside, busy_seconds)
    except OSError as error:
        if error.errno in _FULL:
            raise DatabaseUnavailableError(f"SQLite {path}: {error.strerror}.") from error
        raise DatabaseMisconfiguredError(
            f"{beside} cannot be opened: {error.strerror}. Check that the folder exists and that"
            " the runner's user may write to it, and read the file."
        ) from error


def _is_usable(path: Path) -> bool:
    """Whether the folder is there, and the user may write what has to be written."""
    beside = os.access(path.parent, os.W_OK | os.X_OK)
    return beside and (not path.exists() or (path.is_file() and os.access(path, os.W_OK)))


def _primary_code(error: sqlite3.Error) -> int:
    """Return the error's primary code: the low byte of the extended one."""
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code & 0xFF


def _refuse_network_filesystem(path: Path) -> None:
    kind = network_filesystem(path.parent)
    if kind is not None:
        raise DatabaseMisconfiguredError(
            f"{path} is on {kind}, where SQLite's locks and shared memory don't work and the"
            " catalogue would be damaged. Use a block volume (ReadWriteOnce), or PostgreSQL."
        )
