"""Each kind of attribute both ways: what is rendered is parsed as what it was."""

import json
from collections.abc import Mapping
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pimjob_runner.catalogue.codes import code_set
from pimjob_runner.catalogue.structure import Attribute, AttributeKind
from pimjob_runner.catalogue.values.cells import CellError, CellFormat
from pimjob_runner.catalogue.values.numbers import canonical
from pimjob_runner.catalogue.values.row_function import AttributeReader, compile_row
from pimjob_runner.catalogue.values.types import TYPES
from pimjob_runner.catalogue.values.value_type import Reading
from pimjob_runner.jobs.imports.parameters import ProductParameters

CODES = ("Blue", "green", "l_2", "RED")
CURRENCIES = ("EUR", "GBP", "USD")
UNITS = ("GRAM", "KILOGRAM")
RULES = {
    "decimals_allowed": True,
    "negative_allowed": True,
    "metric_family": "Weight",
    "default_metric_unit": "GRAM",
}


def _numbers() -> st.SearchStrategy[str]:
    whole, fraction = st.integers(-(10**29), 10**29), st.text("0123456789", max_size=15)
    return st.builds(lambda w, f: canonical(f"{w}.{f}"), whole, fraction)


def _lines(longest: int) -> st.SearchStrategy[str]:
    characters = st.characters(exclude_characters="\r\n", exclude_categories=("Cs",))
    return st.text(characters, min_size=1, max_size=longest)


_CODE = st.sampled_from(CODES)
_SEVERAL = st.sets(_CODE, min_size=1).map(sorted)
_PRICES = st.dictionaries(st.sampled_from(CURRENCIES), _numbers(), min_size=1).map(
    lambda prices: [{"amount": a, "currency": c} for c, a in sorted(prices.items())]
)
_MEASUREMENT = st.fixed_dictionaries({"amount": _numbers(), "unit": st.sampled_from(UNITS)})
_PATH = _lines(80).filter(lambda path: not path.startswith("/") and ".." not in path)
DATA: Mapping[AttributeKind, st.SearchStrategy[Any]] = {
    AttributeKind.IDENTIFIER: _lines(255).map(str.strip).filter(bool),
    AttributeKind.TEXT: _lines(255),
    AttributeKind.TEXTAREA: st.text(st.characters(exclude_categories=("Cs",)), min_size=1),
    AttributeKind.NUMBER: _numbers(),
    AttributeKind.BOOLEAN: st.booleans(),
    AttributeKind.DATE: st.dates().map(str),
    AttributeKind.SIMPLESELECT: _CODE,
    AttributeKind.MULTISELECT: _SEVERAL,
    AttributeKind.PRICE: _PRICES,
    AttributeKind.METRIC: _MEASUREMENT,
    AttributeKind.IMAGE: _PATH,
    AttributeKind.FILE: _PATH,
    AttributeKind.REFERENCE: _CODE,
    AttributeKind.REFERENCES: _SEVERAL,
    AttributeKind.RECORD: _CODE,
    AttributeKind.RECORDS: _SEVERAL,
}
PATTERNS = ["yyyy-MM-dd", "yyyy/MM/dd", "dd.MM.yyyy", "dd/MM/yyyy", "MM/dd/yyyy", "dd-MM-yyyy"]
FORMS = [
    msgspec.convert(
        {"source": "file:///data/x", "decimalSeparator": separator, "dateFormat": pattern},
        ProductParameters,
    ).form
    for separator in (".", ",")
    for pattern in PATTERNS
]
any_form = st.sampled_from(FORMS)


def reading(kind: AttributeKind, form: CellFormat, *parts: str | None, **rules: Any) -> Reading:
    """What a value of a kind is read with, from a column for each part."""
    return Reading(
        attribute=Attribute(code="x", kind=kind, rules=RULES | rules),
        columns={part: index for index, part in enumerate(parts or (None,))},
        form=form,
        entries=10,
        options=code_set(CODES),
        units=code_set(UNITS),
        currencies=code_set(CURRENCIES),
    )


def parse(kind: AttributeKind, form: CellFormat, cells: Mapping[str | None, str]) -> Any:
    """Return the data of cells, None for none: the same alone and in its row."""
    reader, row = TYPES[kind].parse(reading(kind, form, *cells)), list(cells.values())
    text = reader.read(row)
    data = json.loads(text) if text else None
    together = compile_row([AttributeReader("x", (("c", "l", reader), ("c", "m", reader)))])
    assert json.loads(together(row)) == ({"x": {"c": {"l": data, "m": data}}} if text else {})
    alone = compile_row([AttributeReader("x", (("c", "l", reader),))])
    assert json.loads(alone(row)) == ({"x": {"c": {"l": data}}} if text else {})
    return data


@pytest.mark.parametrize("kind", AttributeKind)
@given(chosen=st.data(), form=any_form)
def test_what_is_rendered_is_parsed_as_what_it_was(
    kind: AttributeKind, chosen: st.DataObject, form: CellFormat
) -> None:
    data = chosen.draw(DATA[kind])
    assert parse(kind, form, {None: TYPES[kind].render(data, form)}) == data


@pytest.mark.parametrize("kind", [AttributeKind.PRICE, AttributeKind.METRIC])
@given(chosen=st.data(), form=any_form)
def test_so_it_is_in_a_column_for_each_part(
    kind: AttributeKind, chosen: st.DataObject, form: CellFormat
) -> None:
    data, split = chosen.draw(DATA[kind]), TYPES[kind].split
    assert split is not None
    assert parse(kind, form, split(data, form)) == data


@pytest.mark.parametrize("kind", AttributeKind)
@given(chosen=st.data())
def test_data_is_as_its_schema_says(kind: AttributeKind, chosen: st.DataObject) -> None:
    data = chosen.draw(DATA[kind])
    assert jsonschema_rs.validator_for(TYPES[kind].schema).is_valid(data)


@pytest.mark.parametrize(
    ("kind", "cell", "rendered"),
    [
        (AttributeKind.NUMBER, "+007,50", "7,5"),
        (AttributeKind.NUMBER, "-0", "0"),
        (AttributeKind.MULTISELECT, "red, BLUE,red", "Blue,RED"),
        (AttributeKind.SIMPLESELECT, "L_2", "l_2"),
        (AttributeKind.METRIC, "800", "800 GRAM"),
        (AttributeKind.METRIC, " 0,80  kilogram", "0,8 KILOGRAM"),
        (AttributeKind.PRICE, "12,50 usd,10 EUR", "10 EUR, 12,5 USD"),
        (AttributeKind.TEXT, " a\r\nb", " a b"),
        (AttributeKind.IDENTIFIER, " a b ", "a b"),
        (AttributeKind.DATE, "1.2.2024", "01.02.2024"),
    ],
)
def test_cells_of_one_value_are_rendered_in_one_form(
    kind: AttributeKind, cell: str, rendered: str
) -> None:
    form = CellFormat(decimal_separator=",", date_format="%d.%m.%Y")
    data = parse(kind, form, {None: cell})
    assert TYPES[kind].render(data, form) == rendered
    assert parse(kind, form, {None: rendered}) == data


@pytest.mark.parametrize(
    ("kind", "cells", "component"),
    [
        (AttributeKind.METRIC, {None: "1", "unit": "LITER"}, "unit"),
        (AttributeKind.METRIC, {None: "x", "unit": "GRAM"}, None),
        (AttributeKind.PRICE, {"EUR": "1", "USD": "x"}, "USD"),
        (AttributeKind.PRICE, {None: "1 CHF"}, None),
    ],
)
def test_of_several_columns_the_one_that_is_to_blame_is_named(
    kind: AttributeKind, cells: Mapping[str | None, str], component: str | None
) -> None:
    with pytest.raises(CellError) as caught:
        parse(kind, CellFormat(), cells)
    assert caught.value.component == component


@pytest.mark.parametrize(
    ("kind", "data", "filled"),
    [
        (AttributeKind.TEXT, " \n", False),
        (AttributeKind.TEXTAREA, "a", True),
        (AttributeKind.BOOLEAN, False, True),
        (AttributeKind.NUMBER, "0", True),
        (AttributeKind.PRICE, [{"amount": "1", "currency": "EUR"}], False),
        (AttributeKind.PRICE, [{"amount": "1", "currency": c} for c in ("EUR", "USD")], True),
    ],
)
def test_a_value_is_complete_where_every_currency_of_the_channel_has_an_amount(
    kind: AttributeKind, data: Any, *, filled: bool
) -> None:
    assert TYPES[kind].is_filled(data, {"EUR", "USD"}) is filled
