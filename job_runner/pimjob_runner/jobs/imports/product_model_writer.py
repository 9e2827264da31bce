"""What rows do to product models: create, update or nothing, and what contradicts the catalogue."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pimjob_runner.catalogue.rows import look_up, upsert
from pimjob_runner.catalogue.structure import Structure
from pimjob_runner.catalogue.unique_values import Claim, UniqueValues
from pimjob_runner.catalogue.value_plan import ValuePlan
from pimjob_runner.catalogue.variants import (
    VariantError,
    combination,
    load_parents,
    own_values,
    root_attributes,
    sub_model_level,
)
from pimjob_runner.jobs.imports.refused import RefusedRowError
from pimjob_runner.stores.database import Transaction

_COLUMNS = (
    "code, family_variant, parent, CAST(categories AS TEXT), CAST(raw_values AS TEXT), version"
)
_WRITTEN = (
    "code",
    "family_variant",
    "parent",
    "categories",
    "raw_values",
    "version",
    "associations",
    "quantified_associations",
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


class ModelRow(NamedTuple):
    """A row, read."""

    code: str
    family_variant: str | None
    parent: str | None
    categories: str
    values: str


class ModelWriter:
    """Applies the rows of one chunk to the models that they name, one after the other."""

    def __init__(
        self,
        transaction: Transaction,
        rows: Sequence[ModelRow],
        *,
        plan: ValuePlan,
        has: Mapping[str, int],
        structure: Structure,
        sub: bool,
    ) -> None:
        self._transaction = transaction
        self._plan = plan
        self._has = has
        self._structure = structure
        self._sub = sub
        found = look_up(transaction, "product_model", "code", _COLUMNS, [row.code for row in rows])
        self._models = {row[0]: Model(*row) for row in found}
        parents = {row.parent for row in rows if row.parent}
        parents |= {model.parent for model in self._models.values() if model.parent}
        self._parents = load_parents(transaction, parents)
        self._claims = UniqueValues(transaction)
        self._claims.load(Claim("axes", parent, "") for parent in parents)
        self._changed: dict[str, Model] = {}

    def take(self, row: ModelRow) -> str:
        """Apply one row; return the counter to raise. Raises RefusedRowError."""
        before = self._models.get(row.code)
        parent = row.parent
        if "parent" not in self._has and before is not None:
            parent = before.parent
        if (parent is not None) != self._sub:
            return "skipped"
        if before is not None and (before.parent is None) != (parent is None):
            kind = "sub" if before.parent else "root"
            raise RefusedRowError("parent", parent or "", f"it is a {kind} model and stays one")
        variant, own, axes = self._level(row, before, parent)
        after = self._after(row, before, parent, variant, own)
        if after == before:
            return "unchanged"
        after = after._replace(version=after.version + 1)
        self._claim(before, after, axes)
        self._models[after.code] = self._changed[after.code] = after
        return "created" if before is None else "updated"

    def flush(self) -> None:
        """Write all that has changed. Raises ConflictError."""
        # Associations are another step's; an update leaves them alone.
        upsert(
            self._transaction,
            "product_model",
            _WRITTEN,
            kept=_WRITTEN[-2:],
            keys=("code",),
            rows=[(*model, "{}", "{}") for model in self._changed.values()],
        )
        self._claims.flush()

    def _after(
        self,
        row: ModelRow,
        before: Model | None,
        parent: str | None,
        variant: str,
        own: frozenset[str],
    ) -> Model:
        values = own_values(row.values, own)
        if before is None:
            return Model(row.code, variant, parent, row.categories, values, 0)
        if before.raw_values != values:
            values = self._plan.merge(before.raw_values, values)
        categories = row.categories if "categories" in self._has else before.categories
        return Model(row.code, variant, parent, categories, values, before.version)

    def _level(
        self, row: ModelRow, before: Model | None, parent: str | None
    ) -> tuple[str, frozenset[str], Sequence[str]]:
        """Return the family variant, the attributes of the model's level, and its axes."""
        code = row.family_variant or (before.family_variant if before else None)
        if before is not None and code != before.family_variant:
            raise RefusedRowError("family_variant", code or "", "it cannot be changed")
        if parent is None:
            if code is None:
                raise RefusedRowError("family_variant", "", "a root model needs one")
            variant = self._structure.family_variants[code]
            return code, root_attributes(variant, self._structure), ()
        try:
            variant, own = sub_model_level(self._parents, parent, self._structure)
        except VariantError as error:
            raise RefusedRowError(error.column, parent, str(error)) from error
        inherited = self._parents[parent].family_variant
        if code not in {None, inherited}:
            why = f"{parent!r} has {inherited!r}"
            raise RefusedRowError("family_variant", code or "", why)
        return inherited, own, variant.levels[0].axes

    def _claim(self, before: Model | None, after: Model, axes: Sequence[str]) -> None:
        if after.parent is None:
            return
        found, missing = combination(axes, after.raw_values)
        if missing is not None:
            raise RefusedRowError(missing, "", f"axis {missing} may not be empty")
        new = Claim("axes", after.parent, found)
        if self._claims.taken(after.code, [new]) is not None:
            why = f"{after.parent!r} has a model with the same axes already"
            raise RefusedRowError("parent", after.parent, why)
        old = []
        if before is not None:
            old.append(Claim("axes", before.parent or "", combination(axes, before.raw_values)[0]))
        self._claims.replace(after.code, old, [new])
