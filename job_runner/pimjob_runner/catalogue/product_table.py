"""Products of one chunk: loaded together, changed in memory, written together."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from pimjob_runner.catalogue.rows import insert_new, look_up
from pimjob_runner.stores.database import Transaction
from pimjob_runner.stores.errors import DatabaseUnavailableError


class Product(NamedTuple):
    """A product without its associations. JSON columns are canonical text."""

    uuid: str
    identifier: str | None
    family: str | None
    parent: str | None
    enabled: bool
    categories: str
    groups: str
    raw_values: str
    version: int
    """How often it was updated; an update names the version that it read."""


_COLUMNS = (
    "CAST(uuid AS TEXT), identifier, family, parent, enabled, CAST(categories AS TEXT),"
    " CAST(groups AS TEXT), CAST(raw_values AS TEXT), version"
)
_INSERTED = (
    "uuid",
    "identifier",
    "family",
    "parent",
    "enabled",
    "categories",
    "groups",
    "raw_values",
    "version",
    "associations",
    "quantified_associations",
)
_UPDATED = _INSERTED[1:8]


class Products:
    """The products that one chunk is about."""

    def __init__(self, found: Iterable[Product]) -> None:
        self._uuids: dict[str, Product] = {}
        self._identifiers: dict[str, str] = {}
        for product in found:
            self._add(product)
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
        if before is not None and before.identifier is not None:
            self._identifiers.pop(before.identifier, None)
        self._add(after)
        self._changed[after.uuid] = None

    def created(self) -> list[Product]:
        """Return what is to be inserted."""
        return [self._uuids[uuid] for uuid in self._changed if uuid not in self._stored]

    def updated(self) -> list[Product]:
        """Return what is to be updated: what differs from what was read."""
        return [
            self._uuids[uuid]
            for uuid in self._changed
            if uuid in self._stored and self._uuids[uuid] != self._stored[uuid]
        ]

    def _add(self, product: Product) -> None:
        self._uuids[product.uuid] = product
        if product.identifier is not None:
            self._identifiers[product.identifier] = product.uuid


def load_products(
    transaction: Transaction, identifiers: Sequence[str], uuids: Sequence[str]
) -> Products:
    """Read the products with these identifiers or UUIDs."""
    found = look_up(transaction, "product", "identifier", _COLUMNS, identifiers)
    if uuids:
        key = "uuid" if transaction.dialect == "sqlite" else "CAST(uuid AS TEXT)"
        found += look_up(transaction, "product", key, _COLUMNS, uuids)
    return Products(Product._make((*row[:4], bool(row[4]), *row[5:])) for row in found)


def write_products(transaction: Transaction, products: Products) -> None:
    """Insert and update. Raises DatabaseUnavailableError if another job was faster."""
    insert_new(
        transaction, "product", _INSERTED, [(*p[:8], 1, "{}", "{}") for p in products.created()]
    )
    updated = products.updated()
    if not updated:
        return
    if transaction.dialect == "postgresql":
        matched = _update_postgresql(transaction, updated)
    else:
        matched = _update_sqlite(transaction, updated)
    if matched != len(updated):
        raise DatabaseUnavailableError(
            "Products were changed by another job while this one read them; the chunk is done"
            " again."
        )


def _update_sqlite(transaction: Transaction, updated: Sequence[Product]) -> int:
    sets = ", ".join(f"{column} = ?" for column in _UPDATED)
    cursor = transaction.connection.executemany(
        f"UPDATE product SET {sets}, version = version + 1 WHERE uuid = ? AND version = ?",  # noqa: S608 - constants
        [(*p[1:8], p.uuid, p.version) for p in updated],
    )
    return int(cursor.rowcount)


def _update_postgresql(transaction: Transaction, updated: Sequence[Product]) -> int:
    """Update through a staging table: one statement, whatever the number."""
    transaction.execute(
        "CREATE TEMP TABLE IF NOT EXISTS product_staging"
        " (uuid UUID, identifier TEXT, family TEXT, parent TEXT, enabled BOOLEAN,"
        " categories JSON, groups JSON, raw_values JSON, version INTEGER) ON COMMIT DELETE ROWS"
    )
    staged: list[Sequence[Any]] = [tuple(p) for p in updated]
    insert_new(transaction, "product_staging", Product._fields, staged)
    sets = ", ".join(f"{column} = s.{column}" for column in _UPDATED)
    return transaction.execute(
        f"UPDATE product p SET {sets}, version = p.version + 1 FROM product_staging s"  # noqa: S608 - constants
        " WHERE p.uuid = s.uuid AND p.version = s.version"
    )
