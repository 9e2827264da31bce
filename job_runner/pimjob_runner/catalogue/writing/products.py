"""What changes do to products: create, update or nothing, and what contradicts the catalogue."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import msgspec

from pimjob_runner.catalogue.refusal import Refusal
from pimjob_runner.catalogue.structure import AttributeKind, FamilyVariant, Structure
from pimjob_runner.catalogue.values.value_mapping import ValueMapping, split_values
from pimjob_runner.catalogue.writing.claims import Claim, both_forms, canonical_claim
from pimjob_runner.catalogue.writing.levels import (
    bare_value,
    combination,
    filled_combination,
    own_values,
    product_level,
)
from pimjob_runner.catalogue.writing.model_table import Model
from pimjob_runner.catalogue.writing.product_table import Product
from pimjob_runner.catalogue.writing.unit_of_work import UnitOfWork


class ProductChange(NamedTuple):
    """What a product shall become. None in `enabled` and `uuid`: it is not said."""

    identifier: str | None
    uuid: str | None
    enabled: bool | None
    family: str | None
    parent: str | None
    categories: str
    groups: str
    values: str


@dataclass(frozen=True, kw_only=True)
class ProductMapping:
    """What all changes of a source say about products."""

    says: Collection[str]
    """The fields of a ProductChange that are said; the others are left alone."""
    values: ValueMapping
    structure: Structure
    """What the changes were checked against."""
    new_uuid: Callable[[int], str]
    """The UUID of the product that a line creates."""
    enabled: bool
    """Whether new products are, where it is not said."""
    enabled_comparison: bool
    """Whether changes without a difference are left alone."""

    @cached_property
    def identifier_code(self) -> str | None:
        """Return the code of the attribute that identifies products."""
        identifier = self.structure.identifier
        return None if identifier is None else identifier.code

    @cached_property
    def unique(self) -> frozenset[str]:
        """Return the unique attributes whose values are said, without the identifier."""
        return self.all_unique & set(self.values.slots)

    @cached_property
    def all_unique(self) -> frozenset[str]:
        """Return the unique attributes without the identifier: that has an index of its own."""
        found = (a.code for a in self.structure.attributes.values() if a.unique)
        return frozenset(code for code in found if code != self.identifier_code)

    def is_number(self, code: str) -> bool:
        """Whether values of an attribute are numbers."""
        return self.structure.attributes[code].kind is AttributeKind.NUMBER


class ProductChanges:
    """Applies changes to the products that they name, one after the other."""

    def __init__(
        self, unit: UnitOfWork, mapping: ProductMapping, changes: Sequence[ProductChange]
    ) -> None:
        self._mapping = mapping
        self._models = unit.models
        self._products = unit.products
        self._products.load(
            [change.identifier for change in changes if change.identifier],
            [change.uuid for change in changes if change.uuid],
        )
        parents = {change.parent for change in changes if change.parent}
        parents |= {p.parent for p in self._products.all() if p.parent}
        if parents:
            self._models.load(parents)
        self._levels: dict[str, tuple[FamilyVariant, frozenset[str]]] = {}
        self.applied: Product | None = None
        """What the change that was applied last has left."""
        self._claims = unit.claims if mapping.unique or parents else None
        if self._claims is not None:
            self._claims.load(self._wanted(changes))

    def apply(self, change: ProductChange, line: int) -> str:
        """Apply the change of a line; return the counter to raise. Raises Refusal."""
        mapping = self._mapping
        before = self._find(change)
        parent, variant, own = self._place(change, before)
        values = self._values(change, before, parent, own)
        if variant is not None:
            family: str | None = variant.family
        elif before is None or "family" in mapping.says:
            family = change.family
        else:
            family = before.family
        after = (
            self._new(change, line, family, parent, values)
            if before is None
            else self._after(change, before, family, parent, values)
        )
        if after == before and mapping.enabled_comparison:
            self.applied = before
            return "unchanged"
        if before is not None:
            after = Product._make((*after[:-1], before.version + 1))
        if self._claims is not None:
            self._claim(before, after, variant)
        if parent is not None:
            self._models.keep(parent)
        self._products.put(after, before)
        self.applied = after
        return "created" if before is None else "updated"

    def _find(self, change: ProductChange) -> Product | None:
        by_identifier = self._products.by_identifier(change.identifier)
        if change.uuid is None:
            return by_identifier
        by_uuid = self._products.by_uuid(change.uuid)
        if by_identifier is not None and by_identifier is not by_uuid:
            why = f"{change.identifier!r} is another product's, with UUID {by_identifier.uuid}"
            raise Refusal("identifier", change.identifier or "", why)
        return by_uuid

    def _place(
        self, change: ProductChange, before: Product | None
    ) -> tuple[str | None, FamilyVariant | None, frozenset[str]]:
        """Return the parent, the family variant and the attributes of the product's level."""
        # An empty cell makes no simple product of a variant: that is an action of
        # its own, which has to bring along the values of the models.
        wanted = change.parent or (None if before is None else before.parent)
        if wanted is None:
            return None, None, frozenset()
        model = self._models.get(wanted)
        variant, own = self._level(model, wanted)
        parent = wanted if model is None else model.code
        self._check_move(before, parent, model)
        said = before is None or "family" in self._mapping.says
        family = change.family if said or before is None else before.family
        if family not in {None, variant.family}:
            why = f"{parent!r} is of family {variant.family!r}"
            raise Refusal("family", family or "", why)
        return parent, variant, own

    def _level(self, model: Model | None, code: str) -> tuple[FamilyVariant, frozenset[str]]:
        """Return the family variant, and the attributes that its products have themselves."""
        known = self._levels.get(code)
        if known is None:
            variant, own = product_level(model, code, self._mapping.structure)
            identifier = self._mapping.identifier_code
            known = variant, own if identifier is None else own | {identifier}
            self._levels[code] = known
        return known

    def _check_move(self, before: Product | None, parent: str, model: Model | None) -> None:
        """Let a variant only move to where its values belong to the same levels."""
        if before is None or before.parent in {None, parent} or model is None:
            return
        old = self._models.get(before.parent)
        if old is not None and old.family_variant != model.family_variant:
            why = (
                f"the product varies by {old.family_variant!r} and {parent!r} by"
                f" {model.family_variant!r}; a new parent must have the same family variant"
            )
            raise Refusal("parent", parent, why)

    def _values(
        self,
        change: ProductChange,
        before: Product | None,
        parent: str | None,
        own: frozenset[str],
    ) -> str:
        values = change.values
        if before is not None and change.uuid is None and before.identifier != change.identifier:
            # Found in another spelling: it keeps the one it was created with.
            values = self._mapping.values.respell(
                values, self._mapping.identifier_code or "", before.identifier or ""
            )
        if parent is not None:
            values = own_values(values, own)
        if before is None or before.raw_values == values:
            return values
        level = None if parent is None else own
        merged = self._mapping.values.merge(before.raw_values, values, level)
        # What becomes a variant leaves the values of the levels above to them.
        return own_values(merged, own) if parent != before.parent else merged

    def _new(
        self, change: ProductChange, line: int, family: str | None, parent: str | None, values: str
    ) -> Product:
        return Product(
            change.uuid or self._mapping.new_uuid(line),
            change.identifier,
            family,
            parent,
            self._mapping.enabled if change.enabled is None else change.enabled,
            change.categories,
            change.groups,
            values,
            1,
        )

    def _after(
        self,
        change: ProductChange,
        before: Product,
        family: str | None,
        parent: str | None,
        values: str,
    ) -> Product:
        says = self._mapping.says
        renamed = "identifier" in says and change.uuid is not None
        return Product(
            before.uuid,
            change.identifier if renamed else before.identifier,
            family,
            parent,
            before.enabled if change.enabled is None else change.enabled,
            change.categories if "categories" in says else before.categories,
            change.groups if "groups" in says else before.groups,
            values,
            before.version,
        )

    def _claim(self, before: Product | None, after: Product, variant: FamilyVariant | None) -> None:
        claims = self._claims
        if claims is None:
            return
        # What changes its level may lose values that the source says nothing of.
        moved = before is not None and before.parent != after.parent
        codes = self._mapping.all_unique if moved else self._mapping.unique
        new = {self._canonical(claim) for claim in self._unique_of(after.raw_values, codes)}
        if variant is not None:
            axes = filled_combination(variant.levels[-1].axes, after.raw_values)
            new.add(canonical_claim(Claim("axes", after.parent or "", axes)))
        old = set() if before is None else self._claims_of(before, codes)
        if before is not None and set(map(self._canonical, old)) == new:
            return
        taken = claims.taken(after.uuid, sorted(new))
        if taken is not None:
            raise _taken(taken)
        claims.replace(after.uuid, old, new)

    def _claims_of(self, product: Product, codes: Collection[str]) -> set[Claim]:
        """Return what a product has: numbers also in the form in which older versions have them."""
        found = set(self._unique_of(product.raw_values, codes))
        found |= {self._canonical(claim) for claim in found}
        axes = self._axes_of(product.parent)
        if axes:
            combined, _ = combination(axes, product.raw_values)
            found |= both_forms(Claim("axes", product.parent or "", combined))
        return found

    def _canonical(self, claim: Claim) -> Claim:
        """Return a claim in the one form in which it is stored."""
        if claim.kind == "attribute" and not self._mapping.is_number(claim.scope):
            return claim
        return canonical_claim(claim)

    def _axes_of(self, parent: str | None) -> Sequence[str]:
        """Return the axes of the products below a model; none if they cannot be told."""
        model = self._models.get(parent)
        if model is None:
            return ()
        variant = self._mapping.structure.family_variants.get(model.family_variant)
        return () if variant is None else variant.levels[-1].axes

    def _unique_of(self, values: str, codes: Collection[str]) -> Iterable[Claim]:
        if not codes:
            return
        found = split_values(values)
        for code in found.keys() & codes:
            yield Claim("attribute", code, bare_value(bytes(found[code]).decode()))

    def _wanted(self, changes: Iterable[ProductChange]) -> Iterable[Claim]:
        """Yield what changes will want, as far as that can be told beforehand."""
        for change in changes:
            known = self._products.by_identifier(change.identifier)
            if known is None and change.uuid is not None:
                known = self._products.by_uuid(change.uuid)
            if known is not None and known.raw_values == change.values:
                continue
            yield from self._unique_of(change.values, self._mapping.unique)
            parent = self._models.get(change.parent or (None if known is None else known.parent))
            axes = self._axes_of(None if parent is None else parent.code)
            if parent is not None and axes:
                stored = "{}" if known is None else known.raw_values
                found, missing = combination(
                    axes, stored, self._mapping.values.slots, change.values
                )
                if missing is None:
                    yield Claim("axes", parent.code, found)


def _taken(claim: Claim) -> Refusal:
    if claim.kind == "axes":
        why = f"{claim.scope!r} has a variant with the same axes already"
        return Refusal("parent", claim.scope, why)
    value = str(msgspec.json.decode(claim.value))
    return Refusal(claim.scope, value, f"another product has the same {claim.scope}")
