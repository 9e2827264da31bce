"""Tables as kubectl prints them: upper-case headers, three blanks between columns."""

from collections.abc import Sequence
from dataclasses import dataclass

from pimjob_cli import text
from pimjob_cli.paint import Paint, plain

GAP = 3
SHORTEST = 8
"""Columns that a cut cell keeps."""


@dataclass(frozen=True)
class Cell:
    """A text, and its colour."""

    text: str
    colour: str = ""


Row = Sequence[Cell | str]


def lines(
    headers: Sequence[str],
    rows: Sequence[Row],
    *,
    paint: Paint = plain,
    columns: int | None = None,
    elastic: str = "",
    show_headers: bool = True,
) -> list[str]:
    """Return a table; column `elastic` is cut if it is wider than `columns`."""
    cells = [[_cell(cell) for cell in row] for row in rows]
    head = [[Cell(header, "bold") for header in headers]] if show_headers else []
    widths = [
        max((text.width(row[n].text) for row in head + cells), default=0)
        for n in range(len(headers))
    ]
    if columns is not None and elastic in headers:
        excess = sum(widths) + GAP * (len(widths) - 1) - columns
        place = headers.index(elastic)
        widths[place] = max(min(SHORTEST, widths[place]), widths[place] - max(0, excess))
    return [_line(row, widths, paint, columns) for row in head + cells]


def _cell(cell: Cell | str) -> Cell:
    return (
        Cell(text.clean(cell))
        if isinstance(cell, str)
        else Cell(text.clean(cell.text), cell.colour)
    )


def _line(row: Sequence[Cell], widths: Sequence[int], paint: Paint, columns: int | None) -> str:
    found, used = "", 0
    for place, (cell, width) in enumerate(zip(row, widths, strict=True)):
        room = width if columns is None else min(width, max(0, columns - used))
        shown = text.cut(cell.text, room) if room < text.width(cell.text) else cell.text
        last = place == len(row) - 1
        blanks = 0 if last else width + GAP - text.width(shown)
        found += paint(shown, cell.colour) + " " * blanks
        used += width + GAP
        if columns is not None and used >= columns:
            break
    return found.rstrip()
