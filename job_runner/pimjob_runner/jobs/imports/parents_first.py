"""Files of trees in any order: their rows are taken so that parents come before their children."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import NamedTuple, TypeVar

from pimjob_runner.catalogue.codes import fold
from pimjob_runner.formats.record_file import Position, RecordFile
from pimjob_runner.formats.records import Batch, Cells, Records

BATCH = 1_000
BATCH_CHARACTERS = 4 << 20
"""A batch of several runs ends with the run that reaches this."""

T = TypeVar("T")


class Run(NamedTuple):
    """Records that stand one after the other in the file."""

    position: Position
    records: int


class InRuns:
    """A file of records that is read run after run: an OpenRecords.

    Its position is that in the file, with the number of the run and how many of its records
    are done.
    """

    def __init__(self, source: RecordFile, runs: Sequence[Run], position: Position | None) -> None:
        self._source = source
        self._runs = runs
        at = {**runs[0].position, "run": 0, "done": 0} if position is None else position
        self._run, self._done = at["run"], at["done"]
        self._file = source.open(at)

    @property
    def position(self) -> Position:
        """Where the next record begins, on which run."""
        return {**self._file.position, "run": self._run, "done": self._done}

    def read(
        self, limit: int, use: Callable[[Cells], T], broken: Callable[[str], T], /
    ) -> Batch[T]:
        """Read up to `limit` records of as many runs as that takes; none at the end."""
        items, parts, characters = list[T](), list[Records](), 0
        while len(items) < limit and characters < BATCH_CHARACTERS and self._run < len(self._runs):
            left = self._runs[self._run].records - self._done
            batch = self._file.read(min(left, limit - len(items)), use, broken)
            if not batch.items:
                break
            self._passed(len(batch.items))
            items += batch.items
            parts.append(batch.records)
            characters += len(batch.records.text)
        return Batch(items, Records.joined(parts))

    def _passed(self, records: int) -> None:
        """Go to the next run, once this one is done."""
        self._done += records
        if self._done == self._runs[self._run].records:
            self._run, self._done = self._run + 1, 0
            if self._run < len(self._runs):
                self.close()
                self._file = self._source.open(self._runs[self._run].position)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


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
