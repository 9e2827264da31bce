"""Products of one transaction: loaded together, changed in memory, written together."""

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import NamedTuple

from pimjob_runner.catalogue.codes import fold, fold_all
from pimjob_runner.catalogue.writing.rows import insert_new, look_up, look_up_codes
from pimjob_runner.catalogue.writing.versioned import Table, lock_rows, update_rows
from pimjob_runner.stores.database import Dialect, Transaction

PRODUCT = Table(
    "product",
    "uuid",
    {
        "identifier": "TEXT",
        "identifier_key": "TEXT",
        "family": "TEXT",
        "parent": "TEXT",
        "enabled": "BOOLEAN",
        "categories": "JSON",
        "groups": "JSON",
        "raw_values": "JSON",
        "associations": "JSON",
        "quantified_associations": "JSON",
        "updated": "TIMESTAMPTZ",
    },
)


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
_INSERTED = (
    *Product._fields,
    "associations",
    "quantified_associations",
    "identifier_key",
    "created",
    "updated",
)


class _Folded(dict[str, str]):
    """Keys by identifier, each computed once."""

    def __missing__(self, identifier: str) -> str:
        key = self[identifier] = fold(identifier)
        return key


class ProductTable:
    """The products that one transaction is about. `locks`: it locks what it reads."""

    def __init__(self, transaction: Transaction, *, locks: bool) -> None:
        self._transaction = transaction
        self._locks = locks
        self._uuids: dict[str, Product] = {}
        self._spellings: dict[str, str] = {}
        """UUIDs by identifier, in its own spelling."""
        self._folded = _Folded()
        self._keys: dict[str, str] | None = None
        """UUIDs by what identifiers are found by in any other spelling; None until one is."""
        self._shared_keys: set[str] = set()
        """Keys of several products, whose identifiers differ by case only."""
        self._stored: dict[str, Product] = {}
        self._changed: dict[str, None] = {}

    def load(self, identifiers: Sequence[str], uuids: Sequence[str]) -> None:
        """Read the products with these identifiers, in any spelling, or UUIDs."""
        transaction, columns = self._transaction, _COLUMNS[self._transaction.dialect]
        found = look_up_codes(transaction, "product", "identifier", columns, identifiers)
        found += look_up(transaction, "product", "uuid", columns, uuids)
        if self._locks:
            found = lock_rows(transaction, PRODUCT, columns, [row[0] for row in found])
        loaded: dict[str, Product] = {}
        for row in found:
            # As each was first read: if it has changed since, that is a conflict.
            if row[0] not in self._stored:
                loaded.setdefault(row[0], Product._make(row))
        if len(loaded) < len(identifiers):
            # Those that are new will need their keys.
            self._folded.update(zip(identifiers, fold_all(identifiers), strict=True))
        self._stored |= loaded
        self._uuids |= loaded
        named = {p.identifier: uuid for uuid, p in loaded.items() if p.identifier is not None}
        self._spellings |= named
        if self._keys is not None:
            for identifier, uuid in named.items():
                self._add_key(self._keys, identifier, uuid)

    def _by_key(self) -> dict[str, str]:
        """Return UUIDs by key. A file that spells all as they are stored never needs it."""
        if self._keys is None:
            self._keys = {}
            for identifier, uuid in self._spellings.items():
                self._add_key(self._keys, identifier, uuid)
        return self._keys

    def _add_key(self, keys: dict[str, str], identifier: str, uuid: str) -> None:
        """Let a product be found by any spelling that is no other's own."""
        key = self._folded[identifier]
        if keys.setdefault(key, uuid) != uuid:
            self._shared_keys.add(key)

    def _name(self, identifier: str | None, uuid: str) -> None:
        if identifier is not None:
            self._spellings[identifier] = uuid
            if self._keys is not None:
                self._add_key(self._keys, identifier, uuid)

    def all(self) -> Iterable[Product]:
        """Return every product."""
        return self._uuids.values()

    def by_identifier(self, identifier: str | None) -> Product | None:
        """Return a product as the rows before have left it."""
        if identifier is None:
            return None
        found = self._spellings.get(identifier) or self._by_key().get(self._folded[identifier])
        return None if found is None else self._uuids[found]

    def by_uuid(self, uuid: str) -> Product | None:
        """Return a product as the rows before have left it."""
        return self._uuids.get(uuid)

    def put(self, after: Product, before: Product | None) -> None:
        """Take a product's new state."""
        self._uuids[after.uuid] = after
        self._changed[after.uuid] = None
        if before is None:
            self._name(after.identifier, after.uuid)
        elif before.identifier != after.identifier:
            self._unname(before)
            self._name(after.identifier, after.uuid)

    def _unname(self, product: Product) -> None:
        if product.identifier is None:
            return
        if self._spellings.get(product.identifier) == product.uuid:
            del self._spellings[product.identifier]
        if self._keys is not None:
            self._take_key(self._keys, self._folded[product.identifier], product.uuid)

    def _take_key(self, keys: dict[str, str], key: str, uuid: str) -> None:
        """Let another one of those that differ by case only be found by all other spellings."""
        if keys.get(key) != uuid:
            return
        del keys[key]
        if key in self._shared_keys:
            for name, other in self._spellings.items():
                if fold(name) == key:
                    keys[key] = other
                    return

    def flush(self, now: str) -> None:
        """Update, then insert: a new product may have an identifier that another gave up.

        Raises ConflictError if another job has written one of them since it was read.
        """
        stored, current = self._stored, self._uuids
        updated = [(stored[uuid], current[uuid]) for uuid in self._changed if uuid in stored]
        if updated:
            self._update(updated, now)
        created = [current[uuid] for uuid in self._changed if uuid not in stored]
        rows = [
            (*product, "{}", "{}", self._key(product.identifier), now, now) for product in created
        ]
        # In this order for everybody: two jobs that create the same don't wait in a circle.
        rows.sort(key=lambda row: (row[11] or "", row[0]))
        insert_new(self._transaction, "product", _INSERTED, rows)

    def _update(self, updated: Sequence[tuple[Product, Product]], now: str) -> None:
        """Write the columns in which any of them differs: the fewer, the fewer indexes to touch."""
        renamed = [both for both in updated if both[0].identifier != both[1].identifier]
        if renamed:
            self._give_up_identifiers(renamed)
            self._update_columns(renamed, now, with_key=True)
            updated = [both for both in updated if both[0].identifier == both[1].identifier]
        self._update_columns(updated, now, with_key=False)

    def _update_columns(
        self, updated: Sequence[tuple[Product, Product]], now: str, *, with_key: bool
    ) -> None:
        befores, afters = [before for before, _ in updated], [after for _, after in updated]
        columns = [
            index
            for index in range(1, len(Product._fields) - 1)
            if list(map(itemgetter(index), befores)) != list(map(itemgetter(index), afters))
        ]
        names = [Product._fields[index] for index in columns]
        rows = [
            (
                before.uuid,
                before.version,
                after.version,
                *(after[index] for index in columns),
                *([self._key(after.identifier)] if with_key else ()),
                now,
            )
            for before, after in updated
        ]
        keys = ["identifier_key"] if with_key else []
        update_rows(self._transaction, PRODUCT, [*names, *keys, "updated"], rows)

    def _give_up_identifiers(self, updated: Sequence[tuple[Product, Product]]) -> None:
        """Make way: of two products that swap their identifiers each waits for the other's."""
        self._transaction.execute_many(
            "UPDATE product SET identifier = NULL, identifier_key = NULL"
            " WHERE uuid = ? AND version = ?",
            sorted((b.uuid, b.version) for b, after in updated if b.identifier != after.identifier),
        )

    def _key(self, identifier: str | None) -> str | None:
        return None if identifier is None else self._folded[identifier]
