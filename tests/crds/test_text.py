"""Cutting text to the bounds of a status."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pimjob_api.text import clip


@pytest.mark.parametrize(
    ("text", "limit", "clipped"),
    [
        ("short", 10, "short"),
        ("exactly 10", 10, "exactly 10"),
        ("eleven char", 10, "eleven …"[:7] + "…"),
        ("ééééé", 10, "ééééé"),
        ("éééééé", 10, "ééé…"),
        ("𝄞𝄞𝄞", 10, "𝄞…"),
        ("two\nlines\tand a bell\x07", 40, "two lines and a bell "),
        ("lone \ud800 surrogate", 40, "lone   surrogate"),
    ],
)
def test_text_is_cut_at_a_character(text: str, limit: int, clipped: str) -> None:
    assert clip(text, limit) == clipped


@given(st.text(), st.integers(min_value=3, max_value=50))
def test_what_is_clipped_is_what_the_api_server_takes(text: str, limit: int) -> None:
    clipped = clip(text, limit)
    assert len(clipped.encode()) <= limit
    assert all(ord(character) >= 0x20 and ord(character) != 0x7F for character in clipped)
