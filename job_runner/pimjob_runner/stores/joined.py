"""A database for code that opens a transaction of its own, and shall be part of the caller's."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from pimjob_runner.stores.database import Database, Dialect, Transaction


class Joined:
    """A database whose transactions are parts of one that is open, as long as that is said."""

    def __init__(self, database: Database, transaction: Transaction) -> None:
        self.dialect: Dialect = database.dialect
        self._database = database
        self._transaction: Transaction | None = transaction

    def transaction(
        self, *, lock_seconds: float | None = None
    ) -> AbstractContextManager[Transaction]:
        """Yield the open transaction; what begins it says how long locks are waited for."""
        if self._transaction is not None:
            return nullcontext(self._transaction)
        return self._database.transaction(lock_seconds=lock_seconds)

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Read what is committed, and what the open transaction has written."""
        return self._database.query(sql, parameters)

    def name_session(self, job_id: str) -> None:
        """As the database does."""
        self._database.name_session(job_id)

    def end_sessions(self, job_id: str) -> int:
        """As the database does."""
        return self._database.end_sessions(job_id)

    def close(self) -> None:
        """As the database does."""
        self._database.close()

    def leave(self) -> None:
        """Be the plain database from now on."""
        self._transaction = None


@contextmanager
def joined(database: Database, transaction: Transaction) -> Iterator[Database]:
    """Yield the database whose transactions are parts of this one; afterwards the plain one."""
    within = Joined(database, transaction)
    try:
        yield within
    finally:
        within.leave()
