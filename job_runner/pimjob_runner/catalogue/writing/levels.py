"""What product models and variants may hold, by their family variant's levels."""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from pimjob_runner.catalogue.refusal import Refusal
from pimjob_runner.catalogue.structure import FamilyVariant, Structure
from pimjob_runner.catalogue.values.value_mapping import (
    ALL_CHANNELS,
    ALL_LOCALES,
    join_values,
    split_values,
)
from pimjob_runner.catalogue.writing.model_table import Model

_PLAIN: Final = f'{{"{ALL_CHANNELS}":{{"{ALL_LOCALES}":'
_END: Final = "}}"


def product_level(
    parent: Model | None, code: str, structure: Structure
) -> tuple[FamilyVariant, frozenset[str]]:
    """Return the family variant of a variant product, and the attributes of its level."""
    model, variant = _variant_of(parent, code, structure)
    if model.depth != len(variant.levels):
        why = f"{code!r} is a root model, variants of it are below its sub models"
        raise Refusal("parent", code, why)
    return variant, frozenset(variant.levels[-1].attributes)


def sub_model_level(
    parent: Model | None, code: str, structure: Structure
) -> tuple[FamilyVariant, frozenset[str]]:
    """Return the family variant of a sub model, and the attributes of its level."""
    model, variant = _variant_of(parent, code, structure)
    if model.depth != 1 or len(variant.levels) < 2:  # noqa: PLR2004 - root and sub models
        raise Refusal("parent", code, f"{code!r} can have no sub models")
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
    found = split_values(values)
    if own.issuperset(found):
        return values
    return join_values({code: value for code, value in found.items() if code in own})


def combination(
    axes: Sequence[str], values: str, said: Collection[str] = (), saying: str = "{}"
) -> tuple[str, str | None]:
    """Return the values of axes as one text, and the first axis without a value, if any.

    Axes that are `said` have the value that is in `saying`, the others that in `values`.
    """
    found = split_values(values)
    if said:
        found = {c: v for c, v in found.items() if c not in said} | split_values(saying)
    missing = next((axis for axis in axes if axis not in found), None)
    texts = (bytes(found[axis]).decode() for axis in axes if axis in found)
    return ",".join(map(bare_value, texts)), missing


def filled_combination(axes: Iterable[str], values: str) -> str:
    """Return the values of axes as one text. Raises Refusal where one has none."""
    text, missing = combination(tuple(axes), values)
    if missing is not None:
        raise Refusal(missing, "", f"axis {missing} may not be empty")
    return text


def bare_value(stored: str) -> str:
    """Return the data alone, of an attribute that differs neither by channel nor by locale."""
    if stored.startswith(_PLAIN) and stored.endswith(_END):
        return stored[len(_PLAIN) : -len(_END)]
    return stored


def _variant_of(
    parent: Model | None, code: str, structure: Structure
) -> tuple[Model, FamilyVariant]:
    if parent is None:
        raise Refusal("parent", code, f"there is no product model {code!r}")
    variant = structure.family_variants.get(parent.family_variant)
    if variant is None:
        raise Refusal("parent", code, f"family variant {parent.family_variant!r} is gone")
    return parent, variant
