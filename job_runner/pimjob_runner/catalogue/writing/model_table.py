"""Product models of one transaction: loaded together, changed in memory, written together."""

from collections.abc import Collection
from typing import NamedTuple

from pimjob_runner.catalogue.codes import Codes, fold
from pimjob_runner.catalogue.writing.rows import array_text, insert_new, look_up_codes
from pimjob_runner.catalogue.writing.versioned import Table, lock_rows, update_rows
from pimjob_runner.stores.database import Transaction
from pimjob_runner.stores.errors import ConflictError

MODEL = Table(
    "product_model",
    "code",
    {
        "family_variant": "TEXT",
        "parent": "TEXT",
        "categories": "JSON",
        "raw_values": "JSON",
        "associations": "JSON",
        "quantified_associations": "JSON",
        "updated": "TIMESTAMPTZ",
    },
)
_COLUMNS = (
    "code, family_variant, parent, CAST(categories AS TEXT), CAST(raw_values AS TEXT), version"
)


class Model(NamedTuple):
    """A product model without its associations. JSON columns are canonical text."""

    code: str
    family_variant: str
    parent: str | None
    categories: str
    raw_values: str
    version: int
    """How many rows have changed it."""

    @property
    def depth(self) -> int:
        """1 for a root model, 2 for a sub model."""
        return 1 if self.parent is None else 2


_INSERTED = (
    *Model._fields,
    "associations",
    "quantified_associations",
    "code_key",
    "created",
    "updated",
)
_KEEP = (
    "SELECT code FROM product_model WHERE code = ANY(?::text[])"
    ' ORDER BY code COLLATE "C" FOR KEY SHARE'
)


class ModelTable:
    """The models that one transaction is about. `locks`: it locks what it reads."""

    def __init__(self, transaction: Transaction, *, locks: bool) -> None:
        self._transaction = transaction
        self._locks = locks
        self._models: Codes[Model] = Codes()
        self._stored: dict[str, Model] = {}
        self._changed: dict[str, None] = {}
        self._kept: set[str] = set()

    def load(self, codes: Collection[str], *, change: bool = False) -> None:
        """Read models, in any spelling of their codes. `change`: they may be changed."""
        found = look_up_codes(self._transaction, "product_model", "code", _COLUMNS, codes)
        if change and self._locks:
            found = lock_rows(self._transaction, MODEL, _COLUMNS, [row[0] for row in found])
        for row in found:
            model = Model._make(row)
            if model.code not in self._stored:
                self._stored[model.code] = model
                self._models.add(model.code, model)

    def get(self, code: str | None) -> Model | None:
        """Return a model as the rows before have left it."""
        return None if code is None else self._models.get(code)

    def keep(self, code: str) -> None:
        """Rely on a model being there: nobody may delete it until the transaction ends."""
        if code in self._stored:
            self._kept.add(code)

    def put(self, after: Model) -> None:
        """Take a model's new state."""
        self._models.put(after.code, after)
        self._changed[after.code] = None

    def flush(self, now: str) -> None:
        """Update, then insert. Raises ConflictError if another job has written one meanwhile."""
        self._hold()
        stored = self._stored
        changed = [self._models[code] for code in self._changed]
        names = ("family_variant", "parent", "categories", "raw_values", "updated")
        update_rows(
            self._transaction,
            MODEL,
            names,
            [
                (model.code, stored[model.code].version, model.version, *model[1:5], now)
                for model in changed
                if model.code in stored
            ],
        )
        created = [
            (*model, "{}", "{}", fold(model.code), now, now)
            for model in changed
            if model.code not in stored
        ]
        created.sort(key=lambda row: str(row[8]))
        insert_new(self._transaction, "product_model", _INSERTED, created)

    def _hold(self) -> None:
        if self._transaction.dialect != "postgresql" or not self._kept:
            return
        kept = self._transaction.query(_KEEP, (array_text(sorted(self._kept)),))
        if len(kept) != len(self._kept):
            raise ConflictError("product_model: deleted by another job since it was read")
