"""A step of the migrations: the keys that codes are found by, of what is there already."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

from pimjob_runner.catalogue.codes import fold
from pimjob_runner.stores.database import Transaction

PAGE = 2_000
NAMED = 10
"""How many of the codes that differ by case only are named in the log."""

log = logging.getLogger(__name__)


def fill_keys(table: str, column: str, scope: str = "") -> Callable[[Transaction], None]:
    """Return a step that gives each row of a table its key.

    Of codes that differ in their case only the first gets the key; the others are left as
    they are, found by their own spelling, and told in the log. `scope`: the column within
    which codes are unique.
    """

    def fill(transaction: Transaction) -> None:
        seen: set[tuple[Any, str]] = set()
        doubles: list[str] = []
        for page in _pages(transaction, table, column, scope):
            keys = []
            for within, code in page:
                key = (within, fold(code))
                if key in seen:
                    doubles.append(code)
                    continue
                seen.add(key)
                keys.append((key[1], code, *([within] if scope else [])))
            also = f" AND {scope} = ?" if scope else ""
            transaction.execute_many(
                f"UPDATE {table} SET {column}_key = ? WHERE {column} = ?{also}",  # noqa: S608 - constants
                keys,
            )
        if doubles:
            named = ", ".join(map(repr, doubles[:NAMED]))
            log.warning(
                "%d rows of %s differ from another by the case of their %s only; each is found by"
                " its own spelling: %s%s. Rename or merge them when you can.",
                len(doubles),
                table,
                column,
                named,
                "" if len(doubles) <= NAMED else ", …",
            )

    return fill


def _pages(
    transaction: Transaction, table: str, column: str, scope: str
) -> Iterator[list[tuple[str, str]]]:
    """Yield rows (scope, code) in their order, a page at a time."""
    order = f"{scope}, {column}" if scope else column
    last: tuple[str, ...] = ("", "") if scope else ("",)
    while True:
        page = transaction.query(
            f"SELECT {order} FROM {table} WHERE ({order}) > ({', '.join('?' * len(last))})"  # noqa: S608 - constants
            f" ORDER BY {order} LIMIT {PAGE}",
            last,
        )
        if not page:
            return
        yield [(str(row[0]) if scope else "", str(row[-1])) for row in page]
        last = tuple(map(str, page[-1]))
