"""Values of attributes: as cells of a flat file, and as the catalogue stores them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sample_catalogue.structure import Attribute, Kind

ALL_CHANNELS = "<all_channels>"
ALL_LOCALES = "<all_locales>"


@dataclass(frozen=True)
class Metric:
    """An amount with its unit."""

    amount: Decimal
    unit: str


Prices = Mapping[str, Decimal]
"""Currency to amount."""

Simple = str | bool | date | Decimal | tuple[str, ...]
Data = Simple | Metric | Prices


@dataclass(frozen=True)
class Value:
    """What one attribute is for one channel and locale; None means all of them."""

    attribute: Attribute
    channel: str | None
    locale: str | None
    data: Data

    def cells(self) -> dict[str, str]:
        """Return the columns of the flat file, each with its text."""
        return cells(self.attribute, self.channel, self.locale, self.data)


def column(attribute: Attribute, channel: str | None, locale: str | None) -> str:
    """Return the name of a value's column: `attribute-locale-channel`."""
    return "-".join(part for part in (attribute.code, locale, channel) if part)


def columns(attribute: Attribute, currencies: Iterable[str]) -> list[str]:
    """Return all columns of an attribute."""
    found = []
    for channel, locale in attribute.slots():
        name = column(attribute, channel, locale)
        if attribute.one_cell or attribute.kind not in {Kind.PRICE, Kind.METRIC}:
            found.append(name)
        elif attribute.kind is Kind.METRIC:
            found += [name, f"{name}-unit"]
        else:
            found += [f"{name}-{currency}" for currency in currencies]
    return found


def cells(
    attribute: Attribute, channel: str | None, locale: str | None, data: Data
) -> dict[str, str]:
    """Return what a value is in a flat file, by column."""
    name = column(attribute, channel, locale)
    if isinstance(data, Metric):
        return _metric_cells(name, data, one_cell=attribute.one_cell)
    if isinstance(data, Mapping):
        return _price_cells(name, data, one_cell=attribute.one_cell)
    return {name: _text(data)}


def _metric_cells(name: str, data: Metric, *, one_cell: bool) -> dict[str, str]:
    if one_cell:
        return {name: f"{data.amount} {data.unit}"}
    return {name: str(data.amount), f"{name}-unit": data.unit}


def _price_cells(name: str, data: Prices, *, one_cell: bool) -> dict[str, str]:
    if one_cell:
        return {name: ", ".join(f"{amount} {code}" for code, amount in data.items())}
    return {f"{name}-{code}": str(amount) for code, amount in data.items()}


def _text(data: Simple) -> str:
    match data:
        case tuple():
            return ",".join(data)
        case bool():
            return "1" if data else "0"
        case date():
            return data.isoformat()
    return str(data)


def stored(data: Data) -> Any:
    """Return what a value is in the catalogue's JSON."""
    match data:
        case Metric(amount, unit):
            return {"amount": plain(amount), "unit": unit}
        case Mapping():
            return [
                {"amount": plain(amount), "currency": code} for code, amount in sorted(data.items())
            ]
        case tuple():
            return sorted(data)
        case date():
            return data.isoformat()
        case Decimal():
            return plain(data)
    return data


def plain(number: Decimal) -> str:
    """Return a number without zeros that say nothing: 12.50 is 12.5."""
    return f"{number.normalize():f}"


def raw_values(values: Iterable[Value]) -> dict[str, Any]:
    """Return `{attribute: {channel or all: {locale or all: data}}}`."""
    raw: dict[str, Any] = {}
    for value in values:
        by_channel = raw.setdefault(value.attribute.code, {})
        by_locale = by_channel.setdefault(value.channel or ALL_CHANNELS, {})
        by_locale[value.locale or ALL_LOCALES] = stored(value.data)
    return raw
