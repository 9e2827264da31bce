"""PostgreSQL: the shared catalogue, many runners at once."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any, TypeVar

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

from pimjob_runner.stores.database import Dialect
from pimjob_runner.stores.errors import (
    ConflictError,
    DatabaseMisconfiguredError,
    DatabaseUnavailableError,
    LockedError,
)
from pimjob_runner.stores.text_array import TextArray

CONNECT_SECONDS = 10
LOCK_SECONDS = 60
IDLE_SECONDS = 30
"""How long a transaction may be idle. Shorter than the wait for a lock: who waits for a
runner that is frozen between two statements outlasts it."""

SILENCE_SECONDS = 300.0
"""How long to wait for an answer. Whatever is lost on the way to the server is noticed within half
a minute (below); this is for a server, or a proxy before it, that is there and says nothing."""

APPLICATION = "pimjob-runner"
NAME_BYTES = 63
"""PostgreSQL cuts longer names of applications."""

# Neither end waits until TCP gives up, which takes a quarter of an hour: not the runner for a
# network that loses its packets silently, nor a dead runner's session with the job's row locked.
_SESSION: dict[str, Any] = {
    "connect_timeout": CONNECT_SECONDS,
    "application_name": APPLICATION,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
    "options": (
        f"-c lock_timeout={LOCK_SECONDS}s"
        f" -c idle_in_transaction_session_timeout={IDLE_SECONDS}s"
        " -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
        " -c tcp_user_timeout=30000"
    ),
}


_R = TypeVar("_R")

_SET = "SELECT set_config(%s, %s, %s)"
_END_SESSIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE application_name = %s AND usename = current_user AND datname = current_database()"
    " AND pid <> pg_backend_pid()"
)

# Classes of SQLSTATE: connection, rolled back, resources, shut down, disk.
_PASSING = ("08", "40", "53", "57P", "58")
_CONFLICTS = frozenset({"40001", "40P01"})
"""Serialization failure, deadlock: it is known that nothing was committed."""


class _Connection(psycopg.Connection[tuple[Any, ...]]):
    """A connection that does not wait for ever."""

    def wait(
        self, gen: Generator[Any, Any, _R], interval: float = 0.1, timeout: float | None = None
    ) -> _R:
        began = monotonic()
        try:
            return super().wait(gen, interval, SILENCE_SECONDS if timeout is None else timeout)
        except psycopg.OperationalError:
            if timeout is None and monotonic() - began >= SILENCE_SECONDS:
                # Else a rollback would wait as long again.
                self.pgconn.finish()
            raise


class _TextArrayDumper(Dumper):
    """Binds a TextArray."""

    format = Format.BINARY
    oid = psycopg.postgres.types["text"].array_oid

    def dump(self, obj: TextArray) -> bytes:
        return obj.binary()


class PostgresTransaction:
    """An open transaction on a PostgreSQL connection."""

    dialect: Dialect = "postgresql"

    def __init__(self, connection: "psycopg.Connection[tuple[Any, ...]]") -> None:
        self.connection = connection

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run one statement, return the number of rows it changed."""
        return self.connection.execute(_placeholders(sql), parameters).rowcount

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement, return all its rows."""
        return self.connection.execute(_placeholders(sql), parameters).fetchall()

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each row, in one pipeline."""
        with self.connection.cursor() as cursor:
            cursor.executemany(_placeholders(sql), rows)


class PostgresDatabase:
    """A PostgreSQL database."""

    dialect: Dialect = "postgresql"

    def __init__(self, url: str) -> None:
        self._connection = _connect(url)
        self._connection.adapters.register_dumper(TextArray, _TextArrayDumper)

    @contextmanager
    def transaction(self, *, lock_seconds: float | None = None) -> Iterator[PostgresTransaction]:
        """Begin; commit on leaving, roll back on an exception.

        Raises ConflictError where another transaction got in the way, and
        DatabaseUnavailableError when the connection or a lock is lost.
        """
        with self._errors():
            if self._connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                self._refuse_to_nest()
            with self._connection.transaction():
                if lock_seconds is not None:
                    timeout = f"{lock_seconds * 1000:.0f}ms"
                    self._connection.execute(_SET, ("lock_timeout", timeout, True))
                yield PostgresTransaction(self._connection)

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Read what is committed. Waits for no writer."""
        with self._errors():
            return self._connection.execute(_placeholders(sql), parameters).fetchall()

    def name_session(self, job_id: str) -> None:
        """Say which job this connection works for: people see it in pg_stat_activity."""
        with self._errors():
            self._connection.execute(_SET, ("application_name", _name(job_id), False))

    def end_sessions(self, job_id: str) -> int:
        """End other connections that work for a job; return how many.

        No time-out of PostgreSQL does it while it waits for a client in the middle
        of a COPY. A role may end its own sessions.
        """
        with self._errors():
            return self._connection.execute(_END_SESSIONS, (_name(job_id),)).rowcount

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _refuse_to_nest(self) -> None:
        # A lost connection has no status either; the next statement says why.
        if not self._connection.broken:
            raise RuntimeError("A transaction is open already; transactions don't nest.")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            if isinstance(error, psycopg.errors.LockNotAvailable):
                raise LockedError(f"PostgreSQL: {error}".strip()) from error
            if error.sqlstate in _CONFLICTS and not self._connection.broken:
                raise ConflictError(f"PostgreSQL: {error}".strip()) from error
            # Whatever the error's name, a connection that is gone is an outage.
            if self._connection.broken or _passes(error):
                raise DatabaseUnavailableError(f"PostgreSQL: {error}".strip()) from error
            raise


def _passes(error: "psycopg.Error") -> bool:
    """Whether trying again later may help. A statement's own time-out is none of these."""
    if not isinstance(error, psycopg.OperationalError):
        return False
    # What the client itself says has no code: the network.
    return error.sqlstate is None or error.sqlstate.startswith(_PASSING)


def _name(job_id: str) -> str:
    return f"{APPLICATION} {job_id}"[:NAME_BYTES]


def _placeholders(sql: str) -> str:
    """`?` is the shared placeholder; none of our statements uses it otherwise."""
    return sql.replace("%", "%%").replace("?", "%s")


def _connect(url: str) -> "psycopg.Connection[tuple[Any, ...]]":
    try:
        return _Connection.connect(url, autocommit=True, **_SESSION)
    except psycopg.OperationalError as error:
        raise DatabaseUnavailableError(f"PostgreSQL does not answer: {error}".strip()) from error
    except psycopg.ProgrammingError:
        # What libpq says of it quotes the part that it cannot read: the password, for instance.
        raise DatabaseMisconfiguredError(
            "PIMJOB_DATABASE_URL is not a PostgreSQL URL as libpq reads them:"
            " postgresql://user:password@host:5432/database?sslmode=verify-full, with anything but"
            " letters, digits and -._~ in user and password percent-encoded."
        ) from None
