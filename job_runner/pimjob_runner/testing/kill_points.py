"""Ends this process (SIGKILL: nothing is cleaned up) at the N-th thing that outlasts it.

Those are the statements of a database, the begin and the commit of a transaction,
COPY, and what changes the files below a folder. Each is a point; after one of them is
before the next. What is written to a file goes in two halves, each of them at once on
the disk: torn files are what a crash leaves.
"""

import builtins
import io
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pimjob_runner.stores import sqlite
from pimjob_runner.stores.database import Database, Dialect, Transaction
from pimjob_runner.stores.url import open_database

if TYPE_CHECKING:
    from _typeshed import HasFileno


class KillPoints:
    """Counts the points by what they are; at number `last`, if there is one, it kills.

    `end`: the signal to do it with. SIGSTOP freezes, and after SIGCONT it goes on.
    """

    def __init__(self, last: int | None = None, end: signal.Signals = signal.SIGKILL) -> None:
        self.passed: list[str] = []
        self._last = last
        self._signal = end
        self._process = os.getpid()

    def __call__(self, what: str) -> None:
        """Pass a point, or don't."""
        # A fork reads, and is killed by a test of its own.
        if os.getpid() != self._process:
            return
        if len(self.passed) == self._last:
            os.kill(os.getpid(), self._signal)
        self.passed.append(what)

    def connect(self, url: str) -> Database:
        """Open a database whose calls are points."""
        return _Database(open_database(url), self)

    def watch_files(self, folder: Path) -> None:
        """Make points of what changes files below a folder. For the rest of this process."""
        sys.addaudithook(_file_points(self, str(folder)))
        _wrap_open(self, str(folder))

        def synced(fd: "int | HasFileno") -> None:
            del fd
            self("fsync")

        os.fsync = synced


def _no_sync(fd: "int | HasFileno") -> None:
    del fd


def do_not_sync() -> None:
    """Save time: here processes die, not machines. For the rest of this process."""
    os.fsync = _no_sync
    sqlite.PRAGMAS = (*sqlite.PRAGMAS, "PRAGMA synchronous = OFF")


def in_child(work: Callable[[], bool]) -> bool:
    """Run `work` in a fork of this process; True if it returned True and was not killed."""
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if work() else 1)
        except BaseException:  # noqa: BLE001 - a fork must not go on with the tests
            os._exit(2)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 0


class _Cursor:
    """A cursor of PostgreSQL, for COPY."""

    def __init__(self, cursor: Any, point: KillPoints) -> None:
        self._cursor = cursor
        self._point = point

    def __enter__(self) -> Self:
        self._cursor.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._cursor.__exit__(*error)

    @contextmanager
    def copy(self, sql: str) -> Iterator[Any]:
        self._point("copy")
        with self._cursor.copy(sql) as copy:
            yield copy
            self._point("end of copy")


class _Connection:
    def __init__(self, connection: Any, point: KillPoints) -> None:
        self._connection = connection
        self._point = point

    def cursor(self) -> _Cursor:
        return _Cursor(self._connection.cursor(), self._point)


class _Transaction:
    def __init__(self, transaction: Transaction, point: KillPoints) -> None:
        self.dialect: Dialect = transaction.dialect
        self.connection = _Connection(transaction.connection, point)
        self._transaction = transaction
        self._point = point

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        self._point("statement")
        return self._transaction.execute(sql, parameters)

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        self._point("statement")
        return self._transaction.query(sql, parameters)

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        self._point("statement")
        self._transaction.execute_many(sql, rows)


class _Database:
    def __init__(self, database: Database, point: KillPoints) -> None:
        self.dialect: Dialect = database.dialect
        self._database = database
        self._point = point

    @contextmanager
    def transaction(self, *, lock_seconds: float | None = None) -> Iterator[Transaction]:
        self._point("begin")
        with self._database.transaction(lock_seconds=lock_seconds) as transaction:
            yield _Transaction(transaction, self._point)
            self._point("commit")
        self._point("committed")

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        self._point("statement")
        return self._database.query(sql, parameters)

    def name_session(self, job_id: str) -> None:
        self._point("statement")
        self._database.name_session(job_id)

    def end_sessions(self, job_id: str) -> int:
        self._point("statement")
        return self._database.end_sessions(job_id)

    def close(self) -> None:
        self._point("close")
        self._database.close()


_CHANGES = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.link", "os.truncate"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def _file_points(point: KillPoints, folder: str) -> Callable[[str, tuple[Any, ...]], None]:
    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        changes = event in _CHANGES or (event == "open" and bool((arguments[2] or 0) & _WRITES))
        if changes and str(arguments[0]).startswith(folder):
            point(event.removeprefix("os."))

    return hook


def _wrap_open(point: KillPoints, folder: str) -> None:
    plain = io.open

    def opened(file: Any, mode: str = "r", *arguments: Any, **more: Any) -> Any:
        found = plain(file, mode, *arguments, **more)
        writes = not set(mode).isdisjoint("wax+")
        return _Torn(found, point) if writes and str(file).startswith(folder) else found

    builtins.open = io.open = opened


class _Torn:
    """A file open for writing."""

    def __init__(self, file: Any, point: KillPoints) -> None:
        self._file = file
        self._point = point

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._point("close")
        self._file.close()

    def write(self, content: Any) -> int:
        middle = len(content) // 2
        for half in (content[:middle], content[middle:]):
            self._point("write")
            self._file.write(half)
            self._file.flush()
        return len(content)

    def writelines(self, lines: Iterable[Any]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
