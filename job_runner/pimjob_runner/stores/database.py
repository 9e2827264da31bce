"""The one database interface: SQLite and PostgreSQL behind the same few calls.

`Database` opens transactions; `Transaction` runs SQL. Statements are written
with `?` placeholders once where both dialects agree; where they don't (bulk
look-ups, bulk upserts, JSON), the code that needs them asks `dialect` and has a
version for each, side by side.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal, Protocol

Dialect = Literal["sqlite", "postgresql"]


class Transaction(Protocol):
    """An open read-write transaction."""

    dialect: Dialect
    connection: Any
    """The driver's own connection (sqlite3 or psycopg), for bulk paths."""

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run one statement, return the number of rows it changed."""

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement, return all its rows."""

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each row."""


class Database(Protocol):
    """A database that one runner uses from one thread at a time."""

    dialect: Dialect

    def transaction(
        self, *, lock_seconds: float | None = None
    ) -> AbstractContextManager[Transaction]:
        """Begin; commit on leaving, roll back on an exception.

        SQLite takes the write lock at once (BEGIN IMMEDIATE). Transactions don't
        nest: RuntimeError. LockedError if somebody else holds a lock for longer than
        `lock_seconds` (None: as usual; SQLite always waits as usual).
        """

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Read what is committed, outside any transaction. Waits for no writer."""

    def name_session(self, job_id: str) -> None:
        """Say which job this connection works for."""

    def end_sessions(self, job_id: str) -> int:
        """End other connections that work for a job, frozen ones too; return how many.

        Whoever has one of them loses it and what was not committed. SQLite has
        no server that could do it: 0.
        """

    def close(self) -> None:
        """Close the connection."""
