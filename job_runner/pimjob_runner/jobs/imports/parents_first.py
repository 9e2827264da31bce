"""Files of trees in any order: their rows are taken so that parents come before their children."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import NamedTuple

from pimjob_runner.catalogue.codes import fold
from pimjob_runner.formats.record_file import Position, RecordFile

BATCH = 1_000


class Run(NamedTuple):
    """Records that stand one after the other in the file."""

    position: Position
    records: int


class _Row(NamedTuple):
    code: str
    parent: str


def runs_of(source: RecordFile, code: int, parent: int) -> list[Run]:
    """Return in which order to read a file; nothing if it is that of the file.

    `code` and `parent` are the numbers of these columns in the file. The file never changes,
    so each attempt finds the same order.
    """
    rows = list(_rows(source, code, parent))
    order = parents_first(rows)
    if order == list(range(len(rows))):
        return []
    places = list(_places(source))
    return [Run(places[first], last - first + 1) for first, last in _stretches(order)]


def parents_first(rows: Sequence[tuple[str, str]]) -> list[int]:
    """Return the numbers of rows (code, parent) in an order that has parents first.

    Otherwise it is that of the rows. Of several with the same code it is the first that
    children wait for. In a circle somebody has to be first: that is for the rules to tell.
    """
    first: dict[str, int] = {}
    for number, (code, _) in enumerate(rows):
        if code:
            first.setdefault(code, number)
    order: list[int] = []
    taken: set[int] = set()
    for number in range(len(rows)):
        waiting: list[int] = []
        above: int | None = number
        while above is not None and above not in taken:
            taken.add(above)
            waiting.append(above)
            above = first.get(rows[above][1])
        order += reversed(waiting)
    return order


def _rows(source: RecordFile, code: int, parent: int) -> Iterator[_Row]:
    def use(cells: Sequence[str]) -> _Row:
        found = (cells[index] if index < len(cells) else "" for index in (code, parent))
        return _Row(*(fold(cell.strip()) for cell in found))

    with closing(source.open()) as file:
        while items := file.read(BATCH, use, lambda _reason: _Row("", "")).items:
            yield from items


def _places(source: RecordFile) -> Iterator[Position]:
    """Yield where each record begins."""
    with closing(source.open()) as file:
        while True:
            place = file.position
            if not file.read(1, len, len).items:
                return
            yield place


def _stretches(order: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and last of numbers that follow one another."""
    first = last = order[0]
    for number in order[1:]:
        if number != last + 1:
            yield first, last
            first = number
        last = number
    yield first, last
