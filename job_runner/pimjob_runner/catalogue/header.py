"""From a file's header to columns with a meaning. A wrong header is refused as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pimjob_runner.catalogue.structure import Attribute, AttributeKind, Structure

ASSOCIATED = ("products", "product_models", "groups", "product_uuids")
QUANTIFIED = ("products", "product_models", "product_uuids")
UNIT = "unit"


class HeaderError(Exception):
    """A column that means nothing; the whole file is refused."""

    def __init__(self, column: str, why: str) -> None:
        super().__init__(f"Column {column!r}: {why}.")


@dataclass(frozen=True)
class ValueColumn:
    """One column of values. `part` is a currency, `unit`, or None."""

    index: int
    attribute: Attribute
    channel: str | None
    locale: str | None
    part: str | None


@dataclass(frozen=True)
class AssociationColumn:
    """Targets of one association type. `quantity` is the index of the column of amounts."""

    index: int
    name: str
    type: str
    target: str
    quantity: int | None


@dataclass(frozen=True, kw_only=True)
class Header:
    """What each column is: reserved ones by their role, values, associations."""

    columns: tuple[str, ...]
    reserved: Mapping[str, int]
    values: tuple[ValueColumn, ...]
    associations: tuple[AssociationColumn, ...] = field(default=())


def parse_header(
    columns: Sequence[str], *, reserved: Mapping[str, str], structure: Structure
) -> Header:
    """Give each column its meaning. `reserved`: role by column name. Raises HeaderError."""
    _refuse_duplicates(columns)
    found: dict[str, int] = {}
    values: list[ValueColumn] = []
    associations: list[tuple[int, str]] = []
    for index, column in enumerate(columns):
        if column in reserved:
            found[reserved[column]] = index
        elif column.split("-", 1)[0] in structure.association_types and "-" in column:
            associations.append((index, column))
        else:
            values.append(_value_column(index, column, structure))
    _refuse_lonely_units(values, columns)
    _refuse_mixed_prices(values, columns)
    return Header(
        columns=tuple(columns),
        reserved=found,
        values=tuple(values),
        associations=_associations(associations, structure),
    )


def _refuse_duplicates(columns: Sequence[str]) -> None:
    seen: set[str] = set()
    for column in columns:
        if column in seen:
            raise HeaderError(column, "it is there twice")
        seen.add(column)


def _value_column(index: int, column: str, structure: Structure) -> ValueColumn:
    code, *tokens = column.split("-")
    attribute = structure.attributes.get(code)
    if attribute is None:
        raise HeaderError(column, f"there is no attribute {code!r}")
    locale = _take(column, tokens, "locale") if attribute.localizable else None
    channel = _take(column, tokens, "channel") if attribute.scopable else None
    part = _part(column, tokens, attribute, structure)
    if tokens:
        raise HeaderError(column, f"{'-'.join(tokens)!r} is too much; {_shape(attribute)}")
    _check_scope(column, attribute, channel, locale, structure)
    return ValueColumn(index, attribute, channel, locale, part)


def _take(column: str, tokens: list[str], what: str) -> str:
    if not tokens:
        code = column.split("-", 1)[0]
        raise HeaderError(column, f"the {what} is missing: values of {code} differ by {what}")
    return tokens.pop(0)


def _part(column: str, tokens: list[str], attribute: Attribute, structure: Structure) -> str | None:
    if not tokens:
        return None
    if attribute.kind is AttributeKind.PRICE:
        currency = tokens.pop(0)
        if currency not in structure.currencies:
            raise HeaderError(column, f"{currency!r} is not an active currency")
        return currency
    if attribute.kind is AttributeKind.METRIC and tokens[0] == UNIT:
        return tokens.pop(0)
    return None


def _check_scope(
    column: str,
    attribute: Attribute,
    channel: str | None,
    locale: str | None,
    structure: Structure,
) -> None:
    if channel is not None and channel not in structure.channels:
        known = ", ".join(sorted(structure.channels))
        raise HeaderError(column, f"there is no channel {channel!r}; there are {known}")
    active = structure.locales if channel is None else structure.channels[channel].locales
    if locale is not None and locale not in active:
        where = "" if channel is None else f" in channel {channel}"
        raise HeaderError(column, f"{locale!r} is not an active locale{where}")
    own = attribute.available_locales
    if locale is not None and own and locale not in own:
        raise HeaderError(column, f"{attribute.code} has values in {', '.join(sorted(own))} only")


def _shape(attribute: Attribute) -> str:
    parts = [attribute.code]
    parts += ["locale"] if attribute.localizable else []
    parts += ["channel"] if attribute.scopable else []
    parts += ["currency"] if attribute.kind is AttributeKind.PRICE else []
    return f"write it as {'-'.join(parts)}"


def _refuse_lonely_units(values: Sequence[ValueColumn], columns: Sequence[str]) -> None:
    amounts = {(v.attribute.code, v.channel, v.locale) for v in values if v.part is None}
    for value in values:
        key = (value.attribute.code, value.channel, value.locale)
        if value.part == UNIT and key not in amounts:
            column = columns[value.index]
            raise HeaderError(column, f"there is no column {column.removesuffix('-unit')!r}")


def _refuse_mixed_prices(values: Sequence[ValueColumn], columns: Sequence[str]) -> None:
    whole = {
        (v.attribute.code, v.channel, v.locale): columns[v.index]
        for v in values
        if v.part is None and v.attribute.kind is AttributeKind.PRICE
    }
    for value in values:
        other = whole.get((value.attribute.code, value.channel, value.locale))
        if value.part is not None and other is not None:
            raise HeaderError(columns[value.index], f"column {other!r} has all currencies already")


def _associations(
    columns: Sequence[tuple[int, str]], structure: Structure
) -> tuple[AssociationColumn, ...]:
    quantities = {
        name.removesuffix("-quantity"): index
        for index, name in columns
        if name.endswith("-quantity")
    }
    found = []
    for index, name in columns:
        if name.endswith("-quantity"):
            continue
        code, target = name.split("-", 1)
        quantified = structure.association_types[code]
        allowed = QUANTIFIED if quantified else ASSOCIATED
        if target not in allowed:
            raise HeaderError(name, f"{target!r} is not one of {', '.join(allowed)}")
        if quantified and name not in quantities:
            raise HeaderError(name, f"there is no column '{name}-quantity'")
        found.append(AssociationColumn(index, name, code, target, quantities.pop(name, None)))
    for name in quantities:
        raise HeaderError(f"{name}-quantity", f"there is no column {name!r}")
    return tuple(found)
