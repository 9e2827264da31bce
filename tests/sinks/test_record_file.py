"""Files of records are read by what every format has: columns, positions, batches."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from pimjob_runner.formats.csv_count import See
from pimjob_runner.formats.csv_dialect import CsvDialect
from pimjob_runner.formats.csv_records import csv_records
from pimjob_runner.formats.record_file import Position, RecordFile, T
from pimjob_runner.formats.records import Batch, Records
from pimjob_runner.jobs.imports.parents_first import runs_of

TREE = [["c", "b"], ["d", ""], ["b", "a"], ["a", ""]]


class Sheet:
    """A table in memory, whose positions are numbers of rows: as a spreadsheet's would be."""

    columns = ("code", "parent")
    header = '["code", "parent"]'

    def __init__(self, rows: Sequence[list[str]], row: int = 0) -> None:
        self._rows = rows
        self._row = row

    @property
    def position(self) -> Position:
        return {"row": self._row}

    def open(self, position: Position | None = None, /) -> "Sheet":
        return Sheet(self._rows, 0 if position is None else position["row"])

    def read(
        self, limit: int, use: Callable[[list[str]], T], _broken: Callable[[str], T], /
    ) -> Batch[T]:
        first, rows = self._row, self._rows[self._row : self._row + limit]
        self._row += len(rows)
        text = "".join(f"{json.dumps(row)}\n" for row in rows)
        lines = range(first + 2, self._row + 2)
        return Batch([use(row) for row in rows], Records(lines, range(len(rows) + 1), text))

    def count(self, _keys: Sequence[int], _see: See, /) -> int:
        return len(self._rows)

    def close(self) -> None:
        pass


@pytest.fixture(params=["csv", "sheet"])
def tree(request: pytest.FixtureRequest, tmp_path: Path) -> RecordFile:
    if request.param == "sheet":
        return Sheet(TREE)
    path = tmp_path / "x.csv"
    path.write_text("code;parent\n" + "".join(f"{code};{parent}\n" for code, parent in TREE))
    return csv_records(path, CsvDialect())


def records_from(file: RecordFile, position: Position | None, limit: int) -> list[list[str]]:
    with closing(file.open(position)) as opened:
        return opened.read(limit, list, lambda reason: [reason]).items


def positions(file: RecordFile) -> Iterator[Position]:
    with closing(file.open()) as opened:
        while True:
            yield json.loads(json.dumps(opened.position))
            if not opened.read(1, list, list).items:
                return


def test_it_goes_on_from_each_of_its_positions(tree: RecordFile) -> None:
    assert tree.columns == ("code", "parent")
    found = [records_from(tree, position, 9) for position in positions(tree)]
    assert found == [TREE, TREE[1:], TREE[2:], TREE[3:], []]
    assert tree.count((0,), lambda _keys, _done: None) == len(TREE)


def test_a_refused_record_is_told_with_its_line_and_its_text(tree: RecordFile) -> None:
    with closing(tree.open()) as opened:
        records = opened.read(2, list, list).records
    assert [records.line(number) for number in (0, 1)] == [2, 3]
    assert [records.of(number) for number in (0, 1)] in (
        ["c;b", "d;"],
        ['["c", "b"]', '["d", ""]'],
    )


def test_its_rows_are_taken_parents_first_whatever_its_positions_are(tree: RecordFile) -> None:
    runs = runs_of(tree, 0, 1)
    found = [records_from(tree, run.position, run.records) for run in runs]
    assert found == [[["a", ""]], [["b", "a"]], [["c", "b"], ["d", ""]]]
