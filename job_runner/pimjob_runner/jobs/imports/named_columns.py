"""Which cells of a row have a column with a name, and rows that are shorter or longer."""

from collections.abc import Sequence

from pimjob_runner.formats.records import Cells

QUOTED = 40


class NamedColumns:
    """The columns of a header that have a name. The others may be there, but hold nothing.

    Spreadsheets write them where a cell was once filled, or only coloured.
    """

    def __init__(self, header: Sequence[str]) -> None:
        self.numbers = [number for number, name in enumerate(header) if name.strip()]
        self.names = tuple(header[number].strip() for number in self.numbers)
        self.are_first = self.numbers == list(range(len(self.numbers)))
        self._others = sorted({*range(len(header))}.difference(self.numbers))
        self._width = len(header)

    def fit(self, cells: Cells) -> Cells | str:
        """Return a row's cells, one for each name; a sentence if one is too many."""
        missing = self._width - len(cells)
        row = cells + [""] * missing if missing > 0 else cells
        if any(map(str.strip, row[self._width :])) or any(row[n].strip() for n in self._others):
            return self._too_many(cells)
        if self.are_first:
            return row[: len(self.numbers)]
        return [row[number] for number in self.numbers]

    def _too_many(self, cells: Cells) -> str:
        named = {*self.numbers}
        number = next(n for n, cell in enumerate(cells) if n not in named and cell.strip())
        found = cells[number]
        shown = found if len(found) <= QUOTED else f"{found[:QUOTED]}…"
        return (
            f"cell number {number + 1} ({shown!r}) has no column with a name, the header names"
            f" {len(self.names)}: remove it, or enclose the cell that has a delimiter inside"
        )
