"""JSON however deep: what can be read is read, the rest is cut."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pimjob_api.nesting import DEEPEST, TOO_DEEP, is_deeper, loads, pruned

TEXTS = st.text(st.sampled_from('ab"\\[]{}é\n'), max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
)


def nested(value: str, levels: int) -> str:
    """JSON of a value within arrays and objects in turn, with brackets in texts beside it."""
    for level in range(levels):
        value = f'["]}}",{value},"[{{"]' if level % 2 else f'{{"a\\"[":{value},"b":"]"}}'
    return value


def levels_of(value: object) -> int:
    """How many levels of arrays and objects it has: what its last branch of them has."""
    levels = 0
    while isinstance(value, dict | list):
        members = list(value.values() if isinstance(value, dict) else value)
        value = next((one for one in members if isinstance(one, dict | list)), None)
        levels += 1
    return levels


@given(JSON)
def test_what_is_not_deep_is_read_as_it_is(value: object) -> None:
    assert loads(json.dumps(value)) == value
    assert pruned(value) == value or is_deeper(value, DEEPEST)


@pytest.mark.parametrize("levels", [1_200, 9_999])
def test_what_python_cannot_read_is_cut_and_what_is_beside_it_stays(levels: int) -> None:
    found = loads(f'{{"deep":{nested("1", levels)},"beside":[1,"]"]}}')
    assert levels_of(found) == DEEPEST
    assert found["beside"] == [1, "]"]
    assert TOO_DEEP in json.dumps(found)


@pytest.mark.parametrize("levels", [0, 1, 5, 100, 300])
def test_how_deep_a_value_is(levels: int) -> None:
    value = json.loads(nested("1", levels))
    assert not is_deeper(value, levels)
    assert levels == 0 or is_deeper(value, levels - 1)
    assert levels_of(pruned(value, 3)) == min(levels, 3)


def test_what_is_no_json_is_an_error_that_says_so() -> None:
    with pytest.raises(ValueError, match="Expecting"):
        loads("[" * 5_000)
