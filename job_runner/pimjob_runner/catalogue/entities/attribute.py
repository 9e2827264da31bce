"""Attributes: fields and rules."""

import re
from collections.abc import Iterator
from typing import Final

from pimjob_runner.catalogue.entities.attribute_group import new_group
from pimjob_runner.catalogue.entities.entity import Data, Entity, Field, View, labels
from pimjob_runner.catalogue.entities.field_types import (
    CODE,
    CODES,
    DAY,
    DECIMAL,
    FLAG,
    INTEGER,
    text,
)
from pimjob_runner.catalogue.entities.rules import code_rule, is_code, unknown
from pimjob_runner.catalogue.header_error import nearest, quoted
from pimjob_runner.catalogue.refusal import Problem
from pimjob_runner.catalogue.structure import AttributeKind
from pimjob_runner.catalogue.values.expressions import ExpressionError, compile_expression
from pimjob_runner.catalogue.values.types import TYPES

_RULES = ("email", "url", "regexp")
# They are columns of product files, or fields of products, and would be taken for those.
RESERVED: Final = frozenset({
    "id", "identifier", "uuid", "associationtypes", "associations", "products", "groups",
    "categories", "categoryid", "category", "completeness", "enabled", "family", "parent", "label",
    "scope", "treeid", "values", "entity_type", "attributes",
})  # fmt: skip
_RESERVED_END = re.compile(r".+_(products|groups)", re.IGNORECASE)


_UNSUPPORTED = {
    "pim_catalog_asset_collection": "collections of assets",
    "pim_catalog_table": "tables",
}


def _kind(_view: View, data: Data, _before: Data | None) -> Iterator[Problem]:
    kind = data.get("type", "")
    if kind in _UNSUPPORTED:
        why = f"{_UNSUPPORTED[kind]} are not supported; leave the attribute and its values out"
        yield Problem("type", kind, why)
    elif kind and kind not in set(AttributeKind):
        near = nearest(kind, AttributeKind)
        yield Problem("type", kind, f"there is no type of attribute {quoted(kind)}{near}")


def _code(_view: View, data: Data, before: Data | None) -> Iterator[Problem]:
    code = data["code"]
    if before is None and (code.lower() in RESERVED or _RESERVED_END.fullmatch(code)):
        yield Problem("code", code, "it is reserved: files and products use it for something else")


def _completed(view: View, data: Data) -> Data:
    """Leave `unique` of the identifier as it is: that is unique, whether it is said or not."""
    if data.get("type") != AttributeKind.IDENTIFIER:
        return data
    before = view.known.get(data["code"], {"unique": True})
    rest = {name: value for name, value in data.items() if name != "unique"}
    return {**rest, **({"unique": before["unique"]} if "unique" in before else {})}


def _one_identifier(view: View, data: Data, before: Data | None) -> Iterator[Problem]:
    if data.get("type") != AttributeKind.IDENTIFIER or before is not None:
        return
    others = [code for code, other in view.known.items() if other["type"] == data["type"]]
    if others:
        yield Problem("type", data["type"], f"{others[0]} is the identifier already")


def _unique(_view: View, data: Data, _before: Data | None) -> Iterator[Problem]:
    if not data.get("unique"):
        return
    value_type = TYPES.get(data.get("type", ""))
    if value_type is None or not value_type.can_be_unique:
        yield Problem("unique", "1", f"values of {data.get('type')} cannot be unique")
    if data.get("localizable") or data.get("scopable"):
        yield Problem("unique", "1", "values that differ by locale or channel cannot be unique")


def _locales(view: View, data: Data, _before: Data | None) -> Iterator[Problem]:
    own = data.get("available_locales")
    yield from unknown("available_locales", own, view.structure.locales, "active locale")
    if not own:
        return
    for name, variant in view.structure.family_variants.items():
        if data["code"] in variant.axes:
            why = f"it is an axis of family variant {name}, which has a value in each locale"
            yield Problem("available_locales", ",".join(own), why)


def _metric(view: View, data: Data, _before: Data | None) -> Iterator[Problem]:
    if data.get("type") != AttributeKind.METRIC:
        return
    family, unit = data.get("metric_family", ""), data.get("default_metric_unit", "")
    units = view.structure.measurements.get(family)
    if units is None:
        yield Problem("metric_family", family, "no measurement family")
    elif unit not in units:
        yield Problem("default_metric_unit", unit, f"no unit of {family}")


def _group(view: View, data: Data, _before: Data | None) -> Iterator[Problem]:
    group = data.get("group")
    if group is not None and group not in view.codes("attribute_group") and not is_code(group):
        yield Problem(
            "group", group, "it cannot be created: only letters, digits and _ are allowed"
        )


def _text(_view: View, data: Data, _before: Data | None) -> Iterator[Problem]:
    value_type = TYPES.get(data.get("type", ""))
    longest = None if value_type is None else value_type.longest
    wanted = data.get("max_characters")
    if longest is not None and wanted is not None and wanted > longest:
        yield Problem("max_characters", str(wanted), f"at most {longest} can be stored")
    rule = data.get("validation_rule")
    if rule is not None and rule not in _RULES:
        yield Problem("validation_rule", rule, f"not one of {', '.join(_RULES)}")
    if rule == "regexp":
        expression = data.get("validation_regexp", "")
        try:
            compile_expression(expression)
        except ExpressionError as error:
            yield Problem("validation_regexp", expression, str(error))


ATTRIBUTE = Entity(
    name="attribute",
    plural="attributes",
    table="attribute",
    fields=(
        Field(name="type", type=CODE, required=True, immutable=True),
        labels(),
        Field(name="group", type=CODE, refers_to="attribute_group"),
        Field(name="unique", type=FLAG, immutable=True),
        Field(name="useable_as_grid_filter", type=FLAG),
        Field(name="allowed_extensions", type=CODES),
        Field(name="metric_family", type=CODE, immutable=True),
        Field(name="default_metric_unit", type=CODE),
        Field(name="reference_data_name", type=CODE, immutable=True),
        Field(name="available_locales", type=CODES, refers_to="locales"),
        Field(name="max_characters", type=INTEGER),
        Field(name="validation_rule", type=CODE),
        Field(name="validation_regexp", type=text(10_000)),
        Field(name="number_min", type=DECIMAL),
        Field(name="number_max", type=DECIMAL),
        Field(name="decimals_allowed", type=FLAG),
        Field(name="negative_allowed", type=FLAG),
        Field(name="max_file_size", type=DECIMAL),
        Field(name="date_min", type=DAY),
        Field(name="date_max", type=DAY),
        Field(name="minimum_input_length", type=INTEGER),
        Field(name="sort_order", type=INTEGER),
        Field(name="localizable", type=FLAG, immutable=True),
        Field(name="scopable", type=FLAG, immutable=True),
        Field(name="wysiwyg_enabled", type=FLAG),
    ),
    rules=(
        code_rule(255),
        _code,
        _kind,
        _one_identifier,
        _unique,
        _locales,
        _metric,
        _text,
        _group,
    ),
    complete=_completed,
    dependants=lambda view, data, _before: new_group(view, data),
)
