"""Fields both ways: what is rendered is parsed as what it was, and is as its schema says."""

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pimjob_runner.catalogue.entities import field_types
from pimjob_runner.catalogue.values.numbers import canonical

_TEXTS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=90)
_CODES = _TEXTS.map(lambda text: text.replace(",", "").strip()).filter(bool)
_NAMES = st.text("abcXYZ_019", min_size=1, max_size=9)
DATA: dict[str, st.SearchStrategy[Any]] = {
    "FLAG": st.booleans(),
    "INTEGER": st.integers(0, 10**9 - 1),
    "DECIMAL": st.decimals(-(10**12), 10**12, places=4).map(lambda d: canonical(f"{d:f}")),
    "DAY": st.dates().map(str),
    "CODE": _CODES,
    "CODES": st.lists(_CODES, min_size=1, unique=True),
    "PAIRS": st.dictionaries(_NAMES, _NAMES, min_size=1),
}


@pytest.mark.parametrize("name", DATA)
@given(chosen=st.data())
def test_what_is_rendered_is_parsed_as_what_it_was(name: str, chosen: st.DataObject) -> None:
    data = chosen.draw(DATA[name])
    found = getattr(field_types, name)
    assert found.parse(found.render(data)) == data
    assert jsonschema_rs.validator_for(found.schema).is_valid(data)


@given(_TEXTS)
def test_texts_are_what_they_were(data: str) -> None:
    found = field_types.text(90)
    assert found.parse(found.render(data)) == data
    assert jsonschema_rs.validator_for(found.schema).is_valid(data)


def test_the_schema_knows_how_long_a_text_may_be() -> None:
    assert not jsonschema_rs.validator_for(field_types.text(3).schema).is_valid("long")
