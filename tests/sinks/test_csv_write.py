"""CSV files that are written: as the reference PIM writes them, and as they are read here."""

import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pimjob_runner.formats.csv_count import count_records
from pimjob_runner.formats.csv_dialect import DELIMITERS, CsvDialect
from pimjob_runner.formats.csv_file import CsvFile
from pimjob_runner.formats.csv_head import read_head
from pimjob_runner.formats.csv_write import Cell, CsvFormat, line_of
from support.export_job import export_job

DIALECTS = [CsvDialect(delimiter, enclosure) for delimiter in DELIMITERS for enclosure in "\"'"]
# No text file has a NUL, and no database here.
ANY_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
ODD_TEXT = st.text(st.sampled_from("a \t\r\n;,|\"'\\é\ufeff\x1c\u2028"), max_size=8)


def written(columns: Sequence[str], *rows: Sequence[Cell], form: CsvFormat) -> bytes:
    file = io.BytesIO()
    form.write(file, columns, rows)
    return file.getvalue()


def read_all(path: Path, dialect: CsvDialect, limit: int) -> list[list[str]]:
    found: list[list[str]] = []
    with CsvFile(path, dialect, offset=0, line=1) as file:
        while batch := file.read(limit, list, lambda reason: [f"REFUSED: {reason}"]).items:
            found += batch
    return found


@settings(deadline=None)
@given(
    rows=st.lists(st.lists(ANY_TEXT | ODD_TEXT, min_size=1, max_size=4), min_size=1, max_size=6),
    dialect=st.sampled_from(DIALECTS),
    limit=st.integers(1, 4),
)
def test_what_is_written_is_read_whatever_the_texts_are(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    dialect: CsvDialect,
    limit: int,
) -> None:
    path = tmp_path_factory.mktemp("csv") / "x.csv"
    path.write_bytes(written(*rows, form=CsvFormat(dialect)))
    assert read_all(path, dialect, limit) == rows


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_file_is_recognised_and_counted(tmp_path: Path, dialect: CsvDialect) -> None:
    path = tmp_path / "x.csv"
    columns = ("sku", "name-en_US")
    path.write_bytes(
        written(columns, ("a", "my pink\ntshirt"), ("", None), form=CsvFormat(dialect))
    )
    head = read_head(path, dialect)
    assert head.columns == columns
    assert count_records(path, head, (), lambda _keys, _done: None) == 2


@pytest.mark.parametrize(
    ("row", "line"),
    [
        # Of the reference's own tests.
        (
            ("apollon_pink_l", "round-neck,tshirt", "1", "", "my pink tshirt"),
            'apollon_pink_l;round-neck,tshirt;1;;"my pink tshirt"',
        ),
        (
            ('test "1234" DLE test  \\" joli produit ; vive la data "',),
            '"test ""1234"" DLE test  \\"" joli produit ; vive la data """',
        ),
        (("a\tb", "a\rb", "a\nb", "a;b", 'a"b'), '"a\tb";"a\rb";"a\nb";"a;b";"a""b"'),
        (("a\\b", "a'b", "a,b", "é", "a\u00a0b"), "a\\b;a'b;a,b;é;a\u00a0b"),
        ((True, False, None, 0, -12), "1;0;;0;-12"),
        (("", ""), ";"),
        (("",), '""'),
    ],
)
def test_cells_are_quoted_as_the_reference_does(row: Sequence[Cell], line: str) -> None:
    assert line_of(CsvDialect())(row).decode() == f"{line}\n"


def test_a_header_may_be_left_out() -> None:
    assert written(["a"], ["b"], form=CsvFormat(with_header=False)) == b"b\n"
    assert written(["a"], ["b"], form=CsvFormat()) == b"a\nb\n"


def test_a_step_writes_its_output_in_it(tmp_path: Path) -> None:
    job = export_job(tmp_path, form=CsvFormat(CsvDialect(",")))
    job.run()
    assert job.left().files == {
        "animals.csv": b"n,name,odd\n1,ant,1\n2,bee,\n3,cat,1\n5,elk,1\n6,fox,\n7,gnu,1\n"
    }
