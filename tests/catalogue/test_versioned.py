"""Rows with a version: written as they are, locked in one order, never over another's change."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from time import monotonic
from typing import Any

import pytest

from pimjob_runner.catalogue.writing.versioned import Table, lock_rows, update_rows
from pimjob_runner.stores.database import Database
from pimjob_runner.stores.errors import ConflictError
from pimjob_runner.stores.url import open_database

THING = Table("thing", "code", {"data": "JSON", "good": "BOOLEAN", "note": "TEXT"})
ODD = ['{"a":"\\"b\\\\c\\""}', '["ä","",null]', "{}"]


def a_table(database: Database, *codes: str) -> None:
    with database.transaction() as transaction:
        transaction.execute(
            "CREATE TABLE thing (code TEXT PRIMARY KEY, version INTEGER, data JSON, good BOOLEAN,"
            " note TEXT)"
        )
        transaction.execute_many(
            "INSERT INTO thing (code, version) VALUES (?, 1)", [(code,) for code in codes]
        )


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with closing(open_database(database_url)) as found:
        yield found


def test_values_are_stored_as_they_are(database: Database) -> None:
    a_table(database, "a", "b", "c", "d")
    rows: list[tuple[Any, ...]] = [
        ("c", 1, 2, ODD[0], True, None),
        ("a", 1, 3, ODD[1], False, 'a,"b"\\{c}\n'),
        ("b", 1, 2, ODD[2], None, ""),
    ]

    with database.transaction() as transaction:
        update_rows(transaction, THING, ("data", "good", "note"), rows)

    found = database.query(
        "SELECT code, version, CAST(data AS TEXT), good, note FROM thing ORDER BY code"
    )
    assert found == [*sorted((row[0], *row[2:]) for row in rows), ("d", 1, None, None, None)]


@pytest.mark.parametrize("missing", [("a", 2, 3, "x"), ("c", 1, 2, "x")], ids=["version", "gone"])
def test_what_is_not_as_it_was_read_is_a_conflict(
    database: Database, missing: tuple[Any, ...]
) -> None:
    a_table(database, "a", "b")

    with pytest.raises(ConflictError), database.transaction() as transaction:
        update_rows(transaction, THING, ("note",), [("b", 1, 2, "x"), missing])

    assert database.query("SELECT code, version FROM thing ORDER BY code") == [("a", 1), ("b", 1)]


@pytest.mark.parametrize("how", ["update", "lock"])
def test_rows_are_locked_in_the_order_of_their_keys(postgres_url: str, how: str) -> None:
    """Capitals come first, whatever the server's locale: so everybody has the same order."""
    keys = ["c", "a", "b", "B", "d"]

    def work(database: Database) -> None:
        with database.transaction() as transaction:
            if how == "lock":
                lock_rows(transaction, THING, "code", keys)
            else:
                update_rows(transaction, THING, ("note",), [(key, 1, 2, "new") for key in keys])

    with (
        closing(open_database(postgres_url)) as one,
        closing(open_database(postgres_url)) as other,
        closing(open_database(postgres_url)) as watcher,
        ThreadPoolExecutor(1) as pool,
    ):
        a_table(one, *keys)
        with one.transaction() as transaction:
            transaction.query("SELECT 1 FROM thing WHERE code = 'b' FOR UPDATE")
            worked = pool.submit(work, other)
            wait_for_one_who_waits(watcher)
            free = watcher.query("SELECT code FROM thing FOR UPDATE SKIP LOCKED")
        worked.result(20)

    assert sorted(free) == [("c",), ("d",)]


def wait_for_one_who_waits(database: Database) -> None:
    deadline = monotonic() + 20
    while not database.query("SELECT 1 FROM pg_locks WHERE NOT granted"):
        assert monotonic() < deadline, "nobody waits"
