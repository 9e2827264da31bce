"""Positions, lines and texts of records; files that are refused before their first record."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pimjob_runner.formats.csv_count import WINDOW, count_records
from pimjob_runner.formats.csv_dialect import CsvDialect
from pimjob_runner.formats.csv_file import LONGEST_LINE, CsvFile
from pimjob_runner.formats.errors import UnreadableFileError

DIALECT = CsvDialect()
RECORDS = """\
a;b
"two
lines";c

"x ""y""; z";d
"after
a

gap";e
last;"in the middle "" of it"
"""


def write(folder: Path, content: str | bytes) -> Path:
    path = folder / "x.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read_all(path: Path, limit: int) -> list[tuple[int, list[str], str]]:
    """Read a file in batches, opening it anew at each position."""
    found, offset, line = [], 0, 1
    while True:
        with CsvFile(path, DIALECT, offset=offset, line=line) as file:
            batch = file.read(limit, list)
            if not batch.items:
                return found
            found += [
                (batch.records.line(number), cells, batch.records.of(number))
                for number, cells in enumerate(batch.items)
            ]
            offset, line = file.offset, file.line


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_records_have_their_line_and_their_text_wherever_batches_end(
    tmp_path: Path, limit: int
) -> None:
    assert read_all(write(tmp_path, RECORDS), limit) == [
        (1, ["a", "b"], "a;b"),
        (2, ["two\nlines", "c"], '"two\nlines";c'),
        (5, ['x "y"; z', "d"], '"x ""y""; z";d'),
        (6, ["after\na\n\ngap", "e"], '"after\na\n\ngap";e'),
        (10, ["last", 'in the middle " of it'], 'last;"in the middle "" of it"'),
    ]


@given(
    rows=st.lists(st.lists(st.text(st.sampled_from('ab;"\n\ré'), max_size=5), min_size=2)),
    limit=st.integers(1, 4),
)
def test_what_is_written_is_read_whatever_its_cells_are(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], limit: int
) -> None:
    path = tmp_path_factory.mktemp("csv") / "x.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    assert [cells for _, cells, _ in read_all(path, limit)] == rows
    assert count_records(path, DIALECT) == len(rows)


@pytest.mark.parametrize(
    ("content", "records"),
    [
        ("", 0),
        ("a\nb\n", 2),
        ("a\nb", 2),
        ("a\r\nb\r\n", 2),
        ("a\n\n\nb\n\n", 2),
        (RECORDS, 5),
        ('12" pipe;1\n13" pipe;2\n', 2),
        (b'\xef\xbb\xbf"a\nb"\nc\n', 2),
    ],
)
def test_blank_lines_and_stray_enclosures_are_counted_as_they_are_read(
    tmp_path: Path, content: str | bytes, records: int
) -> None:
    assert count_records(write(tmp_path, content), DIALECT) == records


@pytest.mark.parametrize(
    ("content", "reason", "message"),
    [
        (b"a\nb\xff\nc\n", "InvalidCharset", "Line 2 is not UTF-8 (byte 0xff)"),
        ("a;b\n".encode("utf-16"), "InvalidCharset", "Line 1 is not UTF-8 (byte 0xff)"),
        (b"a\n\nb\0c\n", "InvalidCharset", "Line 3 has a NUL character"),
        (b'a\nb\n"c\nd\ne\n', "InvalidFile", 'Line 3: a cell begins with " and never ends'),
        (b'a\n"', "InvalidFile", 'Line 2: a cell begins with " and never ends'),
        (b"a\rb\n", "InvalidFile", "Line 1: new-line character seen in unquoted field"),
        (
            b"a\n" + b"b" * (2 * WINDOW + 1) + b"\n",
            "InvalidFile",
            "Line 2: field larger than field limit",
        ),
        (b"a\n" + b"b;" * LONGEST_LINE, "InvalidFile", "Line 2 is longer than 1 MiB"),
    ],
)
def test_a_file_that_cannot_be_read_to_its_end_is_refused_at_once(
    tmp_path: Path, content: bytes, reason: str, message: str
) -> None:
    with pytest.raises(UnreadableFileError) as refused:
        count_records(write(tmp_path, content), DIALECT)
    assert refused.value.reason == reason
    assert message in str(refused.value)


def test_a_batch_ends_where_its_memory_would_grow(tmp_path: Path) -> None:
    path = write(tmp_path, ("x" * 100_000 + "\n") * 200)
    with CsvFile(path, DIALECT, offset=0, line=1) as file:
        sizes = []
        while batch := file.read(10_000, len).items:
            sizes.append(len(batch))
    assert sum(sizes) == 200
    assert len(sizes) > 1
