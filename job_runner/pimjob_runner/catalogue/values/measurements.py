"""Measurements: an amount with a unit, in one cell or in two."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from pimjob_runner.catalogue.values.cells import Cached, CellError, CellFormat, to_json
from pimjob_runner.catalogue.values.numbers import DECIMAL_SCHEMA, number, written
from pimjob_runner.catalogue.values.row_function import ValueReader
from pimjob_runner.catalogue.values.value_type import UNIT, Reading, ValueType

_SEPARATOR = "\x1f"


def _parse(reading: Reading) -> ValueReader:
    amount_index, unit_index = reading.columns[None], reading.columns.get(UNIT)
    lookup = Cached(_reader(reading, in_one=unit_index is None), reading.entries)
    if unit_index is None:
        return ValueReader(index=amount_index, cell=lookup)

    def measurement(cells: Sequence[str]) -> str:
        amount = cells[amount_index]
        return lookup[f"{amount}{_SEPARATOR}{cells[unit_index]}"] if amount else ""

    return ValueReader(row=measurement)


def _reader(reading: Reading, *, in_one: bool) -> Callable[[str], str]:
    attribute, units = reading.attribute, reading.units
    endings = {unit: f'","unit":{to_json(unit)}}}' for unit in units}
    family = attribute.rules.get("metric_family")
    default = attribute.rules.get("default_metric_unit", "")

    def read(text: str) -> str:
        amount, _, unit = text.strip().partition(" ") if in_one else text.partition(_SEPARATOR)
        value = number(amount, attribute, reading.form)
        known = units.spelling(unit.strip() or default)
        if known is None:
            raise CellError(f"{unit.strip() or default!r} is not a unit of {family}", UNIT)
        return f'{{"amount":"{value}{endings[known]}'

    return read


def _render(data: Any, form: CellFormat) -> str:
    return f"{written(data['amount'], form)} {data['unit']}"


def _split(data: Any, form: CellFormat) -> dict[str | None, str]:
    return {None: written(data["amount"], form), UNIT: data["unit"]}


MEASUREMENT: Final = ValueType(
    parse=_parse,
    render=_render,
    split=_split,
    components=UNIT,
    schema={
        "type": "object",
        "properties": {"amount": DECIMAL_SCHEMA, "unit": {"type": "string"}},
        "required": ["amount", "unit"],
        "additionalProperties": False,
    },
    can_be_axis=True,
)
