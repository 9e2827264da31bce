"""What changes do to product models: create, update or nothing, and what contradicts them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pimjob_runner.catalogue.codes import equal
from pimjob_runner.catalogue.refusal import Refusal
from pimjob_runner.catalogue.structure import Structure
from pimjob_runner.catalogue.values.value_mapping import ValueMapping
from pimjob_runner.catalogue.writing.claims import Claim, both_forms, canonical_claim
from pimjob_runner.catalogue.writing.levels import (
    combination,
    filled_combination,
    own_values,
    root_attributes,
    sub_model_level,
)
from pimjob_runner.catalogue.writing.model_table import Model
from pimjob_runner.catalogue.writing.unit_of_work import UnitOfWork


class ModelChange(NamedTuple):
    """What a product model shall become."""

    code: str
    family_variant: str | None
    parent: str | None
    categories: str
    values: str


@dataclass(frozen=True, kw_only=True)
class ModelMapping:
    """What all changes of a source say about product models."""

    says: Collection[str]
    """The fields of a ModelChange that are said; the others are left alone."""
    values: ValueMapping
    structure: Structure
    """What the changes were checked against."""
    enabled_comparison: bool
    """Whether changes without a difference are left alone."""


class _Place(NamedTuple):
    """Where a model is."""

    parent: str | None
    family_variant: str
    own: frozenset[str]
    axes: Sequence[str]


class ModelChanges:
    """Applies changes to the models that they name, one after the other.

    `sub`: to sub models, else to root models; those of the other kind are skipped.
    """

    def __init__(
        self, unit: UnitOfWork, mapping: ModelMapping, changes: Sequence[ModelChange], *, sub: bool
    ) -> None:
        self._mapping = mapping
        self._sub = sub
        self._models = unit.models
        self._models.load([change.code for change in changes], change=True)
        stored = [self._models.get(change.code) for change in changes]
        parents = {change.parent for change in changes if change.parent}
        parents |= {model.parent for model in stored if model is not None and model.parent}
        if parents:
            self._models.load(parents)
        self._claims = unit.claims
        self._claims.load(self._wanted(changes))

    def apply(self, change: ModelChange) -> str:
        """Apply one change; return the counter to raise. Raises Refusal."""
        before = self._models.get(change.code)
        parent = change.parent
        if "parent" not in self._mapping.says and before is not None:
            parent = before.parent
        if (parent is not None) != self._sub:
            return "skipped"
        if before is not None and (before.parent is None) != (parent is None):
            kind = "sub" if before.parent else "root"
            raise Refusal("parent", parent or "", f"it is a {kind} model and stays one")
        place = self._place(change, before, parent)
        after = self._after(change, before, place)
        if after == before and self._mapping.enabled_comparison:
            return "unchanged"
        after = after._replace(version=after.version + 1)
        self._claim(before, after, place.axes)
        if place.parent is not None:
            self._models.keep(place.parent)
        self._models.put(after)
        return "created" if before is None else "updated"

    def _after(self, change: ModelChange, before: Model | None, place: _Place) -> Model:
        values = own_values(change.values, place.own)
        if before is None:
            return Model(
                change.code, place.family_variant, place.parent, change.categories, values, 0
            )
        if before.raw_values != values:
            values = self._mapping.values.merge(before.raw_values, values, place.own)
        said = "categories" in self._mapping.says
        return Model(
            before.code,
            place.family_variant,
            place.parent,
            change.categories if said else before.categories,
            values,
            before.version,
        )

    def _place(self, change: ModelChange, before: Model | None, parent: str | None) -> _Place:
        code = change.family_variant or (before.family_variant if before else None)
        if before is not None and not equal(code, before.family_variant):
            raise Refusal("family_variant", code or "", "it cannot be changed")
        if parent is None:
            if code is None:
                raise Refusal("family_variant", "", "a root model needs one")
            structure = self._mapping.structure
            variant = structure.family_variants.get(code)
            if variant is None:
                raise Refusal("family_variant", code, f"there is no family variant {code!r}")
            spelling = structure.family_variants.spelling(code) or code
            return _Place(None, spelling, root_attributes(variant, structure), ())
        model = self._models.get(parent)
        variant, own = sub_model_level(model, parent, self._mapping.structure)
        if model is None:  # it was refused a line ago
            raise Refusal("parent", parent, f"there is no product model {parent!r}")
        if code is not None and not equal(code, model.family_variant):
            why = f"{model.code!r} has {model.family_variant!r}"
            raise Refusal("family_variant", code, why)
        return _Place(model.code, model.family_variant, own, variant.levels[0].axes)

    def _claim(self, before: Model | None, after: Model, axes: Sequence[str]) -> None:
        if after.parent is None:
            return
        found = Claim("axes", after.parent, filled_combination(axes, after.raw_values))
        new = canonical_claim(found)
        old: set[Claim] = set()
        if before is not None and before.parent is not None:
            old = both_forms(Claim("axes", before.parent, combination(axes, before.raw_values)[0]))
        if new in old:
            return
        if self._claims.taken(after.code, [new]) is not None:
            why = f"{after.parent!r} has a model with the same axes already"
            raise Refusal("parent", after.parent, why)
        self._claims.replace(after.code, old, [new])

    def _wanted(self, changes: Sequence[ModelChange]) -> list[Claim]:
        """Return what changes will want, as far as that can be told beforehand."""
        wanted = []
        for change in changes:
            known = self._models.get(change.code)
            parent = self._models.get(change.parent or (None if known is None else known.parent))
            variant = parent and self._mapping.structure.family_variants.get(parent.family_variant)
            if parent is None or not variant or (known and known.raw_values == change.values):
                continue
            stored = "{}" if known is None else known.raw_values
            axes, says = variant.levels[0].axes, self._mapping.values.slots
            found, missing = combination(axes, stored, says, change.values)
            if missing is None:
                wanted.append(Claim("axes", parent.code, found))
        return wanted
