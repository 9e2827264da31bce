"""What the item steps of all imports share: reading chunks of records from the copy."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple, Self

from pimjob_runner.catalogue.value_plan import CellProblem
from pimjob_runner.formats.csv_file import Cells, CsvFile, Records, read_header
from pimjob_runner.jobs.imports.source import Copy, SourceFacts
from pimjob_runner.sdk import (
    MOST_PER_ROW,
    Chunk,
    ItemWarning,
    Position,
    SkippedItem,
    StepContext,
    of_one_row,
    with_more,
)

VALUE_LENGTH = 128


class Refused(list[CellProblem]):
    """What is wrong with a record."""

    more = 0
    """How many problems there are besides."""

    @classmethod
    def first_of(cls, problems: Iterable[CellProblem]) -> Self:
        """Keep as many as are told, and count the rest: a chunk may have many such records."""
        left = iter(problems)
        found = cls(islice(left, MOST_PER_ROW))
        found.more = sum(1 for _ in left)
        return found


class Row(NamedTuple):
    """A row that can be written, and the number of its record in the chunk."""

    record: int
    item: Any


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a chunk, and where they stand in the file."""

    items: list[Any]
    numbers: Sequence[int]
    """Of the items' records in the chunk."""
    records: Records

    def __iter__(self) -> Iterator[Row]:
        return map(Row, self.numbers, self.items)

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy named tuples as plain ones: three times as fast, and a chunk has thousands."""
        kinds = set(map(type, self.items))
        make = getattr(kinds.pop(), "_make", None) if len(kinds) == 1 else None
        items = self.items if make is None else list(map(tuple, self.items))
        return _rows, (make, items, self.numbers, self.records)

    def line(self, row: Row) -> int:
        """Return the number of the line that a row begins on."""
        return self.records.line(row.record)

    def refuse(self, row: Row, problems: Sequence[CellProblem]) -> list[ItemWarning]:
        """Return the warnings about a row that is refused."""
        return refuse(self.records, row.record, problems)


def _rows(
    make: Callable[[Any], Any] | None, items: list[Any], numbers: Sequence[int], records: Records
) -> Rows:
    return Rows(items if make is None else list(map(make, items)), numbers, records)


def refuse(records: Records, record: int, problems: Sequence[CellProblem]) -> list[ItemWarning]:
    """Return one warning for each of the first problems; the first carries the record."""
    warnings = of_one_row(
        ItemWarning(
            reason=problem.reason,
            line=records.line(record),
            column=problem.column or None,
            value=problem.value[:VALUE_LENGTH],
            record=records.of(record) if number == 0 else None,
        )
        for number, problem in enumerate(problems)
    )
    return with_more(warnings, problems.more) if isinstance(problems, Refused) else warnings


class CsvSession:
    """Reads records in chunks; a subclass says what a record is and how rows are written."""

    reads_apart = False
    fails_early = True

    def __init__(self, context: StepContext, position: Position | None) -> None:
        copy = Copy(context.folder)
        self.facts: SourceFacts = copy.facts()
        columns, _, offset, line = read_header(copy.file, context.parameters)
        self.columns: Sequence[str] = columns
        if position is None:
            position = {"offset": offset, "line": line}
        self._file = CsvFile(
            copy.file, context.parameters, offset=position["offset"], line=position["line"]
        )

    @property
    def total(self) -> int | None:
        """Records in the file, by the validation's count."""
        return self.facts.records

    @property
    def preamble(self) -> str | None:
        """The header, as it was in the file."""
        return self.facts.header

    def close(self) -> None:
        """Close the file."""
        self._file.__exit__(None, None, None)

    def read(self, limit: int) -> Chunk[Rows] | None:
        """Read and prepare the next records."""
        batch = self._file.read(limit, self._use)
        if not batch.items:
            return None
        items, numbers = batch.items, range(len(batch.items))
        refused = [number for number in numbers if type(items[number]) is Refused]
        rows = Rows(items, numbers, batch.records)
        if refused:
            good = sorted({*numbers}.difference(refused))
            rows = Rows([items[number] for number in good], good, batch.records)
        return Chunk(
            items=rows,
            read=len(items),
            position={"offset": self._file.offset, "line": self._file.line},
            warnings=[
                warning
                for number in refused
                for warning in refuse(batch.records, number, items[number])
            ],
            counters={"invalid": len(refused)} if refused else {},
        )

    def skip(self, reason: str) -> SkippedItem | None:
        """Pass the next record by, without parsing its cells."""
        batch = self._file.read(1, lambda _cells: None)
        if not batch.items:
            return None
        (warning,) = refuse(batch.records, 0, [CellProblem("", "", reason)])
        return SkippedItem({"offset": self._file.offset, "line": self._file.line}, warning)

    def _use(self, cells: Cells) -> Any:
        return self.parse(cells) if len(cells) == len(self.columns) else self.wrong_width(cells)

    def wrong_width(self, cells: Cells) -> Any:
        """Return what is wrong with a row that has more cells than the header, or fewer."""
        why = f"the row has {len(cells)} cells, the header has {len(self.columns)}"
        return Refused([CellProblem("", "", why)])

    def parse(self, cells: Cells) -> Any:
        """Return what a record is, or Refused. It touches no database."""
        raise NotImplementedError
