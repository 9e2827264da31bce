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
from operator import itemgetter
from typing import Any

from pimjob_runner.catalogue.writing.rows import (
    array_text,
    statements_of,
    unique_conflicts,
    values_list,
)
from pimjob_runner.stores.database import Transaction
from pimjob_runner.stores.errors import ConflictError
from pimjob_runner.stores.text_array import TextArray


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

    @property
    def key_type(self) -> str:
        """Return the type of the key in PostgreSQL."""
        return "uuid" if self.key == "uuid" else "text"


def lock_rows(
    transaction: Transaction, table: Table, columns: str, keys: Sequence[str]
) -> list[tuple[Any, ...]]:
    """Read rows by key and lock them, in the order of the keys. On PostgreSQL only.

    SQLite has locked everything already. The order is that of Python, whatever the server's.
    """
    if not keys:
        return []
    return transaction.query(
        f"SELECT {columns} FROM {table.name} WHERE {table.key} = ANY(?::{table.key_type}[])"  # noqa: S608 - constants
        f' ORDER BY CAST({table.key} AS TEXT) COLLATE "C" FOR NO KEY UPDATE',
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
    """Lock each row, in the order of their keys, and update it: one statement for all."""
    columns = zip(*sorted(rows, key=itemgetter(0)), strict=True)
    arrays = [TextArray([None if v is None else str(v) for v in column]) for column in columns]
    return transaction.execute(_locking_update(table, names), arrays)


@lru_cache(maxsize=8)
def _locking_update(table: Table, names: tuple[str, ...]) -> str:
    """Return a statement that looks up row by row, in the order of its arrays.

    For a join the whole table might be read, in an order of its own.
    """
    arrays = ", ".join(["?::text[]"] * (3 + len(names)))
    sets = "".join(f", {name} = s.{name}::{table.types[name]}" for name in names)
    return (
        f"UPDATE {table.name} t SET version = s.after::integer{sets} FROM ("  # noqa: S608 - constants
        f"SELECT w.*, l.place FROM unnest({arrays})"
        f" AS w({', '.join(('key', 'before', 'after', *names))})"
        f" CROSS JOIN LATERAL (SELECT ctid AS place FROM {table.name}"
        f" WHERE {table.key} = w.key::{table.key_type} AND version = w.before::integer"
        " FOR NO KEY UPDATE) l) s WHERE t.ctid = s.place"
    )
