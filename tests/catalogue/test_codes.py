"""Codes are found whatever their case, and keep the spelling in which they were created."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pimjob_runner.catalogue.codes import Codes, fold, is_identifier

TEXTS = st.text(min_size=1, max_size=8)


@given(TEXTS)
def test_all_spellings_of_a_code_fold_to_one(code: str) -> None:
    assert fold(fold(code)) == fold(code)
    assert fold(unicodedata.normalize("NFD", code)) == fold(code)
    assert fold(code.casefold()) == fold(code)


def test_a_code_is_found_in_any_spelling_and_keeps_its_own() -> None:
    codes = Codes({"A238B": 1, "caf\u00e9": 2})
    assert codes["a238b"] == codes["A238B"] == 1
    assert codes.spelling("A238b") == "A238B"
    assert codes["CAFE\u0301"] == 2
    assert "b238a" not in codes
    codes.put("a238b", 3)
    assert dict(codes) == {"A238B": 3, "caf\u00e9": 2}


def test_of_two_that_differ_in_case_only_each_is_found_by_its_own_spelling() -> None:
    codes = Codes({"red": 1, "RED": 2})
    assert (codes["red"], codes["RED"], codes["Red"]) == (1, 2, 1)


@pytest.mark.parametrize("text", ["", " a", "a ", "a,b", "a;b", "a\nb", "a\r", "x" * 256])
def test_what_lists_in_cells_could_not_name_is_no_identifier(text: str) -> None:
    assert not is_identifier(text)
