"""SQLite: the embedded default. One writer at a time, on block storage."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pimjob_runner.stores.database import Dialect
from pimjob_runner.stores.errors import DatabaseMisconfiguredError, DatabaseUnavailableError
from pimjob_runner.stores.filesystem import network_filesystem

BUSY_SECONDS = 60
CACHE_KIB = 32 * 1024

# NORMAL in WAL mode never corrupts and never tears a transaction; a power cut
# may lose the last ones. Data and checkpoint are in the same transaction, so
# such a loss only means that the last chunks are done again.
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    f"PRAGMA cache_size = -{CACHE_KIB}",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA foreign_keys = ON",
)


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
    """A SQLite file."""

    dialect: Dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = _connect(path)

    @contextmanager
    def transaction(self) -> Iterator[SqliteTransaction]:
        """Begin IMMEDIATE; commit on leaving, roll back on an exception.

        Raises DatabaseUnavailableError where SQLite says so (locked, disk full).
        """
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield SqliteTransaction(self._connection)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        except sqlite3.OperationalError as error:
            raise DatabaseUnavailableError(f"SQLite {self._path}: {error}") from error

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _connect(path: Path) -> sqlite3.Connection:
    _refuse_network_filesystem(path)
    try:
        connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        for pragma in _PRAGMAS:
            connection.execute(pragma)
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise DatabaseUnavailableError(f"SQLite {path}: {error}") from error
        raise DatabaseMisconfiguredError(
            f"SQLite cannot open {path}: {error}. Check that the folder exists and that the"
            " runner's user may write to it."
        ) from error
    return connection


def _refuse_network_filesystem(path: Path) -> None:
    kind = network_filesystem(path.parent)
    if kind is not None:
        raise DatabaseMisconfiguredError(
            f"{path} is on {kind}, where SQLite's locks and shared memory don't work and the"
            " catalogue would be damaged. Use a block volume (ReadWriteOnce), or PostgreSQL."
        )
