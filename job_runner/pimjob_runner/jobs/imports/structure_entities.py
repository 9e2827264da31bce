"""What each kind of structure is: columns and rules."""

import re
from collections.abc import Iterator
from typing import Any

from pimjob_runner.catalogue.cells import CellError
from pimjob_runner.catalogue.structure import SELECTS, AttributeKind
from pimjob_runner.catalogue.value_plan import CellProblem
from pimjob_runner.jobs.imports.entities import Data, Entity, View

_CODE = re.compile(r"[A-Za-z0-9_]{1,100}")
_AXES = frozenset({AttributeKind.SIMPLESELECT, AttributeKind.BOOLEAN, AttributeKind.METRIC})
_LABELS = frozenset({AttributeKind.TEXT, AttributeKind.IDENTIFIER})
MAX_LEVELS = 2


def _flag(cell: str) -> bool:
    if cell not in {"0", "1"}:
        raise CellError("not yes or no; write 1 or 0")
    return cell == "1"


def _integer(cell: str) -> int:
    if not re.fullmatch(r"\d{1,9}", cell):
        raise CellError("not a whole number")
    return int(cell)


def _list(cell: str) -> list[str]:
    return list(dict.fromkeys(filter(None, (code.strip() for code in cell.split(",")))))


def _code(data: Data) -> Iterator[CellProblem]:
    if not _CODE.fullmatch(data["code"]):
        yield CellProblem(
            "code", data["code"], "only letters, digits and _ are allowed, at most 100 of them"
        )


def _unknown(column: str, codes: Any, known: Any, what: str) -> Iterator[CellProblem]:
    for code in codes or ():
        if code not in known:
            yield CellProblem(column, code, f"there is no {what} {code!r}")


def _check_attribute(view: View, data: Data, before: Data | None) -> list[CellProblem]:
    return [*_code(data), *_attribute_type(view, data, before), *_attribute_rules(view, data)]


def _attribute_type(view: View, data: Data, before: Data | None) -> Iterator[CellProblem]:
    kind = data.get("type", "")
    if kind not in set(AttributeKind):
        yield CellProblem("type", str(kind), "no type of attribute")
        return
    for field in ("type", "localizable", "scopable"):
        if before is not None and before.get(field) != data.get(field):
            yield CellProblem(
                field, str(data.get(field)), "it cannot be changed once the attribute exists"
            )
    if kind == AttributeKind.IDENTIFIER and before is None:
        others = [c for c, d in view.known.items() if d["type"] == kind and c != data["code"]]
        if others:
            yield CellProblem("type", kind, f"{others[0]} is the identifier already")


def _attribute_rules(view: View, data: Data) -> Iterator[CellProblem]:
    yield from _unknown(
        "available_locales", data.get("available_locales"), view.structure.locales, "active locale"
    )
    if data.get("type") == AttributeKind.METRIC:
        family = data.get("metric_family", "")
        units = view.structure.measurements.get(family)
        if units is None:
            yield CellProblem("metric_family", family, "no measurement family")
        elif data.get("default_metric_unit") not in units:
            unit = str(data.get("default_metric_unit", ""))
            yield CellProblem("default_metric_unit", unit, f"no unit of {family}")


def _check_option(view: View, data: Data, _before: Data | None) -> list[CellProblem]:
    problems = list(_code(data))
    attribute = view.structure.attributes.get(data["attribute"])
    if attribute is None:
        problems.append(CellProblem("attribute", data["attribute"], "there is no such attribute"))
    elif attribute.kind not in SELECTS:
        problems.append(CellProblem("attribute", data["attribute"], "it is not a select attribute"))
    return problems


def _check_category(view: View, data: Data, _before: Data | None) -> list[CellProblem]:
    problems = list(_code(data))
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
    problems = [*_code(data), *_unknown("attributes", own, known, "attribute")]
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
    for channel, codes in data.get("requirements", {}).items():
        problems += _unknown(f"requirements-{channel}", codes, own, "attribute of the family")
    return problems


def _with_identifier(view: View, data: Data) -> Data:
    """Every family has the identifier, whether the file says so or not."""
    identifier = view.structure.identifier
    own = list(data.get("attributes", []))
    if identifier is not None and identifier.code not in own:
        own.append(identifier.code)
    return {**data, "attributes": own}


def _levels(_view: View, data: Data) -> Data:
    """Turn the columns of each level into one list of levels."""
    rest = {k: v for k, v in data.items() if not k.startswith("variant-")}
    before = list(data.get("levels", []))
    levels = []
    for number in range(1, MAX_LEVELS + 1):
        known = before[number - 1] if number <= len(before) else {"axes": [], "attributes": []}
        axes = data.get(f"variant-axes_{number}", known["axes"])
        own = data.get(f"variant-attributes_{number}", known["attributes"])
        if axes:
            levels.append({"axes": axes, "attributes": list(dict.fromkeys([*axes, *own]))})
    return {**rest, "levels": levels}


def _check_family_variant(view: View, data: Data, _before: Data | None) -> list[CellProblem]:
    problems = list(_code(data))
    family = data.get("family", "")
    own = view.structure.families.get(family)
    if own is None:
        return [*problems, CellProblem("family", family, f"there is no family {family!r}")]
    if not data["levels"]:
        problems.append(CellProblem("variant-axes_1", "", "a variant needs an axis at least"))
    for number, level in enumerate(data["levels"], start=1):
        column = f"variant-attributes_{number}"
        problems += _unknown(column, level["attributes"], own, "attribute of the family")
        for axis in level["axes"]:
            attribute = view.structure.attributes.get(axis)
            if attribute is not None and (
                attribute.kind not in _AXES or attribute.localizable or attribute.scopable
            ):
                problems.append(CellProblem(f"variant-axes_{number}", axis, "it cannot be an axis"))
    return problems


ATTRIBUTE = Entity(
    table="attribute",
    keys=("code",),
    fields={
        "type": str,
        "group": str,
        "unique": _flag,
        "useable_as_grid_filter": _flag,
        "allowed_extensions": _list,
        "metric_family": str,
        "default_metric_unit": str,
        "reference_data_name": str,
        "available_locales": _list,
        "max_characters": _integer,
        "validation_rule": str,
        "number_min": str,
        "number_max": str,
        "decimals_allowed": _flag,
        "negative_allowed": _flag,
        "max_file_size": str,
        "date_min": str,
        "date_max": str,
        "minimum_input_length": _integer,
        "sort_order": _integer,
        "localizable": _flag,
        "scopable": _flag,
        "wysiwyg_enabled": _flag,
    },
    check=_check_attribute,
    load_known=True,
)
ATTRIBUTE_OPTION = Entity(
    table="attribute_option",
    keys=("attribute", "code"),
    fields={"sort_order": _integer},
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
    fields={"attributes": _list, "attribute_as_label": str, "attribute_as_image": str},
    columns_by_channel={"requirements": _list},
    check=_check_family,
    finish=_with_identifier,
)
FAMILY_VARIANT = Entity(
    table="family_variant",
    keys=("code",),
    fields={
        "family": str,
        "variant-axes_1": _list,
        "variant-axes_2": _list,
        "variant-attributes_1": _list,
        "variant-attributes_2": _list,
    },
    check=_check_family_variant,
    finish=_levels,
)
