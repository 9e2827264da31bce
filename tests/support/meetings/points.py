"""A database that says what is about to be done with it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pimjob_runner.stores.database import Database
from pimjob_runner.stores.url import open_database

Tell = Callable[[str], None]
"""Called with `begin`, `begun`, `statement` or `commit` before it is done, `committed` after.

The commit of a transaction that has only asked is `read`.
"""


def telling(tell: Tell) -> Callable[[str], Database]:
    """Return a function that opens such a database."""

    def connect(url: str) -> Database:
        return _Database(open_database(url), tell)

    return connect


class _Database:
    """Hands everything on, so that it knows no more of the interface than it tells."""

    def __init__(self, database: Any, tell: Tell) -> None:
        self._database = database
        self._tell = tell

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    @contextmanager
    def transaction(self, *arguments: Any, **more: Any) -> Iterator[Any]:
        self._tell("begin")
        with self._database.transaction(*arguments, **more) as transaction:
            self._tell("begun")
            told = _Transaction(transaction, self._tell)
            yield told
            self._tell("commit" if told.has_written else "read")
        self._tell("committed")


class _Transaction:
    def __init__(self, transaction: Any, tell: Tell) -> None:
        self._transaction = transaction
        self._tell = tell
        self.has_written = False

    def __getattr__(self, name: str) -> Any:
        if name in {"execute", "query", "execute_many", "connection"}:
            self.has_written = self.has_written or name != "query"
            self._tell("statement")
        return getattr(self._transaction, name)
