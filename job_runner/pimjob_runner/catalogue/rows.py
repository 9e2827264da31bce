"""Looking up and writing many rows at once, in each dialect's fastest way."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from pimjob_runner.stores.database import Transaction

STATEMENT_ROWS = 1_000
"""Enough to be worth a statement, few enough that their JSON takes little memory."""


def look_up(
    transaction: Transaction, table: str, key: str, columns: str, values: Iterable[str]
) -> list[tuple[Any, ...]]:
    """Return the rows whose `key` is one of `values`. Names are constants of the callers."""
    wanted = list(values)
    if not wanted:
        return []
    if transaction.dialect == "postgresql":
        sql = f"SELECT {columns} FROM {table} WHERE {key} = ANY(?)"  # noqa: S608 - constants
        return transaction.query(sql, (wanted,))
    sql = (
        f"SELECT {columns} FROM {table}"  # noqa: S608 - constants
        f" WHERE {key} IN (SELECT value FROM json_each(?))"
    )
    return transaction.query(sql, (msgspec.json.encode(wanted).decode(),))


def insert_new(
    transaction: Transaction, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Insert rows that are not there; one that is fails the transaction."""
    if not rows:
        return
    names = ", ".join(columns)
    if transaction.dialect == "postgresql":
        with (
            transaction.connection.cursor() as cursor,
            cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)
        return
    # Many rows to a statement: SQLite gives other threads their turn during each, and
    # waits for its own again. So the next rows are read meanwhile.
    cells = ", ".join(f"json_extract(value, '$[{index}]')" for index in range(len(columns)))
    sql = f"INSERT INTO {table} ({names}) SELECT {cells} FROM json_each(?)"  # noqa: S608 - constants
    for start in range(0, len(rows), STATEMENT_ROWS):
        part = rows[start : start + STATEMENT_ROWS]
        transaction.execute(sql, (msgspec.json.encode(part).decode(),))


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
    transaction.execute_many(
        f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - constants
        f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {sets}",
        rows,
    )
