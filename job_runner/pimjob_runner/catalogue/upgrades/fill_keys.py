"""The keys that codes are found by, of rows that have none: older ones, and an older runner's."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from pimjob_runner.catalogue.codes import fold
from pimjob_runner.catalogue.writing.rows import unique_conflicts
from pimjob_runner.stores.database import Database, Transaction

PAGE = 2_000
NAMED = 10
"""How many of the codes that differ by case only are named in the log."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Keyed:
    """A table whose codes are found by a key, in column `CODE_key`."""

    table: str
    code: str
    scope: str = ""
    """The column within which codes are unique; empty for the whole table."""

    @property
    def without_key(self) -> str:
        """Return the condition of rows that have a code and no key."""
        return f"{self.code}_key IS NULL AND {self.code} IS NOT NULL"

    def fill(self, transaction: Transaction) -> None:
        """Give each row its key, and tell in the log which cannot have it.

        Of codes that differ in their case only the first has the key; the others are left
        as they are, and found by their own spelling.
        """
        self.fill_missing(transaction)
        rows = transaction.query(
            f"SELECT {self.code} FROM {self.table} WHERE {self.without_key} ORDER BY {self.code}"  # noqa: S608 - constants
        )
        if rows:
            named = ", ".join(repr(code) for (code,) in rows[:NAMED])
            log.warning(
                "%d rows of %s differ from another by the case of their %s only; each is found by"
                " its own spelling: %s%s. Rename or merge them when you can.",
                len(rows),
                self.table,
                self.code,
                named,
                "" if len(rows) <= NAMED else ", …",
            )

    def fill_missing(self, transaction: Transaction) -> None:
        """Give each row that has no key its own, unless another row has it."""
        same = f"o.{self.code}_key = ?" + (f" AND o.{self.scope} = ?" if self.scope else "")
        also = f" AND {self.scope} = ?" if self.scope else ""
        sql = (
            f"UPDATE {self.table} SET {self.code}_key = ? WHERE {self.code} = ?{also}"  # noqa: S608 - constants
            f" AND {self.code}_key IS NULL"
            f" AND NOT EXISTS (SELECT 1 FROM {self.table} o WHERE {same})"
        )
        for page in self._pages(transaction):
            rows = [(fold(row[-1]), row[-1], *row[:-1], fold(row[-1]), *row[:-1]) for row in page]
            with unique_conflicts(self.table):
                transaction.execute_many(sql, rows)

    def _pages(self, transaction: Transaction) -> Iterator[list[tuple[str, ...]]]:
        """Yield rows (scope if there is one, code) without a key, a page at a time."""
        order = f"{self.scope}, {self.code}" if self.scope else self.code
        last: tuple[str, ...] = ("", "") if self.scope else ("",)
        while True:
            page = transaction.query(
                f"SELECT {order} FROM {self.table} WHERE {self.without_key}"  # noqa: S608 - constants
                f" AND ({order}) > ({', '.join('?' * len(last))}) ORDER BY {order} LIMIT {PAGE}",
                last,
            )
            if not page:
                return
            yield page
            last = page[-1]


KEYED = (
    Keyed("product", "identifier"),
    Keyed("product_model", "code"),
    Keyed("attribute_option", "code", scope="attribute"),
)


def fill_missing_keys(database: Database) -> None:
    """Give what an older runner has written meanwhile its keys."""
    for keyed in KEYED:
        sql = f"SELECT 1 FROM {keyed.table} WHERE {keyed.without_key} LIMIT 1"  # noqa: S608 - constants
        if database.query(sql):
            with database.transaction() as transaction:
                keyed.fill_missing(transaction)
