"""Options, categories, families and family variants: columns and rules of their files."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from pimjob_runner.catalogue.structure import SELECTS, AttributeKind
from pimjob_runner.catalogue.value_plan import CellProblem
from pimjob_runner.jobs.imports.entities import Data, Entity, View
from pimjob_runner.jobs.imports.structure_cells import check_code, codes, integer, unknown

_AXES = frozenset({AttributeKind.SIMPLESELECT, AttributeKind.BOOLEAN, AttributeKind.METRIC})
_LABELS = frozenset({AttributeKind.TEXT, AttributeKind.IDENTIFIER})
MAX_LEVELS = 2


def _check_option(view: View, data: Data, _before: Data | None) -> list[CellProblem]:
    problems = list(check_code(data))
    attribute = view.structure.attributes.get(data["attribute"])
    if attribute is None:
        problems.append(CellProblem("attribute", data["attribute"], "there is no such attribute"))
    elif attribute.kind not in SELECTS:
        problems.append(CellProblem("attribute", data["attribute"], "it is not a select attribute"))
    return problems


def _check_category(view: View, data: Data, _before: Data | None) -> list[CellProblem]:
    problems = list(check_code(data))
    parent = data.get("parent")
    if parent is None:
        return problems
    if parent not in view.known:
        return [*problems, CellProblem("parent", parent, f"there is no category {parent!r}")]
    above: str | None = parent
    while above is not None:
        if above == data["code"]:
            return [*problems, CellProblem("parent", parent, "it would be inside itself")]
        above = view.known[above].get("parent")
    return problems


def _check_family(view: View, data: Data, _before: Data | None) -> list[CellProblem]:
    own = data.get("attributes", [])
    known = view.structure.attributes
    problems = [*check_code(data), *unknown("attributes", own, known, "attribute")]
    label = data.get("attribute_as_label")
    if label is not None and (label not in own or known[label].kind not in _LABELS):
        problems.append(
            CellProblem("attribute_as_label", label, "not a text attribute of the family")
        )
    image = data.get("attribute_as_image")
    if image is not None and (image not in own or known[image].kind is not AttributeKind.IMAGE):
        problems.append(
            CellProblem("attribute_as_image", image, "not an image attribute of the family")
        )
    for channel, required in data.get("requirements", {}).items():
        problems += unknown(f"requirements-{channel}", required, own, "attribute of the family")
    return problems


def _with_identifier(view: View, data: Data) -> Data:
    """Every family has the identifier, whether the file says so or not."""
    identifier = view.structure.identifier
    own = list(data.get("attributes", []))
    if identifier is not None and identifier.code not in own:
        own.append(identifier.code)
    return {**data, "attributes": own}


def _levels(view: View, data: Data) -> Data:
    """Turn the columns of each level into one list of levels.

    Unique attributes are the products' own: they go to the last level by themselves.
    """
    rest = {k: v for k, v in data.items() if not k.startswith("variant-")}
    before = list(data.get("levels", []))
    levels = []
    for number in range(1, MAX_LEVELS + 1):
        known = before[number - 1] if number <= len(before) else {"axes": [], "attributes": []}
        axes = data.get(f"variant-axes_{number}", known["axes"])
        own = data.get(f"variant-attributes_{number}", known["attributes"])
        levels.append({"axes": axes, "attributes": list(dict.fromkeys([*axes, *own]))})
    while levels and not levels[-1]["attributes"]:
        levels.pop()
    if levels:
        family = view.structure.families.get(data.get("family", ""), frozenset())
        levels[-1]["attributes"] += _unique_ones(view, family, levels)
    return {**rest, "levels": levels}


def _unique_ones(view: View, family: AbstractSet[str], levels: list[Data]) -> list[str]:
    there = {code for level in levels for code in level["attributes"]}
    known = view.structure.attributes
    found = (code for code in family if code in known and known[code].unique)
    identifier = AttributeKind.IDENTIFIER
    return sorted(c for c in found if c not in there and known[c].kind is not identifier)


def _check_family_variant(view: View, data: Data, before: Data | None) -> list[CellProblem]:
    problems = list(check_code(data))
    family = data.get("family", "")
    own = view.structure.families.get(family)
    if own is None:
        return [*problems, CellProblem("family", family, f"there is no family {family!r}")]
    if before is not None and before["family"] != family:
        problems.append(CellProblem("family", family, f"it is {before['family']} and stays so"))
    if not data["levels"]:
        problems.append(CellProblem("variant-axes_1", "", "a variant needs an axis at least"))
    above: set[str] = set()
    for number, level in enumerate(data["levels"], start=1):
        problems += _check_level(view, level, number, own)
        problems += [
            CellProblem(f"variant-attributes_{number}", code, "it is on level 1 already")
            for code in level["attributes"]
            if code in above
        ]
        above.update(level["attributes"])
    return [*problems, *_changed_axes(data, before)]


def _check_level(
    view: View, level: Data, number: int, own: AbstractSet[str]
) -> Iterator[CellProblem]:
    column, attributes = f"variant-axes_{number}", view.structure.attributes
    if not level["axes"]:
        yield CellProblem(column, "", f"level {number} needs an axis at least")
    yield from unknown(
        f"variant-attributes_{number}", level["attributes"], own, "attribute of the family"
    )
    for axis in level["axes"]:
        found = attributes.get(axis)
        if found is not None and (found.kind not in _AXES or found.localizable or found.scopable):
            yield CellProblem(column, axis, "it cannot be an axis")


def _changed_axes(data: Data, before: Data | None) -> Iterator[CellProblem]:
    """Yield what would part variants from the axes that they are told apart by."""
    if before is None:
        return
    for number in range(1, MAX_LEVELS + 1):
        old, new = (_axes(levels["levels"], number) for levels in (before, data))
        if old != new:
            why = f"the axes are {','.join(old) or 'none'} and stay so"
            yield CellProblem(f"variant-axes_{number}", ",".join(new), why)


def _axes(levels: list[Data], number: int) -> list[str]:
    return list(levels[number - 1]["axes"]) if number <= len(levels) else []


ATTRIBUTE_OPTION = Entity(
    table="attribute_option",
    keys=("attribute", "code"),
    fields={"sort_order": integer},
    check=_check_option,
)
CATEGORY = Entity(
    table="category",
    keys=("code",),
    fields={"parent": str},
    check=_check_category,
    load_known=True,
)
FAMILY = Entity(
    table="family",
    keys=("code",),
    fields={"attributes": codes, "attribute_as_label": str, "attribute_as_image": str},
    columns_by_channel={"requirements": codes},
    check=_check_family,
    finish=_with_identifier,
)
FAMILY_VARIANT = Entity(
    table="family_variant",
    keys=("code",),
    fields={
        "family": str,
        "variant-axes_1": codes,
        "variant-axes_2": codes,
        "variant-attributes_1": codes,
        "variant-attributes_2": codes,
    },
    check=_check_family_variant,
    finish=_levels,
)
