"""Products of one chunk: loaded together, changed in memory, written together."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

from pimjob_runner.catalogue.rows import (
    STATEMENT_VALUES,
    copy_rows,
    insert_new,
    look_up,
    values_list,
)
from pimjob_runner.stores.database import Dialect, Transaction
from pimjob_runner.stores.errors import ConflictError


class Product(NamedTuple):
    """A product without its associations. JSON columns are canonical text."""

    uuid: str
    identifier: str | None
    family: str | None
    parent: str | None
    enabled: bool
    """0 or 1 where SQLite says so: the same to Python."""
    categories: str
    groups: str
    raw_values: str
    version: int
    """How many rows have changed it, wherever their chunks ended; an update names what it read."""


_COLUMNS: dict[Dialect, str] = {
    "sqlite": ", ".join(Product._fields),
    # As they are stored, not as what the driver would make of them.
    "postgresql": "uuid::text, identifier, family, parent, enabled, categories::text,"
    " groups::text, raw_values::text, version",
}
_INSERTED = (*Product._fields, "associations", "quantified_associations")


class Products:
    """The products that one chunk is about."""

    def __init__(self, found: Iterable[Product]) -> None:
        self._uuids = {product.uuid: product for product in found}
        self._identifiers = {
            product.identifier: product.uuid
            for product in self._uuids.values()
            if product.identifier is not None
        }
        self._stored = dict(self._uuids)
        self._changed: dict[str, None] = {}

    def all(self) -> Iterable[Product]:
        """Return every product."""
        return self._uuids.values()

    def by_identifier(self, identifier: str | None) -> Product | None:
        """Return a product as the rows before have left it."""
        found = None if identifier is None else self._identifiers.get(identifier)
        return None if found is None else self._uuids[found]

    def by_uuid(self, uuid: str) -> Product | None:
        """Return a product as the rows before have left it."""
        return self._uuids.get(uuid)

    def put(self, after: Product, before: Product | None) -> None:
        """Take a product's new state."""
        if before is not None and before.identifier != after.identifier:
            self._identifiers.pop(before.identifier or "", None)
        self._uuids[after.uuid] = after
        if after.identifier is not None:
            self._identifiers[after.identifier] = after.uuid
        self._changed[after.uuid] = None

    def created(self) -> list[Product]:
        """Return what is to be inserted."""
        return [self._uuids[uuid] for uuid in self._changed if uuid not in self._stored]

    def updated(self) -> list[tuple[Product, Product]]:
        """Return what is to be updated: as it was read, and as it is now."""
        stored = self._stored
        return [(stored[uuid], self._uuids[uuid]) for uuid in self._changed if uuid in stored]


def load_products(
    transaction: Transaction, identifiers: Sequence[str], uuids: Sequence[str]
) -> Products:
    """Read the products with these identifiers or UUIDs."""
    columns = _COLUMNS[transaction.dialect]
    found = look_up(transaction, "product", "identifier", columns, identifiers)
    found += look_up(transaction, "product", "uuid", columns, uuids)
    return Products(map(Product._make, found))


def write_products(transaction: Transaction, products: Products) -> None:
    """Update, then insert: a new product may have an identifier that another gave up.

    Raises ConflictError if another job has written one of them since it was read.
    """
    updated = products.updated()
    if updated:
        _update(transaction, updated)
    created = products.created()
    insert_new(transaction, "product", _INSERTED, [(*product, "{}", "{}") for product in created])


def _update(transaction: Transaction, updated: Sequence[tuple[Product, Product]]) -> None:
    """Write the columns in which any of them differs: the fewer, the fewer indexes to touch."""
    if any(before.identifier != after.identifier for before, after in updated):
        _give_up_identifiers(transaction, updated)
    columns = [
        index
        for index in range(1, len(Product._fields) - 1)
        if any(before[index] != after[index] for before, after in updated)
    ]
    names = tuple(Product._fields[index] for index in columns)
    rows = [
        (before.uuid, before.version, after.version, *(after[index] for index in columns))
        for before, after in updated
    ]
    update = _update_postgresql if transaction.dialect == "postgresql" else _update_sqlite
    if update(transaction, names, rows) != len(rows):
        raise ConflictError("product: changed by another job since it was read")


def _give_up_identifiers(
    transaction: Transaction, updated: Sequence[tuple[Product, Product]]
) -> None:
    """Make way: of two products that swap their identifiers each waits for the other's."""
    transaction.execute_many(
        "UPDATE product SET identifier = NULL WHERE uuid = ? AND version = ?",
        [(b.uuid, b.version) for b, after in updated if b.identifier != after.identifier],
    )


def _update_sqlite(
    transaction: Transaction, names: tuple[str, ...], rows: Sequence[Sequence[Any]]
) -> int:
    step, matched = STATEMENT_VALUES // (3 + len(names)), 0
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        sql = _update_statement(names, len(part))
        matched += transaction.execute(sql, list(chain.from_iterable(part)))
    return matched


@lru_cache(maxsize=8)
def _update_statement(names: tuple[str, ...], rows: int) -> str:
    sets = "".join(f", {name} = v.column{number}" for number, name in enumerate(names, start=4))
    return (
        f"UPDATE product SET version = v.column3{sets}"  # noqa: S608 - constants
        f" FROM (VALUES {values_list(3 + len(names), rows)}) AS v"
        " WHERE product.uuid = v.column1 AND product.version = v.column2"
    )


def _update_postgresql(
    transaction: Transaction, names: tuple[str, ...], rows: Sequence[Sequence[Any]]
) -> int:
    """Update through a staging table: one statement, whatever the number."""
    transaction.execute(
        "CREATE TEMP TABLE IF NOT EXISTS product_staging"
        " (uuid UUID, before INTEGER, version INTEGER, identifier TEXT, family TEXT, parent TEXT,"
        " enabled BOOLEAN, categories JSON, groups JSON, raw_values JSON) ON COMMIT DELETE ROWS"
    )
    copy_rows(transaction, "product_staging", ("uuid", "before", "version", *names), rows)
    sets = "".join(f", {name} = s.{name}" for name in names)
    return transaction.execute(
        f"UPDATE product p SET version = s.version{sets} FROM product_staging s"  # noqa: S608 - constants
        " WHERE p.uuid = s.uuid AND p.version = s.before"
    )
