"""Looking up and writing many rows at once, in each dialect's fastest way.

Names of tables and columns are constants of the callers; values are bound.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain
from typing import Any

import msgspec

from pimjob_runner.catalogue.codes import fold_all
from pimjob_runner.stores.copy_text import copy_text
from pimjob_runner.stores.database import Transaction
from pimjob_runner.stores.errors import ConflictError

STATEMENT_VALUES = 5_000
"""Bound values of one SQLite statement: enough rows to be worth one, below its limit of 32,766."""

_DUPLICATES = frozenset({"23505", 1555, 2067})
"""PostgreSQL's unique_violation; SQLite's CONSTRAINT_PRIMARYKEY and CONSTRAINT_UNIQUE."""


def look_up(
    transaction: Transaction,
    table: str,
    key: str,
    columns: str,
    values: Iterable[str],
    *,
    where: str = "",
    bound: Sequence[Any] = (),
) -> list[tuple[Any, ...]]:
    """Return the rows whose `key` is one of `values`, and that match `where`, if given.

    A key `uuid` takes canonical UUIDs only.
    """
    wanted: Any = list(values)
    if not wanted:
        return []
    among = "IN (SELECT value FROM json_each(?))"
    if transaction.dialect == "postgresql":
        among = "= ANY(?::uuid[])" if key == "uuid" else "= ANY(?::text[])"
        wanted = array_text(wanted)
    else:
        wanted = msgspec.json.encode(wanted).decode()
    condition = f"{where} AND {key} {among}" if where else f"{key} {among}"
    sql = f"SELECT {columns} FROM {table} WHERE {condition}"  # noqa: S608 - constants
    return transaction.query(sql, (*bound, wanted))


def array_text(values: Sequence[str]) -> str:
    """Return PostgreSQL's text of an array that is not empty, for keys.

    Bound as a list, psycopg would take four times as long. What is long, has many quotes or
    may be null is better a TextArray.
    """
    text = "".join(values)
    if '"' in text or "\\" in text:
        values = [value.replace("\\", "\\\\").replace('"', '\\"') for value in values]
    inner = '","'.join(values)
    return f'{{"{inner}"}}'


def look_up_codes(
    transaction: Transaction,
    table: str,
    name: str,
    columns: str,
    codes: Collection[str],
    *,
    where: str = "",
    bound: Sequence[Any] = (),
) -> list[tuple[Any, ...]]:
    """Return the rows whose code (column `name`) is one of `codes`, in any spelling."""
    also = f" AND {where}" if where else ""
    keys = look_up(
        transaction, table, f"{name}_key", columns, set(fold_all(codes)), where=where, bound=bound
    )
    # What has no key was there before keys were, or was written by an older runner.
    without = f"{name}_key IS NULL AND {name} IS NOT NULL"
    if not transaction.query(f"SELECT 1 FROM {table} WHERE {without} LIMIT 1"):  # noqa: S608 - constants
        return keys
    return keys + look_up(
        transaction, table, name, columns, set(codes), where=f"{without}{also}", bound=bound
    )


def insert_new(
    transaction: Transaction, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Insert rows that are not there. Raises ConflictError for one that is."""
    if not rows:
        return
    with unique_conflicts(table):
        if transaction.dialect == "postgresql":
            copy_rows(transaction, table, columns, rows)
        else:
            _insert_sqlite(transaction, table, columns, rows)


def copy_rows(
    transaction: Transaction, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Insert rows the fastest way PostgreSQL has."""
    with (
        transaction.connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy,
    ):
        copy.write(copy_text(rows))


def values_list(width: int, rows: int) -> str:
    """Return `(?, ?), (?, ?), …`."""
    return ", ".join([f"({', '.join('?' * width)})"] * rows)


def _insert_sqlite(
    transaction: Transaction, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Insert many rows to a statement.

    SQLite gives other threads their turn during each, and waits for its own again.
    So the next rows are read meanwhile.
    """
    for part in statements_of(rows, len(columns)):
        sql = _insert_statement(table, tuple(columns), len(part))
        transaction.execute(sql, list(chain.from_iterable(part)))


def statements_of(rows: Sequence[Sequence[Any]], width: int) -> Iterator[Sequence[Sequence[Any]]]:
    """Yield what one statement each takes, of rows of so many values.

    Of few sizes: for each number of rows there is a statement, which SQLite keeps compiled.
    """
    start, most = 0, STATEMENT_VALUES // width
    while start < len(rows):
        size = min(most, 1 << (len(rows) - start).bit_length() - 1)
        yield rows[start : start + size]
        start += size


@lru_cache(maxsize=32)
def _insert_statement(table: str, columns: tuple[str, ...], rows: int) -> str:
    values = values_list(len(columns), rows)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {values}"  # noqa: S608 - constants


def upsert(
    transaction: Transaction,
    table: str,
    columns: Sequence[str],
    *,
    keys: Sequence[str],
    rows: Sequence[Sequence[Any]],
    kept: Sequence[str] = (),
) -> None:
    """Insert rows, or replace what is there under the same keys, all but columns `kept`."""
    if not rows:
        return
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    sets = ", ".join(f"{c} = excluded.{c}" for c in columns if c not in {*keys, *kept})
    with unique_conflicts(table):
        transaction.execute_many(
            f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - constants
            f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {sets}",
            rows,
        )


@contextmanager
def unique_conflicts(table: str) -> Iterator[None]:
    """Raise ConflictError where a row cannot be written because of another one."""
    try:
        yield
    except Exception as error:
        # Neither driver is imported here: only one of them is installed for sure.
        code = getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorcode", None)
        if code not in _DUPLICATES:
            raise
        raise ConflictError(f"{table}: {error}") from error
