"""Rows that count how often they were changed, and are only changed as they were read.

A writer reads without locks, since most rows of a repeated import turn out to be as they
should be. What it changes it locks first, in the order of the keys, so that two writers
of the same rows wait for each other and never for ever; and it changes nothing that
another one has changed since it read: that is a ConflictError, and the whole transaction
is tried again, this time with locks from the beginning.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any

from pimjob_runner.catalogue.writing.rows import (
    array_text,
    copy_rows,
    statements_of,
    unique_conflicts,
    values_list,
)
from pimjob_runner.stores.database import Transaction
from pimjob_runner.stores.errors import ConflictError


@dataclass(frozen=True)
class Table:
    """A table with a column `version`."""

    name: str
    key: str
    """Its primary key."""
    types: Mapping[str, str]
    """Of the columns that can be updated: their types in PostgreSQL, by name."""

    def __hash__(self) -> int:
        return hash(self.name)


def lock_rows(
    transaction: Transaction, table: Table, columns: str, keys: Sequence[str]
) -> list[tuple[Any, ...]]:
    """Read rows by key and lock them, in the order of the keys. On PostgreSQL only.

    SQLite has locked everything already.
    """
    if not keys:
        return []
    cast = "uuid[]" if table.key == "uuid" else "text[]"
    return transaction.query(
        f"SELECT {columns} FROM {table.name} WHERE {table.key} = ANY(?::{cast})"  # noqa: S608 - constants
        f" ORDER BY {table.key} FOR NO KEY UPDATE",
        (array_text(keys),),
    )


def update_rows(
    transaction: Transaction, table: Table, names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Update columns `names` of rows `(key, version before, version after, *values)`.

    Raises ConflictError if one of them is not there any more in its version before.
    """
    if not rows:
        return
    update = _update_postgresql if transaction.dialect == "postgresql" else _update_sqlite
    with unique_conflicts(table.name):
        matched = update(transaction, table, tuple(names), rows)
    if matched != len(rows):
        raise ConflictError(f"{table.name}: changed by another job since it was read")


def _update_sqlite(
    transaction: Transaction, table: Table, names: tuple[str, ...], rows: Sequence[Sequence[Any]]
) -> int:
    matched = 0
    for part in statements_of(rows, 3 + len(names)):
        sql = _update_statement(table, names, len(part))
        matched += transaction.execute(sql, list(chain.from_iterable(part)))
    return matched


@lru_cache(maxsize=32)
def _update_statement(table: Table, names: tuple[str, ...], rows: int) -> str:
    sets = "".join(f", {name} = v.column{number}" for number, name in enumerate(names, start=4))
    return (
        f"UPDATE {table.name} SET version = v.column3{sets}"  # noqa: S608 - constants
        f" FROM (VALUES {values_list(3 + len(names), rows)}) AS v"
        f" WHERE {table.name}.{table.key} = v.column1 AND {table.name}.version = v.column2"
    )


def _update_postgresql(
    transaction: Transaction, table: Table, names: tuple[str, ...], rows: Sequence[Sequence[Any]]
) -> int:
    """Update through a staging table: one statement, whatever the number."""
    staging = _stage(transaction, table, names, rows)
    same = f"t.{table.key} = s.{table.key} AND t.version = s.before"
    # Their order is that of the keys only if they are locked in it.
    transaction.query(
        f"SELECT count(*) FROM (SELECT 1 FROM {table.name} t JOIN {staging} s ON {same}"  # noqa: S608 - constants
        f" ORDER BY t.{table.key} FOR NO KEY UPDATE OF t) AS locked"
    )
    sets = "".join(f", {name} = s.{name}" for name in names)
    return transaction.execute(
        f"UPDATE {table.name} t SET version = s.version{sets} FROM {staging} s WHERE {same}"  # noqa: S608 - constants
    )


def _stage(
    transaction: Transaction, table: Table, names: tuple[str, ...], rows: Sequence[Sequence[Any]]
) -> str:
    staging = f"{table.name}_staging"
    key = "UUID" if table.key == "uuid" else "TEXT"
    columns = "".join(f", {name} {kind}" for name, kind in table.types.items())
    transaction.execute(
        f"CREATE TEMP TABLE IF NOT EXISTS {staging}"
        f" ({table.key} {key}, before INTEGER, version INTEGER{columns}) ON COMMIT DELETE ROWS"
    )
    transaction.execute(f"DELETE FROM {staging}")  # noqa: S608 - constants
    copy_rows(transaction, staging, (table.key, "before", "version", *names), rows)
    return staging
