"""What rows do to products: create, update or nothing, and what contradicts the catalogue."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from pimjob_runner.catalogue.product_table import Product, load_products, write_products
from pimjob_runner.catalogue.structure import FamilyVariant, Structure
from pimjob_runner.catalogue.unique_values import Claim, UniqueValues
from pimjob_runner.catalogue.value_plan import ValuePlan, take_apart
from pimjob_runner.catalogue.variants import (
    Parent,
    VariantError,
    bare_value,
    combination,
    load_parents,
    own_values,
    product_level,
)
from pimjob_runner.jobs.imports.refused import RefusedRowError
from pimjob_runner.stores.database import Transaction


class ProductRow(NamedTuple):
    """A row, read. None in `enabled` and `uuid`: the file does not say."""

    identifier: str | None
    uuid: str | None
    enabled: bool | None
    family: str | None
    parent: str | None
    categories: str
    groups: str
    values: str


@dataclass(frozen=True, kw_only=True)
class ProductPlan:
    """What a file says about products, and what the catalogue allows."""

    has: Mapping[str, int]
    """Index of the column by role, of the roles that have one."""
    values: ValuePlan
    structure: Structure
    new_uuid: Callable[[int], str]
    """The UUID of the product that a line creates."""
    enabled: bool
    """Whether new products are, where the file does not say."""
    enabled_comparison: bool
    """Whether rows without a difference are left alone."""

    @property
    def identifier_code(self) -> str | None:
        """Return the code of the attribute that identifies products."""
        identifier = self.structure.identifier
        return None if identifier is None else identifier.code

    @property
    def unique(self) -> list[str]:
        """Return the unique attributes, without the identifier: that one has its own index."""
        found = (a.code for a in self.structure.attributes.values() if a.unique)
        return [code for code in found if code != self.identifier_code]


class ProductWriter:
    """Applies the rows of one chunk to the products that they name, one after the other."""

    def __init__(
        self,
        plan: ProductPlan,
        transaction: Transaction,
        rows: Sequence[ProductRow],
    ) -> None:
        self._plan = plan
        self._transaction = transaction
        self._products = load_products(
            transaction,
            [row.identifier for row in rows if row.identifier],
            [row.uuid for row in rows if row.uuid],
        )
        parents = {row.parent for row in rows if row.parent}
        parents |= {p.parent for p in self._products.all() if p.parent}
        self._parents: dict[str, Parent] = load_parents(transaction, parents)
        self._unique = frozenset(plan.unique).intersection(plan.values.slots)
        self._claims = UniqueValues(transaction) if self._unique or parents else None
        if self._claims is not None:
            self._claims.load(self._wanted(rows, parents))

    def take(self, row: ProductRow, line: int) -> str:
        """Apply the row of a line; return the counter to raise. Raises RefusedRowError."""
        before = self._find(row)
        values = row.values
        parent = self._parent(row, before)
        family = row.family if before is None or "family" in self._plan.has else before.family
        variant = None
        if parent is not None:
            variant, own = self._level(parent, family)
            family = variant.family
            values = own_values(values, own)
        if before is not None and before.raw_values != values:
            values = self._plan.values.merge(before.raw_values, values)
        after = (
            self._new(row, line, family, parent, values)
            if before is None
            else self._after(row, before, family, parent, values)
        )
        if after == before and self._plan.enabled_comparison:
            return "unchanged"
        if before is not None:
            after = after._replace(version=before.version + 1)
        if self._claims is not None:
            self._claim(before, after, variant)
        self._products.put(after, before)
        return "created" if before is None else "updated"

    def flush(self) -> None:
        """Write all that has changed. Raises ConflictError."""
        write_products(self._transaction, self._products)
        if self._claims is not None:
            self._claims.flush()

    def _find(self, row: ProductRow) -> Product | None:
        by_identifier = self._products.by_identifier(row.identifier)
        if row.uuid is None:
            return by_identifier
        by_uuid = self._products.by_uuid(row.uuid)
        if by_identifier is not None and by_identifier is not by_uuid:
            why = f"{row.identifier!r} is another product's, with UUID {by_identifier.uuid}"
            raise RefusedRowError("identifier", row.identifier or "", why)
        return by_uuid

    @staticmethod
    def _parent(row: ProductRow, before: Product | None) -> str | None:
        # An empty cell makes no simple product of a variant: that is an action of
        # its own, which has to bring along the values of the models.
        return row.parent if row.parent or before is None else before.parent

    def _new(
        self, row: ProductRow, line: int, family: str | None, parent: str | None, values: str
    ) -> Product:
        return Product(
            row.uuid or self._plan.new_uuid(line),
            row.identifier,
            family,
            parent,
            self._plan.enabled if row.enabled is None else row.enabled,
            row.categories,
            row.groups,
            values,
            1,
        )

    def _after(
        self,
        row: ProductRow,
        before: Product,
        family: str | None,
        parent: str | None,
        values: str,
    ) -> Product:
        has = self._plan.has
        return Product(
            before.uuid,
            row.identifier if "identifier" in has else before.identifier,
            family,
            parent,
            before.enabled if row.enabled is None else row.enabled,
            row.categories if "categories" in has else before.categories,
            row.groups if "groups" in has else before.groups,
            values,
            before.version,
        )

    def _level(self, parent: str, family: str | None) -> tuple[FamilyVariant, frozenset[str]]:
        """Return the family variant, and the attributes that its products have themselves."""
        try:
            variant, own = product_level(self._parents, parent, self._plan.structure)
        except VariantError as error:
            raise RefusedRowError(error.column, parent, str(error)) from error
        if family not in {None, variant.family}:
            why = f"{parent!r} is of family {variant.family!r}"
            raise RefusedRowError("family", family or "", why)
        identifier = self._plan.identifier_code
        return variant, own if identifier is None else own | {identifier}

    def _claim(self, before: Product | None, after: Product, variant: FamilyVariant | None) -> None:
        claims = self._claims
        if claims is None:
            return
        new = list(self._claims_of(after))
        if variant is not None:
            new.append(self._axes(after, variant))
        taken = claims.taken(after.uuid, new)
        if taken is not None:
            raise _taken(taken)
        claims.replace(after.uuid, self._old_claims(before), new)

    @staticmethod
    def _axes(after: Product, variant: FamilyVariant) -> Claim:
        found, missing = combination(variant.levels[-1].axes, after.raw_values)
        if missing is not None:
            raise RefusedRowError(missing, "", f"axis {missing} may not be empty")
        return Claim("axes", after.parent or "", found)

    def _old_claims(self, before: Product | None) -> Iterable[Claim]:
        if before is None:
            return
        yield from self._claims_of(before)
        if before.parent is not None:
            with suppress(VariantError):
                variant, _ = product_level(self._parents, before.parent, self._plan.structure)
                found, _ = combination(variant.levels[-1].axes, before.raw_values)
                yield Claim("axes", before.parent, found)

    def _claims_of(self, product: Product) -> Iterable[Claim]:
        if self._unique:
            yield from self._unique_of(product.raw_values)

    def _unique_of(self, values: str) -> Iterable[Claim]:
        for code, value in take_apart(values).items():
            if code in self._unique:
                yield Claim("attribute", code, bare_value(bytes(value).decode()))

    def _wanted(self, rows: Iterable[ProductRow], parents: Iterable[str]) -> Iterable[Claim]:
        """Yield what rows that are not there yet, or differ, will want; and all parents."""
        yield from (Claim("axes", parent, "") for parent in parents)
        if not self._unique:
            return
        for row in rows:
            known = self._products.by_identifier(row.identifier)
            if known is None or known.raw_values != row.values:
                yield from self._unique_of(row.values)


def _taken(claim: Claim) -> RefusedRowError:
    if claim.kind == "axes":
        why = f"{claim.scope!r} has a variant with the same axes already"
        return RefusedRowError("parent", claim.scope, why)
    value = str(msgspec.json.decode(claim.value))
    return RefusedRowError(claim.scope, value, f"another product has the same {claim.scope}")
