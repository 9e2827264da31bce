r"""Writing CSV files as the reference PIM does, and so as people's programs expect them.

A cell is put between enclosures if it has one, a delimiter, a blank or a line end in it: PHP's
`fputcsv` does so, Python's writer leaves blanks alone. Enclosures are doubled, a backslash
is a character like any other, and lines end in `\n`.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from pimjob_runner.formats.csv_dialect import CsvDialect

Cell = str | int | None
Line = Callable[[Sequence[Cell]], bytes]


@dataclass(frozen=True)
class CsvFormat:
    """Records as a CSV file in UTF-8, without byte order mark."""

    dialect: CsvDialect = field(default_factory=CsvDialect)
    with_header: bool = True
    suffix: str = ".csv"

    def write(
        self, file: BinaryIO, columns: Sequence[str], rows: Iterable[Sequence[Cell]], /
    ) -> None:
        """Write the header, then each row."""
        line = line_of(self.dialect)
        if self.with_header:
            file.write(line(columns))
        file.writelines(map(line, rows))


def line_of(dialect: CsvDialect) -> Line:
    """Return what makes a line of a row. Flags are 1 and 0; nothing is an empty cell."""
    delimiter, quote = dialect.delimiter, dialect.enclosure
    doubled = quote * 2
    is_special = re.compile(f"[{re.escape(delimiter + quote)} \t\r\n]").search

    def text_of(cell: Cell) -> str:
        if cell is None:
            return ""
        text = cell if isinstance(cell, str) else str(int(cell))
        return text if is_special(text) is None else quote + text.replace(quote, doubled) + quote

    def line(row: Sequence[Cell]) -> bytes:
        # A line without anything is no record.
        return f"{delimiter.join(map(text_of, row)) or doubled}\n".encode()

    return line
