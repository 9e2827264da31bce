"""Prices: an amount for each currency, in one cell or with a column for each."""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from functools import partial
from typing import Any, Final

from pimjob_runner.catalogue.values.cells import Cached, CellError, CellFormat, to_json
from pimjob_runner.catalogue.values.numbers import DECIMAL_SCHEMA, number, written
from pimjob_runner.catalogue.values.row_function import ValueReader
from pimjob_runner.catalogue.values.value_type import Reading, ValueType

# After a currency: the comma in an amount is a decimal one.
_BETWEEN_PRICES = re.compile(r"(?<=[A-Za-z])\s*,")


def _parse(reading: Reading) -> ValueReader:
    if None in reading.columns:
        read = partial(_read_all, reading)
        return ValueReader(index=reading.columns[None], cell=Cached(read, reading.entries))
    columns = sorted((str(currency), index) for currency, index in reading.columns.items())
    ordered = [(i, Cached(partial(_read_one, reading, c), reading.entries)) for c, i in columns]
    return ValueReader(array=ordered)


def _read_all(reading: Reading, cell: str) -> str:
    """Read `10 EUR, 12.5 USD`."""
    prices = {}
    for price in filter(None, (entry.strip(" ,") for entry in _BETWEEN_PRICES.split(cell))):
        amount, _, code = price.rpartition(" ")
        currency = reading.currencies.spelling(code)
        if currency is None:
            raise CellError(f"{code!r} is not an active currency; write it as 10 EUR")
        prices[currency] = number(amount, reading.attribute, reading.form)
    return _json(prices) if prices else ""


def _json(prices: Mapping[str, str]) -> str:
    return to_json([{"amount": a, "currency": c} for c, a in sorted(prices.items())])


def _read_one(reading: Reading, currency: str, cell: str) -> str:
    try:
        amount = number(cell, reading.attribute, reading.form)
    except CellError as error:
        raise CellError(str(error), currency) from None
    return f'{{"amount":"{amount}","currency":"{currency}"}}'


def _render(data: Any, form: CellFormat) -> str:
    return ", ".join(f"{written(p['amount'], form)} {p['currency']}" for p in data)


def _split(data: Any, form: CellFormat) -> dict[str | None, str]:
    return {price["currency"]: written(price["amount"], form) for price in data}


def _is_filled(data: Any, currencies: AbstractSet[str]) -> bool:
    return currencies <= {price["currency"] for price in data}


PRICES: Final = ValueType(
    parse=_parse,
    render=_render,
    split=_split,
    components="currency",
    schema={
        "type": "array",
        "minItems": 1,
        "items": {
            "type": "object",
            "properties": {"amount": DECIMAL_SCHEMA, "currency": {"type": "string"}},
            "required": ["amount", "currency"],
            "additionalProperties": False,
        },
    },
    is_filled=_is_filled,
)
