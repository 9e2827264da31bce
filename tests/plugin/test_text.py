"""Values as people read them, and a table of them."""

import pytest

from pimjob_cli import table, text
from pimjob_cli.errors import UsageError
from pimjob_cli.paint import colour_of, in_colour
from pimjob_cli.table import Cell


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0s"), (59.6, "1m"), (61, "1m1s"), (3600, "1h"), (3661, "1h1m"),
        (3601, "1h"), (90000, "1d1h"), (-5, "0s"), (8640000, "100d"),
    ],
)  # fmt: skip
def test_a_duration_has_its_two_largest_units(seconds: float, said: str) -> None:
    assert text.duration(seconds) == said


@pytest.mark.parametrize(
    ("given", "seconds"),
    [("90", 90), ("10m", 600), ("1h30m", 5400), ("2d", 172800), ("1w", 604800)],
)
def test_a_time_span_is_read(given: str, seconds: int) -> None:
    assert text.parse_duration(given) == seconds


@pytest.mark.parametrize("given", ["", "m", "1x", "1h ", "-1", "1.5h"])
def test_what_is_no_time_span_is_refused(given: str) -> None:
    with pytest.raises(UsageError, match="write 30s, 10m"):
        text.parse_duration(given)


def test_a_size() -> None:
    assert [text.size(n) for n in (0, 1023, 1024, 1536, 5 << 30)] == [
        "0 B", "1023 B", "1.0 KiB", "1.5 KiB", "5.0 GiB",
    ]  # fmt: skip


def test_a_text_is_cut_and_padded_by_the_columns_it_takes() -> None:
    assert text.cut("日本語の商品", 7) == "日本語…"
    assert text.width("日本") == 4
    assert text.pad("日本", 6) == "日本  "
    assert text.width("e\u0301") == 1


def test_a_table_is_cut_in_its_elastic_column() -> None:
    rows = [["a", "A very long label indeed", "julia"]]
    assert table.lines(("N", "LABEL", "USER"), rows, columns=24, elastic="LABEL") == [
        "N   LABEL          USER",
        "a   A very long…   julia",
    ]


def test_a_table_never_exceeds_its_columns() -> None:
    rows = [["name" * 5, "label" * 5, "user" * 5]]
    for columns in range(1, 80):
        lines = table.lines(("N", "LABEL", "USER"), rows, columns=columns, elastic="LABEL")
        assert max(map(text.width, lines)) <= columns


def test_colours_leave_the_columns_alone() -> None:
    plain = table.lines(("N", "PHASE"), [["a", Cell("Failed", "red")]])
    painted = table.lines(("N", "PHASE"), [["a", Cell("Failed", "red")]], paint=in_colour)
    assert painted[1] == plain[1].replace("Failed", "\x1b[31mFailed\x1b[0m")


def test_a_colour_is_that_of_the_outcome() -> None:
    assert colour_of("Completed") == "green"
    assert colour_of("Completed", warnings=1) == "yellow"
    assert colour_of("Failed", warnings=1) == "red"
    assert colour_of("Paused") == "grey"
    assert colour_of("SomePhaseOfTomorrow") == ""
