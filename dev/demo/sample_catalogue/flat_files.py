"""Flat files: rows of cells as CSV records whose lines are counted."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Row = Mapping[str, str]
"""Column to text; a column that a row lacks is an empty cell."""


@dataclass(frozen=True)
class FlatFile:
    """A file's columns and rows."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Row]

    def records(self) -> list[str]:
        """Return the header and each row as CSV text, without the line end."""
        return [_record(self.columns), *(_record(self._cells(row)) for row in self.rows)]

    def _cells(self, row: Row) -> list[str]:
        return [row.get(column, "") for column in self.columns]


def _record(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\n").writerow(cells)
    return text.getvalue().removesuffix("\n")


def first_lines(records: Sequence[str]) -> list[int]:
    """Return the line at which each record begins; the first line of a file is 1."""
    lines, line = [], 1
    for record in records:
        lines.append(line)
        line += record.count("\n") + 1
    return lines
