"""A header's value columns, compiled once into functions from a row to JSON text."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from operator import itemgetter
from typing import Any

import msgspec

from pimjob_runner.catalogue.cells import (
    Cached,
    CellError,
    CellFormat,
    cache_entries,
    number,
    reader,
    to_json,
)
from pimjob_runner.catalogue.header import UNIT, ValueColumn
from pimjob_runner.catalogue.row_function import AttributeSource, Source, compile_row
from pimjob_runner.catalogue.structure import Attribute, AttributeKind, Structure

ALL_CHANNELS = "<all_channels>"
ALL_LOCALES = "<all_locales>"
_SEPARATOR = "\x1f"

Cells = Sequence[str]
Part = Callable[[Cells], str]
"""From a row to the JSON of a value, or to nothing where its cells are empty."""

Values = dict[str, dict[str, dict[str, Any]]]
"""`{attribute: {channel: {locale: data}}}`"""


@dataclass(frozen=True)
class Slot:
    """One value that a file sets: an attribute for a channel and a locale."""

    attribute: str
    channel: str
    locale: str
    currencies: frozenset[str] = frozenset()
    """Of a price: those that have a column; others are left alone."""
    whole: bool = False
    """Whether the attribute has no other value than this one."""


@dataclass(frozen=True)
class CellProblem:
    """What is wrong with one cell."""

    column: str
    value: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ValuePlan:
    """`parts(row)[i]` is the JSON of `attributes[i]`, which are in ascending order.

    A part is `"attribute":{…}`, or nothing where all its cells are empty. Raises CellError.
    """

    attributes: tuple[str, ...]
    parts: Callable[[Cells], list[str]]
    slots: Mapping[str, tuple[Slot, ...]]
    """By attribute."""
    problems: Callable[[Cells], list[CellProblem]]
    """Every problem of a row, for a row whose parts raised CellError."""

    def merge(self, stored: str, parts: Sequence[str]) -> str:
        """Return stored values with a row's: set what has a cell, clear what has an empty one.

        Attribute by attribute: only one with several values, of which the row says
        something else than what is stored, is taken apart.
        """
        left = take_apart(stored)
        mine = list(parts)
        for index, code in self._shared:
            if (before := left.get(code)) is not None:
                mine[index] = _merge_attribute(code, bytes(before), mine[index], self.slots[code])
        if left.keys() <= self.slots.keys():
            return f"{{{','.join(filter(None, mine))}}}"
        merged = {code: part for code, part in zip(self.attributes, mine, strict=True) if part}
        for code in left.keys() - self.slots.keys():
            merged[code] = f"{to_json(code)}:{bytes(left[code]).decode()}"
        return f"{{{','.join(merged[code] for code in sorted(merged))}}}"

    @cached_property
    def _shared(self) -> list[tuple[int, str]]:
        """Attributes that may have values besides those of this file, with their index."""
        codes = enumerate(self.attributes)
        return [(index, code) for index, code in codes if not self.slots[code][0].whole]


@dataclass(frozen=True, kw_only=True)
class _Means:
    """What the columns' readers need."""

    structure: Structure
    options: Mapping[str, frozenset[str]]
    form: CellFormat
    entries: int
    """How many cells a column may remember."""


@dataclass(frozen=True)
class _SlotPlan:
    slot: Slot
    columns: tuple[ValueColumn, ...]
    source: Source

    def read(self, cells: Cells) -> str:
        """Read one value alone."""
        return self.source.read(cells)


def compile_values(
    columns: Sequence[ValueColumn],
    names: Sequence[str],
    *,
    structure: Structure,
    options: Mapping[str, frozenset[str]],
    form: CellFormat,
) -> ValuePlan:
    """Compile value columns. `names`: all columns of the file, for messages."""
    by_slot: dict[tuple[str, str, str], list[ValueColumn]] = {}
    for column in columns:
        key = (
            column.attribute.code,
            column.channel or ALL_CHANNELS,
            column.locale or ALL_LOCALES,
        )
        by_slot.setdefault(key, []).append(column)
    means = _Means(
        structure=structure, options=options, form=form, entries=cache_entries(len(columns))
    )
    plans: dict[str, list[_SlotPlan]] = {}
    for key in sorted(by_slot):
        own = tuple(by_slot[key])
        attribute = own[0].attribute
        source = _source(attribute, own, means)
        currencies = frozenset(c.part for c in own if c.part and c.part != UNIT)
        whole = not (attribute.localizable or attribute.scopable or currencies)
        slot = Slot(*key, currencies, whole)
        plans.setdefault(key[0], []).append(_SlotPlan(slot, own, source))
    return ValuePlan(
        attributes=tuple(plans),
        parts=compile_row([_attribute(code, slots) for code, slots in plans.items()]),
        slots={code: tuple(plan.slot for plan in slots) for code, slots in plans.items()},
        problems=_problems([plan for slots in plans.values() for plan in slots], names),
    )


def take_apart(values: str) -> dict[str, msgspec.Raw]:
    """Return stored values by attribute, each as it is written."""
    return msgspec.json.decode(values, type=dict[str, msgspec.Raw])


def merge(stored: Values, row: Values, slots: Sequence[Slot]) -> Values:
    """Return stored values with a row's: present cells set, empty ones clear, the rest stays."""
    merged = {
        attribute: {channel: dict(locales) for channel, locales in channels.items()}
        for attribute, channels in stored.items()
    }
    for slot in slots:
        data = row.get(slot.attribute, {}).get(slot.channel, {}).get(slot.locale)
        if slot.currencies:
            before = merged.get(slot.attribute, {}).get(slot.channel, {}).get(slot.locale)
            data = _merge_prices(before, data, slot.currencies)
        if data is not None:
            merged.setdefault(slot.attribute, {}).setdefault(slot.channel, {})[slot.locale] = data
        else:
            _clear(merged, slot)
    return merged


def _merge_attribute(code: str, stored: bytes, part: str, slots: Sequence[Slot]) -> str:
    name = f"{to_json(code)}:"
    if part == f"{name}{stored.decode()}":
        return part
    before = {code: msgspec.json.decode(stored)}
    row = msgspec.json.decode(f"{{{part}}}", type=Values)
    merged = merge(before, row, slots)
    return f"{name}{to_json(merged[code])}" if merged else ""


def _merge_prices(before: Any, data: Any, currencies: frozenset[str]) -> Any:
    kept = [price for price in before or () if price["currency"] not in currencies]
    prices = sorted([*kept, *(data or ())], key=lambda price: str(price["currency"]))
    return prices or None


def _clear(values: Values, slot: Slot) -> None:
    channels = values.get(slot.attribute, {})
    locales = channels.get(slot.channel, {})
    locales.pop(slot.locale, None)
    if not locales:
        channels.pop(slot.channel, None)
    if not channels:
        values.pop(slot.attribute, None)


def _attribute(code: str, plans: Sequence[_SlotPlan]) -> AttributeSource:
    return AttributeSource(code, tuple((p.slot.channel, p.slot.locale, p.source) for p in plans))


def _source(attribute: Attribute, columns: tuple[ValueColumn, ...], means: _Means) -> Source:
    if attribute.kind is AttributeKind.METRIC:
        return Source(row=_metric_reader(attribute, columns, means))
    if attribute.kind is AttributeKind.PRICE:
        return Source(row=_price_reader(attribute, columns, means))
    options = means.options.get(attribute.code, frozenset())
    return Source(
        index=columns[0].index, cell=reader(attribute, options, means.form, means.entries)
    )


def _metric_reader(attribute: Attribute, columns: tuple[ValueColumn, ...], means: _Means) -> Part:
    units = means.structure.measurements.get(attribute.rules.get("metric_family", ""), frozenset())
    default = attribute.rules.get("default_metric_unit", "")
    amount_index = next(c.index for c in columns if c.part is None)
    unit_index = next((c.index for c in columns if c.part == UNIT), None)

    def read(text: str) -> str:
        amount, _, unit = text.partition(_SEPARATOR)
        if unit_index is None:
            amount, _, unit = amount.strip().partition(" ")
        unit = unit.strip() or default
        value = number(amount, attribute, means.form)
        if unit not in units:
            raise UnitError(f"{unit!r} is not a unit of {attribute.rules.get('metric_family')}")
        return to_json({"amount": value, "unit": unit})

    lookup = Cached(read, means.entries)

    def metric(cells: Cells) -> str:
        amount = cells[amount_index]
        if not amount:
            return ""
        unit = "" if unit_index is None else cells[unit_index]
        return lookup[f"{amount}{_SEPARATOR}{unit}"]

    return metric


class UnitError(CellError):
    """The unit is wrong, not the amount."""


def _price_reader(attribute: Attribute, columns: tuple[ValueColumn, ...], means: _Means) -> Part:
    active = means.structure.currencies

    def read_one(text: str) -> str:
        """Read `10 EUR, 12.5 USD`."""
        prices = {}
        for price in filter(None, (part.strip() for part in text.split(","))):
            amount, _, currency = price.partition(" ")
            if currency not in active:
                raise CellError(f"{currency!r} is not an active currency; write it as 10 EUR")
            prices[currency] = number(amount, attribute, means.form)
        return _prices(prices) if prices else ""

    if columns[0].part is None:
        index, lookup = columns[0].index, Cached(read_one, means.entries)
        return lambda cells: lookup[cells[index]]

    ordered = [
        (index, Cached(partial(_price, code, attribute, means.form), means.entries))
        for code, index in sorted((str(c.part), c.index) for c in columns)
    ]

    def many(cells: Cells) -> str:
        found = ",".join([price for index, lookup in ordered if (price := lookup[cells[index]])])
        return f"[{found}]" if found else ""

    return many


def _price(currency: str, attribute: Attribute, form: CellFormat, cell: str) -> str:
    return f'{{"amount":"{number(cell, attribute, form)}","currency":"{currency}"}}'


def _prices(prices: Mapping[str, str]) -> str:
    return to_json([{"amount": a, "currency": c} for c, a in sorted(prices.items())])


def _problems(
    plans: Sequence[_SlotPlan], names: Sequence[str]
) -> Callable[[Cells], list[CellProblem]]:
    def problems(cells: Cells) -> list[CellProblem]:
        found = []
        for plan in plans:
            try:
                plan.read(cells)
            except CellError as error:
                index = _guilty(plan, cells, error)
                found.append((index, CellProblem(names[index], cells[index], str(error))))
        # In the order of the columns, as people read them.
        return [problem for _, problem in sorted(found, key=itemgetter(0))]

    return problems


def _guilty(plan: _SlotPlan, cells: Cells, error: CellError) -> int:
    """Return the column that is to blame: of several, the unit's, or the first that fails alone."""
    columns = plan.columns
    wants_unit = isinstance(error, UnitError)
    for column in columns:
        if (column.part == UNIT) == wants_unit and len(columns) > 1:
            alone = ["" if c.index != column.index and not wants_unit else cells[c.index]
                     for c in columns]  # fmt: skip
            if wants_unit or _fails(plan, columns, alone, len(cells)):
                return column.index
    return columns[0].index


def _fails(
    plan: _SlotPlan, columns: Sequence[ValueColumn], alone: Sequence[str], width: int
) -> bool:
    row = [""] * width
    for column, cell in zip(columns, alone, strict=True):
        row[column.index] = cell
    try:
        plan.read(row)
    except CellError:
        return True
    return False
