"""The five files of the catalogue's structure."""

from collections.abc import Iterable, Mapping

from sample_catalogue.flat_files import FlatFile, Row
from sample_catalogue.structure import (
    CHANNEL_LOCALES,
    LOCALES,
    SELECTS,
    Attribute,
    Category,
    Family,
    Kind,
)

LABEL_COLUMNS = tuple(f"label-{locale}" for locale in LOCALES)


def _labels(found: Mapping[str, str]) -> dict[str, str]:
    return {f"label-{locale}": found[locale] for locale in LOCALES}


def _flag(value: bool) -> str:  # noqa: FBT001 - what it writes
    return "1" if value else "0"


def attributes_file(attributes: Iterable[Attribute]) -> FlatFile:
    """Return attributes.csv."""
    columns = (
        "code", "type", *LABEL_COLUMNS, "group", "unique", "useable_as_grid_filter",
        "allowed_extensions", "metric_family", "default_metric_unit", "available_locales",
        "max_characters", "decimals_allowed", "negative_allowed", "sort_order", "localizable",
        "scopable",
    )  # fmt: skip
    rows = [_attribute_row(a, order) for order, a in enumerate(attributes, start=1)]
    return FlatFile("attributes.csv", columns, rows)


def _attribute_row(attribute: Attribute, order: int) -> Row:
    row = {
        "code": attribute.code,
        "type": attribute.kind.value,
        **_labels(attribute.labels),
        "group": attribute.group,
        "unique": _flag(attribute.unique),
        "useable_as_grid_filter": _flag(attribute.kind is Kind.IDENTIFIER),
        "allowed_extensions": ",".join(attribute.extensions),
        "available_locales": ",".join(attribute.locales),
        "max_characters": str(attribute.max_characters or ""),
        "sort_order": str(order),
        "localizable": _flag(attribute.localizable),
        "scopable": _flag(attribute.scopable),
    }
    if attribute.kind in {Kind.NUMBER, Kind.METRIC, Kind.PRICE}:
        row["decimals_allowed"] = _flag(attribute.kind is not Kind.NUMBER or attribute.decimals > 0)
    if attribute.kind in {Kind.NUMBER, Kind.METRIC}:
        row["negative_allowed"] = _flag(attribute.negative)
    if attribute.kind is Kind.METRIC:
        row["metric_family"], row["default_metric_unit"] = attribute.measurement[:2]
    return row


def options_file(attributes: Iterable[Attribute]) -> FlatFile:
    """Return attribute_options.csv."""
    rows = [
        {
            "code": option.code,
            **_labels(option.labels),
            "attribute": attribute.code,
            "sort_order": str(order),
        }
        for attribute in attributes
        if attribute.kind in SELECTS
        for order, option in enumerate(attribute.options, start=1)
    ]
    columns = ("code", *LABEL_COLUMNS, "attribute", "sort_order")
    return FlatFile("attribute_options.csv", columns, rows)


def categories_file(categories: Iterable[Category]) -> FlatFile:
    """Return categories.csv."""
    rows = [{"code": c.code, "parent": c.parent or "", **_labels(c.labels)} for c in categories]
    return FlatFile("categories.csv", ("code", "parent", *LABEL_COLUMNS), rows)


def families_file(families: Iterable[Family]) -> FlatFile:
    """Return families.csv."""
    required = tuple(f"requirements-{channel}" for channel in CHANNEL_LOCALES)
    columns = (
        "code", *LABEL_COLUMNS, "attributes", "attribute_as_label", "attribute_as_image", *required
    )  # fmt: skip
    rows = [
        {
            "code": family.code,
            **_labels(family.labels),
            "attributes": ",".join(family.attributes),
            "attribute_as_label": "name",
            "attribute_as_image": "picture",
            **{f"requirements-{c}": ",".join(codes) for c, codes in family.requirements.items()},
        }
        for family in families
    ]
    return FlatFile("families.csv", columns, rows)


def family_variants_file(families: Iterable[Family]) -> FlatFile:
    """Return family_variants.csv."""
    levels = ("variant-axes_1", "variant-axes_2", "variant-attributes_1", "variant-attributes_2")
    rows: list[Row] = []
    for family in families:
        if family.variant is None:
            continue
        row = {"code": family.variant.code, "family": family.code, **_labels(family.variant.labels)}
        for level, (axes, attributes) in enumerate(
            zip(family.variant.axes, family.variant.attributes, strict=True), start=1
        ):
            row[f"variant-axes_{level}"] = ",".join(axes)
            row[f"variant-attributes_{level}"] = ",".join(attributes)
        rows.append(row)
    return FlatFile("family_variants.csv", ("code", "family", *LABEL_COLUMNS, *levels), rows)
