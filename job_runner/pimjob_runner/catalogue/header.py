"""From a file's header to columns with a meaning. A wrong header is refused as a whole."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pimjob_runner.catalogue.codes import Codes, code_set, fold
from pimjob_runner.catalogue.header_error import (
    MOST_TOLD,
    HeaderError,
    nearest,
    quoted,
    refuse_all,
)
from pimjob_runner.catalogue.structure import Attribute, Structure
from pimjob_runner.catalogue.values.types import TYPES
from pimjob_runner.catalogue.values.value_type import UNIT

ASSOCIATED = ("products", "product_models", "groups", "product_uuids")
QUANTIFIED = ("products", "product_models", "product_uuids")


@dataclass(frozen=True)
class ValueColumn:
    """One column of values. `component` is a currency, `unit`, or None."""

    index: int
    attribute: Attribute
    channel: str | None
    locale: str | None
    component: str | None


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
    ignored: tuple[str, ...] = field(default=())
    """Columns that are known and mean nothing here."""


def parse_header(
    columns: Sequence[str],
    *,
    reserved: Mapping[str, str],
    structure: Structure,
    ignored: Callable[[str], bool] = lambda _column: False,
) -> Header:
    """Give each column its meaning, whatever its case. `reserved`: role by column name.

    `ignored` is asked about columns that mean nothing. Raises HeaderError.
    """
    roles = Codes(reserved)
    known = (*reserved, *structure.attributes, *structure.association_types)
    found: dict[str, int] = {}
    values: list[ValueColumn] = []
    associations: list[tuple[int, str]] = []
    without: list[str] = []
    wrong: list[HeaderError] = list(_duplicates(columns))
    for index, column in enumerate(columns):
        code = column.split("-", 1)[0]
        if column in roles:
            found[roles[column]] = index
        elif "-" in column and code in structure.association_types:
            associations.append((index, column))
        elif code not in structure.attributes and ignored(column):
            without.append(column)
        elif code not in structure.attributes:
            near = nearest(code, known) if len(wrong) < MOST_TOLD else ""
            wrong.append(HeaderError(column, f"there is no attribute {quoted(code)}{near}"))
        else:
            try:
                values.append(_value_column(index, column, structure))
            except HeaderError as error:
                wrong.append(error)
    wrong = wrong or [*_lonely_units(values, columns), *_mixed_prices(values, columns)]
    refuse_all(wrong)
    return Header(
        columns=tuple(columns),
        reserved=found,
        values=tuple(values),
        associations=_associations(associations, structure),
        ignored=tuple(without),
    )


def _duplicates(columns: Sequence[str]) -> Iterator[HeaderError]:
    seen: set[str] = set()
    for column in columns:
        if fold(column) in seen:
            yield HeaderError(column, "it is there twice")
        seen.add(fold(column))


def _value_column(index: int, column: str, structure: Structure) -> ValueColumn:
    code, *tokens = column.split("-")
    attribute = structure.attributes[code]
    locale = _pop(column, tokens, "locale") if attribute.localizable else None
    channel = _pop(column, tokens, "channel") if attribute.scopable else None
    component = _component(column, tokens, attribute, structure)
    if tokens:
        raise HeaderError(column, f"{quoted('-'.join(tokens))} is too much; {_shape(attribute)}")
    return ValueColumn(
        index, attribute, *_scope(column, attribute, channel, locale, structure), component
    )


def _pop(column: str, tokens: list[str], what: str) -> str:
    if not tokens:
        code = column.split("-", 1)[0]
        raise HeaderError(column, f"the {what} is missing: values of {code} differ by {what}")
    return tokens.pop(0)


def _component(
    column: str, tokens: list[str], attribute: Attribute, structure: Structure
) -> str | None:
    if not tokens:
        return None
    components = TYPES[attribute.kind].components
    if components == "currency":
        token = tokens.pop(0)
        currency = structure.currencies.spelling(token)
        if currency is None:
            raise HeaderError(column, f"{quoted(token)} is not an active currency")
        return currency
    if components == UNIT and fold(tokens[0]) == UNIT:
        tokens.pop(0)
        return UNIT
    return None


def _scope(
    column: str, attribute: Attribute, channel: str | None, locale: str | None, structure: Structure
) -> tuple[str | None, str | None]:
    """Return channel and locale as the catalogue spells them. Raises HeaderError."""
    channels = structure.channels
    if channel is not None:
        code = channels.spelling(channel)
        if code is None:
            known = ", ".join(sorted(channels))
            raise HeaderError(column, f"there is no channel {quoted(channel)}; there are {known}")
        channel = code
    if locale is None:
        return channel, None
    active = structure.locales if channel is None else code_set(channels[channel].locales)
    code = active.spelling(locale)
    if code is None:
        where = "" if channel is None else f" in channel {channel}"
        raise HeaderError(column, f"{quoted(locale)} is not an active locale{where}")
    own = attribute.available_locales
    if own and code not in own:
        raise HeaderError(column, f"{attribute.code} has values in {', '.join(sorted(own))} only")
    return channel, code


def _shape(attribute: Attribute) -> str:
    names = [attribute.code]
    names += ["locale"] if attribute.localizable else []
    names += ["channel"] if attribute.scopable else []
    names += ["currency"] if TYPES[attribute.kind].components == "currency" else []
    return f"write it as {'-'.join(names)}"


def _lonely_units(values: Sequence[ValueColumn], columns: Sequence[str]) -> Iterator[HeaderError]:
    amounts = {(v.attribute.code, v.channel, v.locale) for v in values if v.component is None}
    for value in values:
        key = (value.attribute.code, value.channel, value.locale)
        if value.component == UNIT and key not in amounts:
            column = columns[value.index]
            yield HeaderError(column, f"there is no column {quoted(column[: -len('-unit')])}")


def _mixed_prices(values: Sequence[ValueColumn], columns: Sequence[str]) -> Iterator[HeaderError]:
    whole = {
        (v.attribute.code, v.channel, v.locale): columns[v.index]
        for v in values
        if v.component is None and TYPES[v.attribute.kind].components == "currency"
    }
    for value in values:
        other = whole.get((value.attribute.code, value.channel, value.locale))
        if value.component is not None and other is not None:
            yield HeaderError(columns[value.index], f"column {other!r} has all currencies already")


QUANTITY = "-quantity"


def _associations(
    columns: Sequence[tuple[int, str]], structure: Structure
) -> tuple[AssociationColumn, ...]:
    """Return the columns of targets, each with that of its amounts. Raises HeaderError."""
    spelled = {index: fold(name) for index, name in columns}
    quantities = {
        name.removesuffix(QUANTITY): index
        for index, name in spelled.items()
        if name.endswith(QUANTITY)
    }
    found, wrong = [], list[HeaderError]()
    for index, name in columns:
        if spelled[index].endswith(QUANTITY):
            continue
        try:
            quantity = quantities.pop(spelled[index], None)
            found.append(_association(index, name, quantity, structure))
        except HeaderError as error:
            wrong.append(error)
    for name, index in quantities.items():
        wrong.append(HeaderError(dict(columns)[index], f"there is no column {quoted(name)}"))
    refuse_all(wrong)
    return tuple(found)


def _association(
    index: int, name: str, quantity: int | None, structure: Structure
) -> AssociationColumn:
    type_, target = name.split("-", 1)
    code = structure.association_types.spelling(type_) or type_
    quantified = structure.association_types[code]
    allowed = QUANTIFIED if quantified else ASSOCIATED
    if fold(target) not in allowed:
        raise HeaderError(name, f"{quoted(target)} is not one of {', '.join(allowed)}")
    if quantified and quantity is None:
        raise HeaderError(name, f"there is no column '{name}{QUANTITY}'")
    return AssociationColumn(index, name, code, fold(target), quantity)
