"""Positions, lines and texts of records; files that are refused before their first record."""

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pimjob_runner.formats.csv_count import count_records
from pimjob_runner.formats.csv_dialect import CsvDialect
from pimjob_runner.formats.csv_file import CsvFile
from pimjob_runner.formats.csv_head import CsvHead, read_head
from pimjob_runner.formats.csv_record import LONGEST_CELL, LONGEST_RECORD
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
            batch = file.read(limit, list, lambda reason: ["REFUSED", reason])
            if not batch.items:
                return found
            found += [
                (batch.records.line(number), cells, batch.records.of(number))
                for number, cells in enumerate(batch.items)
            ]
            offset, line = file.offset, file.line


def count(path: Path, keys: Sequence[int] = (), dialect: CsvDialect = DIALECT) -> int:
    """Count all records, as if the header was one of them."""
    offset = 3 if path.read_bytes().startswith(b"\xef\xbb\xbf") else 0
    return count_records(path, CsvHead((), "", dialect, offset, 1), keys, lambda _keys, _done: None)


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


@settings(deadline=None)
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
    assert count(path) == len(rows)


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
    assert count(write(tmp_path, content)) == records


@pytest.mark.parametrize(
    ("content", "reason", "message"),
    [
        (b"a\nb\x81\nc\n", "InvalidCharset", "Line 2 is not UTF-8 (byte 0x81). Save it as UTF-8"),
        (
            "a\ncaf\u00e9;Gr\u00f6\u00dfe\n".encode("cp1252"),
            "InvalidCharset",
            (
                "Line 2 is not UTF-8 (byte 0xe9); it seems to be Windows-1252 or Latin-1:"
                " 'caf\u00e9;Gr\u00f6\u00dfe'. Save it as UTF-8"
            ),
        ),
        (b"a\n\nb\0c\n", "InvalidCharset", "Line 3 has a NUL character"),
        (b'a\nb\n"c\nd\ne\n', "InvalidFile", 'Line 3: a cell begins with " and never ends'),
        (b'a\n"', "InvalidFile", 'Line 2: a cell begins with " and never ends'),
        (
            b'a\nb\n"c' + b"d\n" * LONGEST_RECORD,
            "InvalidFile",
            'Line 3: a cell begins with " and never ends, or not within 1 MiB',
        ),
        (b"a\n" + b"b;" * LONGEST_RECORD, "InvalidFile", "Line 2 is longer than 1 MiB"),
        (b"b;" * LONGEST_RECORD, "InvalidFile", "Line 1 is longer than 1 MiB"),
        (
            b"a\n" + b"b\n" * (LONGEST_RECORD // 4) + b"c;" * (LONGEST_RECORD * 7 // 10) + b"\nd\n",
            "InvalidFile",
            f"Line {LONGEST_RECORD // 4 + 2} is longer than 1 MiB",
        ),
        (
            b'"a"\n'
            + b"b\n" * (LONGEST_RECORD // 4)
            + b"c;" * (LONGEST_RECORD * 7 // 10)
            + b"\nd\n",
            "InvalidFile",
            f"Line {LONGEST_RECORD // 4 + 2} is longer than 1 MiB",
        ),
    ],
)
def test_a_file_that_cannot_be_read_to_its_end_is_refused_at_once(
    tmp_path: Path, content: bytes, reason: str, message: str
) -> None:
    with pytest.raises(UnreadableFileError) as refused:
        count(write(tmp_path, content))
    assert refused.value.reason == reason
    assert message in str(refused.value)


def test_a_batch_ends_where_its_memory_would_grow(tmp_path: Path) -> None:
    path = write(tmp_path, ("x" * 100_000 + "\n") * 200)
    with CsvFile(path, DIALECT, offset=0, line=1) as file:
        sizes = []
        while batch := file.read(10_000, len, len).items:
            sizes.append(len(batch))
    assert sum(sizes) == 200
    assert len(sizes) > 1


AFTER = 'a cell goes on after its closing ": a quote inside of it is written as ""'
OLD_WAY = 'a quote inside of a cell is written as \\", as old exports do: write it as ""'
CR = 'a cell has a carriage return (CR) outside of quotes: remove it, or put the cell between "'
LONG = "a cell has more than 131,072 characters: shorten it"
HUGE = "x" * (LONGEST_CELL + 1)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ('"19" rack";x', AFTER),
        ('x;"19" rack";"two\nlines"', AFTER),
        ('"Pump 5\\" steel";"first"', OLD_WAY),
        ('"<a href=\\"x\\">\n</p>\n";y', OLD_WAY),
        ('"5\\", 6\\" and\n7 more";y', OLD_WAY),
        ("x;a\rb", CR),
        ('x;a\rb;"two\nlines"', CR),
        (f"x;{HUGE}", LONG),
        (f'x;"{HUGE}\n";"a\nb"', LONG),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("limit", [1, 100])
def test_a_record_that_cannot_be_read_is_one_refused_record_with_all_its_lines(
    tmp_path: Path, broken: str, reason: str, end: str, limit: int
) -> None:
    before = f"a;b{end}"
    path = write(tmp_path, f"{before}{broken}{end}c;d{end}{broken}")
    lines = broken.count("\n") + 1
    refused = ["REFUSED", reason]
    assert read_all(path, limit) == [
        (1, ["a", "b"], "a;b"),
        (2, refused, broken),
        (2 + lines, ["c", "d"], "c;d"),
        (3 + lines, refused, broken),
    ]
    assert count(path) == 4


@settings(deadline=None)
@given(
    text=st.text(st.sampled_from('ab;"\\\n\r'), max_size=40),
    limit=st.integers(1, 4),
)
def test_whatever_a_file_is_made_of_each_line_is_in_one_record_and_the_count_is_that_of_the_reader(
    tmp_path_factory: pytest.TempPathFactory, text: str, limit: int
) -> None:
    path = write(tmp_path_factory.mktemp("csv"), text)
    try:
        records = count(path)
    except UnreadableFileError:
        with pytest.raises(UnreadableFileError):
            read_all(path, limit)
        return
    found = read_all(path, limit)
    assert len(found) == records
    lines = [
        line for number, _, own in found for line in range(number, number + own.count("\n") + 1)
    ]
    assert len(lines) == len(set(lines))
    filled = [number for number, line in enumerate(text.split("\n"), start=1) if line.strip("\r")]
    assert set(filled) <= set(lines)


@pytest.mark.parametrize(
    ("content", "columns", "first"),
    [
        ("a;b\nc;d\n", ("a", "b"), ["c", "d"]),
        (b"\xef\xbb\xbfa;b\r\nc;d", ("a", "b"), ["c", "d"]),
        ("sep=,\na,b\nc,d\n", ("a", "b"), ["c", "d"]),
        (b'\xef\xbb\xbf"sep=\t"\r\na\tb\r\nc\td\r\n', ("a", "b"), ["c", "d"]),
        ("SEP=;;;\na;b\nc;d\n", ("a", "b"), ["c", "d"]),
        ('"a\nb";c\nd;e\n', ("a\nb", "c"), ["d", "e"]),
        ("sku\np1\n", ("sku",), ["p1"]),
    ],
)
def test_what_excel_puts_before_the_header_is_understood(
    tmp_path: Path, content: str | bytes, columns: tuple[str, ...], first: list[str]
) -> None:
    path = write(tmp_path, content)
    head = read_head(path, DIALECT)
    assert head.columns == columns
    with CsvFile(path, head.dialect, offset=head.offset, line=head.line) as file:
        batch = file.read(1, list, list)
    assert batch.items == [first]
    text = path.read_bytes().decode("utf-8-sig").split("\n")
    assert text[batch.records.line(0) - 1].startswith(first[0])


def test_a_header_is_kept_so_that_its_file_can_be_imported_again(tmp_path: Path) -> None:
    head = read_head(write(tmp_path, "sep=,\r\na,b\r\nc,d\r\n"), DIALECT)
    again = read_head(write(tmp_path, f"{head.text}\nc,d\n"), DIALECT)
    assert (again.columns, again.dialect) == (head.columns, head.dialect)


@pytest.mark.parametrize(
    ("content", "reason", "message"),
    [
        (b"", "InvalidFile", "The file is empty; a header is needed."),
        (b"\n\n", "InvalidFile", "The file is empty; a header is needed."),
        ("a;b\n".encode("utf-16"), "InvalidCharset", "The file is UTF-16, which Excel calls"),
        ("a;b\n".encode("utf-16-be"), "InvalidCharset", "Line 1 has a NUL character"),
        (
            b"sku,name,text\nR-17,x,y\n",
            "InvalidFile",
            (
                "The file seems to be separated by commas, not by semicolons: set the parameter"
                " delimiter to ','."
            ),
        ),
        (b"sku\tname\n", "InvalidFile", "separated by tabs"),
        (b"sep=#\nsku#name\n", "InvalidFile", "Line 1 (sep=) names '#' as delimiter; use one of"),
        (b"sku;name\rM-1;x\rM-2;x\r", "InvalidFile", "Line 1 has a carriage return (CR)"),
        (b'"sku";"name"\r"M-1";"x"\r', "InvalidFile", "Line 1 has a carriage return (CR)"),
        (b"sku;name\r" * LONGEST_RECORD, "InvalidFile", "Line 1 has a carriage return (CR)"),
        (b"s" * 2 * LONGEST_RECORD, "InvalidFile", "Line 1 is longer than 1 MiB"),
        (b'"sk"u;name\n', "InvalidFile", "The header cannot be read: a cell goes on after"),
    ],
)
def test_a_file_whose_beginning_contradicts_the_parameters_is_refused_with_what_to_do(
    tmp_path: Path, content: bytes, reason: str, message: str
) -> None:
    with pytest.raises(UnreadableFileError) as refused:
        read_head(write(tmp_path, content), DIALECT)
    assert refused.value.reason == reason
    assert message in str(refused.value)


@pytest.mark.parametrize("quote", ["", '"'])
def test_the_keys_of_records_are_shown_while_they_are_counted(tmp_path: Path, quote: str) -> None:
    path = write(tmp_path, f"sku;name\n{quote}p1{quote};x\np2\n\np3;;y\n")
    head, seen, shares = read_head(path, DIALECT), list[str](), list[float]()

    def see(keys: Sequence[str], done: float) -> None:
        seen.extend(keys)
        shares.append(done)

    count_records(path, head, (0,), see)
    assert seen == ["p1", "p2", "p3"]
    assert shares[-1] == 1
    seen.clear()
    count_records(path, head, (1, 0), see)
    assert seen == ["x\x1fp1", "", ""]
