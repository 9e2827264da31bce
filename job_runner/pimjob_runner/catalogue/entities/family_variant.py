"""Family variants: on which level of models and products an attribute has its value."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any

from pimjob_runner.catalogue.entities.entity import Data, Entity, Field, View, labels
from pimjob_runner.catalogue.entities.field_types import CODE, CODES
from pimjob_runner.catalogue.entities.rules import code_rule, unknown
from pimjob_runner.catalogue.refusal import Problem
from pimjob_runner.catalogue.structure import AttributeKind
from pimjob_runner.catalogue.values.types import TYPES

MAX_LEVELS = 2
MAX_AXES = 5


def _completed(view: View, data: Data) -> Data:
    """Give each level its axes among its attributes, and the last one the unique attributes.

    Values of unique attributes are the products' own: they go there by themselves.
    """
    levels = [_level(level) for level in data.get("levels", ())]
    while levels and not levels[-1]["attributes"]:
        levels.pop()
    if levels:
        family = view.structure.families.get(data.get("family", ""), frozenset())
        levels[-1]["attributes"] += _unique_ones(view, family, levels)
    return {**data, "levels": levels}


def _level(level: Data) -> Data:
    axes, own = level.get("axes", []), level.get("attributes", [])
    return {"axes": axes, "attributes": list(dict.fromkeys([*axes, *own]))}


def _unique_ones(view: View, family: AbstractSet[str], levels: list[Data]) -> list[str]:
    there = {code for level in levels for code in level["attributes"]}
    return sorted(
        code
        for code in family
        if code not in there and _is_unique(view, code) and not _is_identifier(view, code)
    )


def _is_unique(view: View, code: str) -> bool:
    attribute = view.structure.attributes.get(code)
    return attribute is not None and attribute.unique


def _is_identifier(view: View, code: str) -> bool:
    attribute = view.structure.attributes.get(code)
    return attribute is not None and attribute.kind is AttributeKind.IDENTIFIER


def _family(view: View, data: Data, _before: Data | None) -> Iterator[Problem]:
    family = data.get("family", "")
    if family and family not in view.structure.families:
        yield Problem("family", family, f"there is no family {family!r}")


def _levels(view: View, data: Data, _before: Data | None) -> Iterator[Problem]:
    own = view.structure.families.get(data.get("family", ""))
    if own is None:
        return
    levels = data["levels"]
    if not levels:
        yield Problem("variant-axes_1", "", "a variant needs an axis at least")
    above: set[str] = set()
    for number, level in enumerate(levels, start=1):
        yield from _one_level(view, level, number, own)
        column = f"variant-attributes_{number}"
        for code in level["attributes"]:
            if code in above:
                yield Problem(column, code, "it is on level 1 already")
            elif number < len(levels) and _is_unique(view, code):
                yield Problem(column, code, "it is unique: its values are on the last level")
        above.update(level["attributes"])


def _one_level(view: View, level: Data, number: int, own: AbstractSet[str]) -> Iterator[Problem]:
    column = f"variant-axes_{number}"
    if not level["axes"]:
        yield Problem(column, "", f"level {number} needs an axis at least")
    if len(level["axes"]) > MAX_AXES:
        yield Problem(column, ",".join(level["axes"]), f"at most {MAX_AXES} axes are allowed")
    yield from unknown(
        f"variant-attributes_{number}", level["attributes"], own, "attribute of the family"
    )
    for axis in level["axes"]:
        found = view.structure.attributes.get(axis)
        if found is not None and (
            not TYPES[found.kind].can_be_axis
            or found.localizable
            or found.scopable
            or found.available_locales
        ):
            yield Problem(column, axis, "it cannot be an axis")


def _changed_axes(_view: View, data: Data, before: Data | None) -> Iterator[Problem]:
    """Yield what would part variants from the axes that they are told apart by."""
    if before is None:
        return
    for number in range(1, MAX_LEVELS + 1):
        old, new = (_axes(levels["levels"], number) for levels in (before, data))
        if old != new:
            why = f"the axes are {','.join(old) or 'none'} and stay so"
            yield Problem(f"variant-axes_{number}", ",".join(new), why)


def _axes(levels: list[Data], number: int) -> list[str]:
    return list(levels[number - 1]["axes"]) if number <= len(levels) else []


def _moved_up(view: View, data: Data, before: Data | None) -> Iterator[Problem]:
    """Let values stay where they are: once there are models, attributes only move down."""
    if before is None:
        return
    own = view.structure.families.get(data.get("family", ""), frozenset())
    old, new = _depths(before), _depths(data)
    moved = [
        code
        for code, depth in old.items()
        # Unique ones belong to the last level whatever is said.
        if new.get(code, 0) < depth and code in own and not _is_unique(view, code)
    ]
    if not moved or not _is_used(view, data["code"]):
        return
    for code in moved:
        why = (
            f"it is on level {old[code]}, where variants may have values of it; it can only move"
            " to a lower level"
        )
        yield Problem(f"variant-attributes_{old[code]}", code, why)


def _depths(data: Data) -> dict[str, int]:
    return {
        code: number
        for number, level in enumerate(data["levels"], start=1)
        for code in level["attributes"]
    }


def _is_used(view: View, code: str) -> bool:
    sql = "SELECT 1 FROM product_model WHERE family_variant = ? LIMIT 1"
    return bool(view.transaction.query(sql, (code,)))


def _level_fields(number: int) -> tuple[Field, Field]:
    def field(name: str) -> Field:
        path: tuple[Any, ...] = ("levels", number - 1, name)
        return Field(name=f"variant-{name}_{number}", type=CODES, path=path, refers_to="attributes")

    return field("axes"), field("attributes")


FAMILY_VARIANT = Entity(
    name="family_variant",
    plural="family variants",
    table="family_variant",
    fields=(
        Field(name="family", type=CODE, refers_to="families", required=True, immutable=True),
        labels(),
        *_level_fields(1),
        *_level_fields(2),
    ),
    rules=(code_rule(), _family, _levels, _changed_axes, _moved_up),
    complete=_completed,
)
