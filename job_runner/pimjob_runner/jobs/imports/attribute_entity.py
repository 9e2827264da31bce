"""Attributes: columns and rules of their file."""

from collections.abc import Iterator

from pimjob_runner.catalogue.cells import TEXT_LENGTH, TEXTAREA_LENGTH
from pimjob_runner.catalogue.expressions import ExpressionError, compile_expression
from pimjob_runner.catalogue.structure import AttributeKind
from pimjob_runner.catalogue.value_plan import CellProblem
from pimjob_runner.jobs.imports.entities import Data, Entity, View
from pimjob_runner.jobs.imports.structure_cells import (
    check_code,
    codes,
    day,
    decimal,
    flag,
    integer,
    unknown,
)

_UNIQUE = frozenset(
    {AttributeKind.IDENTIFIER, AttributeKind.TEXT, AttributeKind.NUMBER, AttributeKind.DATE}
)
_LONGEST = {AttributeKind.TEXT: TEXT_LENGTH, AttributeKind.TEXTAREA: TEXTAREA_LENGTH}
_RULES = ("email", "url", "regexp")


def _check(view: View, data: Data, before: Data | None) -> list[CellProblem]:
    problems = [*check_code(data), *_type(view, data, before)]
    if data.get("type") in set(AttributeKind):
        problems += [*_unique(data), *_locales(view, data), *_metric(view, data), *_text(data)]
    return problems


def _type(view: View, data: Data, before: Data | None) -> Iterator[CellProblem]:
    kind = data.get("type", "")
    if kind not in set(AttributeKind):
        yield CellProblem("type", str(kind), "no type of attribute")
        return
    for field in ("type", "localizable", "scopable"):
        old, new = (before or data).get(field) or False, data.get(field) or False
        if old != new:
            yield CellProblem(field, str(new), "it cannot be changed once the attribute exists")
    if kind == AttributeKind.IDENTIFIER and before is None:
        others = [c for c, d in view.known.items() if d["type"] == kind and c != data["code"]]
        if others:
            yield CellProblem("type", kind, f"{others[0]} is the identifier already")


def _unique(data: Data) -> Iterator[CellProblem]:
    if not data.get("unique"):
        return
    if data["type"] not in _UNIQUE:
        yield CellProblem("unique", "1", f"values of {data['type']} cannot be unique")
    if data.get("localizable") or data.get("scopable"):
        why = "values that differ by locale or channel cannot be unique"
        yield CellProblem("unique", "1", why)


def _locales(view: View, data: Data) -> Iterator[CellProblem]:
    own = data.get("available_locales")
    yield from unknown("available_locales", own, view.structure.locales, "active locale")


def _metric(view: View, data: Data) -> Iterator[CellProblem]:
    if data["type"] != AttributeKind.METRIC:
        return
    family, unit = data.get("metric_family", ""), data.get("default_metric_unit", "")
    units = view.structure.measurements.get(family)
    if units is None:
        yield CellProblem("metric_family", family, "no measurement family")
    elif unit not in units:
        yield CellProblem("default_metric_unit", unit, f"no unit of {family}")


def _text(data: Data) -> Iterator[CellProblem]:
    longest = _LONGEST.get(data["type"])
    wanted = data.get("max_characters")
    if longest is not None and wanted is not None and wanted > longest:
        yield CellProblem("max_characters", str(wanted), f"at most {longest} can be stored")
    rule = data.get("validation_rule")
    if rule is not None and rule not in _RULES:
        yield CellProblem("validation_rule", rule, f"not one of {', '.join(_RULES)}")
    if rule == "regexp":
        expression = data.get("validation_regexp", "")
        try:
            compile_expression(expression)
        except ExpressionError as error:
            yield CellProblem("validation_regexp", expression, str(error))


ATTRIBUTE = Entity(
    table="attribute",
    keys=("code",),
    fields={
        "type": str,
        "group": str,
        "unique": flag,
        "useable_as_grid_filter": flag,
        "allowed_extensions": codes,
        "metric_family": str,
        "default_metric_unit": str,
        "reference_data_name": str,
        "available_locales": codes,
        "max_characters": integer,
        "validation_rule": str,
        "validation_regexp": str,
        "number_min": decimal,
        "number_max": decimal,
        "decimals_allowed": flag,
        "negative_allowed": flag,
        "max_file_size": decimal,
        "date_min": day,
        "date_max": day,
        "minimum_input_length": integer,
        "sort_order": integer,
        "localizable": flag,
        "scopable": flag,
        "wysiwyg_enabled": flag,
    },
    check=_check,
    load_known=True,
)
