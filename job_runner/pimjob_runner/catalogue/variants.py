"""What product models and variants may hold, by their family variant's levels."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pimjob_runner.catalogue.rows import look_up
from pimjob_runner.catalogue.structure import FamilyVariant, Structure
from pimjob_runner.catalogue.value_plan import ALL_CHANNELS, ALL_LOCALES, put_together, take_apart
from pimjob_runner.stores.database import Transaction

_PLAIN: Final = f'{{"{ALL_CHANNELS}":{{"{ALL_LOCALES}":'
_END: Final = "}}"


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


def own_values(values: str, own: frozenset[str]) -> str:
    """Return the values of a row without those of attributes that belong to another level.

    As in the reference PIM they are left to the models, without a word: files often
    have the same columns for all levels.
    """
    return put_together({c: value for c, value in take_apart(values).items() if c in own})


def combination(axes: Sequence[str], values: str) -> tuple[str, str | None]:
    """Return the values of axes as one text, and the first axis without a value, if any."""
    found = take_apart(values)
    missing = next((axis for axis in axes if axis not in found), None)
    texts = (bytes(found[axis]).decode() for axis in axes if axis in found)
    return ",".join(map(bare_value, texts)), missing


def bare_value(stored: str) -> str:
    """Return the data alone, of an attribute that differs neither by channel nor by locale."""
    if stored.startswith(_PLAIN) and stored.endswith(_END):
        return stored[len(_PLAIN) : -len(_END)]
    return stored


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
