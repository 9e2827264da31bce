"""A header's value columns, compiled once into functions from a row to JSON text."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any

import msgspec

from pimjob_runner.catalogue.codes import Codes
from pimjob_runner.catalogue.header import ValueColumn
from pimjob_runner.catalogue.refusal import Problem
from pimjob_runner.catalogue.structure import Attribute, Structure
from pimjob_runner.catalogue.values.cells import (
    CellError,
    CellFormat,
    cache_entries,
    to_json,
)
from pimjob_runner.catalogue.values.row_function import AttributeReader, ValueReader, compile_row
from pimjob_runner.catalogue.values.types import TYPES
from pimjob_runner.catalogue.values.value_type import UNIT, Reading

ALL_CHANNELS = "<all_channels>"
ALL_LOCALES = "<all_locales>"
_by_attribute = msgspec.json.Decoder(dict[str, msgspec.Raw])

Cells = Sequence[str]

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


@dataclass(frozen=True, kw_only=True)
class ValueMapping:
    """What the columns of a file say about values."""

    slots: Mapping[str, tuple[Slot, ...]]
    """By attribute, in ascending order."""
    values: Callable[[Cells], str]
    """From a row to its values as canonical JSON, empty cells left out. Raises CellError."""
    problems: Callable[[Cells], list[Problem]]
    """Every problem of a row, for a row whose values raised CellError."""
    notes: list[Problem]
    """What was changed of the row that was read last; whoever takes it clears it."""

    def merge(self, stored: str, values: str, own: frozenset[str] | None = None) -> str:
        """Return stored values with a row's: set what has a cell, clear what has an empty one.

        `own`: the attributes of the level that the row is on; others are left alone.
        Attribute by attribute: only one with several values, of which the row says
        something else than what is stored, is decoded.
        """
        before, row = split_values(stored), split_values(values)
        said = self.slots.keys() if own is None else self.slots.keys() & own
        merged = {code: before[code] for code in before.keys() - said}
        for code in self._shared.intersection(before, said):
            if row.get(code) != before[code]:
                merged[code] = _merge_attribute(before[code], row.get(code), self.slots[code])
        return join_values(row | merged) if merged else values

    def respell(self, values: str, attribute: str, text: str) -> str:
        """Return a row's values with another text as the value of an attribute that has one."""
        data = msgspec.Raw(to_json({ALL_CHANNELS: {ALL_LOCALES: text}}).encode())
        found = split_values(values)
        return join_values({**found, attribute: data}) if attribute in found else values

    @cached_property
    def _shared(self) -> frozenset[str]:
        """Attributes that may have values besides those of this file."""
        return frozenset(code for code, slots in self.slots.items() if not slots[0].whole)


@dataclass(frozen=True, kw_only=True)
class _Means:
    """What the columns' readers need."""

    structure: Structure
    options: Mapping[str, Codes[None]]
    form: CellFormat
    entries: int
    """How many cells a column may remember."""
    names: Sequence[str]
    notes: list[Problem]


@dataclass(frozen=True)
class _SlotMapping:
    slot: Slot
    columns: tuple[ValueColumn, ...]
    reader: ValueReader

    def read(self, cells: Cells) -> str:
        """Read one value alone."""
        return self.reader.read(cells)

    def column(self, component: str | None) -> int:
        """Return the index of a component's column; of the first where no other holds it."""
        own = (column.index for column in self.columns if column.component == component)
        return next(own, self.columns[0].index)


def compile_values(
    columns: Sequence[ValueColumn],
    names: Sequence[str],
    *,
    structure: Structure,
    options: Mapping[str, Codes[None]],
    form: CellFormat,
) -> ValueMapping:
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
        structure=structure,
        options=options,
        form=form,
        entries=cache_entries(sum(not TYPES[c.attribute.kind].is_verbatim for c in columns)),
        names=names,
        notes=[],
    )
    mappings: dict[str, list[_SlotMapping]] = {}
    for key in sorted(by_slot):
        own = tuple(by_slot[key])
        attribute = own[0].attribute
        reader = _reader(attribute, own, means)
        currencies = frozenset(c.component for c in own if c.component and c.component != UNIT)
        whole = not (attribute.localizable or attribute.scopable or currencies)
        slot = Slot(*key, currencies, whole)
        mappings.setdefault(key[0], []).append(_SlotMapping(slot, own, reader))
    return ValueMapping(
        slots={code: tuple(mapping.slot for mapping in slots) for code, slots in mappings.items()},
        values=compile_row([_attribute(code, slots) for code, slots in mappings.items()]),
        problems=_problems([mapping for slots in mappings.values() for mapping in slots], names),
        notes=means.notes,
    )


def split_values(values: str) -> dict[str, msgspec.Raw]:
    """Return values by attribute, each as it is written."""
    return _by_attribute.decode(values)


def join_values(values: Mapping[str, msgspec.Raw]) -> str:
    """Return canonical JSON of values by attribute, those left out that are empty."""
    return to_json({code: value for code, value in values.items() if bytes(value)})


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


def _merge_attribute(
    stored: msgspec.Raw, row: msgspec.Raw | None, slots: Sequence[Slot]
) -> msgspec.Raw:
    """Return the values of one attribute; empty if none is left."""
    code = slots[0].attribute
    said = {} if row is None else {code: msgspec.json.decode(row)}
    merged = merge({code: msgspec.json.decode(stored)}, said, slots)
    return msgspec.Raw(to_json(merged[code]).encode() if merged else b"")


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


def _attribute(code: str, mappings: Sequence[_SlotMapping]) -> AttributeReader:
    return AttributeReader(code, tuple((m.slot.channel, m.slot.locale, m.reader) for m in mappings))


def _reader(attribute: Attribute, columns: tuple[ValueColumn, ...], means: _Means) -> ValueReader:
    def note(cell: str, reason: str) -> None:
        means.notes.append(Problem(means.names[columns[0].index], cell, reason))

    family = attribute.rules.get("metric_family") or ""
    reading = Reading(
        attribute=attribute,
        columns={column.component: column.index for column in columns},
        form=means.form,
        entries=means.entries,
        note=note,
        options=means.options.get(attribute.code, Codes[None]()),
        units=means.structure.measurements.get(family, Codes[None]()),
        currencies=means.structure.currencies,
    )
    return TYPES[attribute.kind].parse(reading)


def _problems(
    mappings: Sequence[_SlotMapping], names: Sequence[str]
) -> Callable[[Cells], list[Problem]]:
    def problems(cells: Cells) -> list[Problem]:
        found = []
        for mapping in mappings:
            try:
                mapping.read(cells)
            except CellError as error:
                index = mapping.column(error.component)
                found.append((index, Problem(names[index], cells[index], str(error))))
        # In the order of the columns, as people read them.
        return [problem for _, problem in sorted(found, key=itemgetter(0))]

    return problems
