"""What product models and variants may hold, by their family variant's levels."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pimjob_runner.catalogue.rows import look_up
from pimjob_runner.catalogue.structure import FamilyVariant, Structure
from pimjob_runner.stores.database import Transaction


@dataclass(frozen=True)
class Parent:
    """A product model that something is below of."""

    code: str
    family_variant: str
    parent: str | None

    @property
    def depth(self) -> int:
        """1 for a root model, 2 for a sub model."""
        return 1 if self.parent is None else 2


class VariantError(Exception):
    """It cannot be where the row wants it; `column` says which cell is to blame."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


def load_parents(transaction: Transaction, codes: Iterable[str]) -> dict[str, Parent]:
    """Read product models by code."""
    found = look_up(
        transaction, "product_model", "code", "code, family_variant, parent", sorted(set(codes))
    )
    return {code: Parent(code, variant, parent) for code, variant, parent in found}


def product_level(
    parents: Mapping[str, Parent], code: str, structure: Structure
) -> tuple[FamilyVariant, frozenset[str]]:
    """Return the family variant of a variant product, and the attributes of its level."""
    parent, variant = _variant_of(parents, code, structure)
    if parent.depth != len(variant.levels):
        raise VariantError(
            "parent", f"{code!r} is a root model, variants of it are below its sub models"
        )
    return variant, frozenset(variant.levels[-1].attributes)


def sub_model_level(
    parents: Mapping[str, Parent], code: str, structure: Structure
) -> tuple[FamilyVariant, frozenset[str]]:
    """Return the family variant of a sub model, and the attributes of its level."""
    parent, variant = _variant_of(parents, code, structure)
    if parent.depth != 1 or len(variant.levels) < 2:  # noqa: PLR2004 - root and sub models
        raise VariantError("parent", f"{code!r} can have no sub models")
    return variant, frozenset(variant.levels[0].attributes)


def root_attributes(variant: FamilyVariant, structure: Structure) -> frozenset[str]:
    """Return what is common to all variants: the family's attributes that are on no level."""
    lower = {attribute for level in variant.levels for attribute in level.attributes}
    return frozenset(structure.families.get(variant.family, frozenset())) - lower


def _variant_of(
    parents: Mapping[str, Parent], code: str, structure: Structure
) -> tuple[Parent, FamilyVariant]:
    parent = parents.get(code)
    if parent is None:
        raise VariantError("parent", f"there is no product model {code!r}")
    variant = structure.family_variants.get(parent.family_variant)
    if variant is None:
        raise VariantError("parent", f"family variant {parent.family_variant!r} is gone")
    return parent, variant
