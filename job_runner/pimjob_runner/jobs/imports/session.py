"""What the item steps of all imports share: reading chunks of records from the copy."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, NamedTuple, Self

from pimjob_runner.catalogue.refusal import Problem
from pimjob_runner.formats.csv_records import csv_records
from pimjob_runner.formats.record_file import OpenRecords, RecordFile
from pimjob_runner.formats.records import Batch, Block, Cells, Records, without
from pimjob_runner.jobs.imports.failures import ends_the_job
from pimjob_runner.jobs.imports.named_columns import NamedColumns
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


class Refused(list[Problem]):
    """What is wrong with a record."""

    more = 0
    """How many problems there are besides."""

    @classmethod
    def first_of(cls, problems: Iterable[Problem]) -> Self:
        """Keep as many as are told, and count the rest: a chunk may have many such records."""
        left = iter(problems)
        found = cls(islice(left, MOST_PER_ROW))
        found.more = sum(1 for _ in left)
        return found


class Noted(NamedTuple):
    """A row that is written, and what people should know of it."""

    item: Any
    notes: list[Problem]


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
    blocks: Sequence[Block] = ()
    """Blocks that were passed by, and those of which no record is odd."""

    def __iter__(self) -> Iterator[Row]:
        return map(Row, self.numbers, self.items)

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy named tuples as plain ones: three times as fast, and a chunk has thousands."""
        kinds = set(map(type, self.items))
        make = getattr(kinds.pop(), "_make", None) if len(kinds) == 1 else None
        items = self.items if make is None else list(map(tuple, self.items))
        return _rows, (make, items, self.numbers, self.records, self.blocks)

    def line(self, row: Row) -> int:
        """Return the number of the line that a row begins on."""
        return self.records.line(row.record)

    @property
    def lines(self) -> tuple[int, int]:
        """Return the first and the last of the lines that records begin on."""
        return min(self.records.lines), max(self.records.lines)

    def refuse(self, row: Row, problems: Sequence[Problem]) -> list[ItemWarning]:
        """Return the warnings about a row that is refused."""
        return refuse(self.records, row.record, problems)


def _rows(make: Callable[[Any], Any] | None, items: list[Any], *others: Any) -> Rows:
    return Rows(items if make is None else list(map(make, items)), *others)


def refuse(records: Records, record: int, problems: Sequence[Problem]) -> list[ItemWarning]:
    """Return one warning for each of the first problems; the first carries the record."""
    warnings = of_one_row(
        ItemWarning(
            reason=problem.reason,
            line=records.line(record),
            column=problem.field or None,
            value=problem.value[:VALUE_LENGTH],
            record=records.of(record) if number == 0 else None,
        )
        for number, problem in enumerate(problems)
    )
    return with_more(warnings, problems.more) if isinstance(problems, Refused) else warnings


_ODD = frozenset({Refused, Noted})


def _notes(records: Records, record: int, notes: Sequence[Problem]) -> list[ItemWarning]:
    """Return one warning per note; the row is written all the same."""
    return [
        ItemWarning(
            reason=note.reason,
            line=records.line(record),
            column=note.field,
            value=note.value[:VALUE_LENGTH],
        )
        for note in notes
    ]


class CsvSession:
    """Reads records in chunks; a subclass says what a record is and how rows are written.

    A record without content is no row: it is counted as skipped, and nobody is told.
    """

    reads_apart = False
    fails_early = True
    _source: RecordFile
    _file: OpenRecords

    @ends_the_job()
    def __init__(self, context: StepContext, position: Position | None) -> None:
        copy = Copy(context.folder)
        self.facts: SourceFacts = copy.facts()
        source = csv_records(copy.file, context.parameters.dialect)
        head, named = source.head, NamedColumns(source.columns)
        self.columns: Sequence[str] = named.names
        # Where a column amid others has no name, no row is used as it is.
        self._width = len(named.names) if named.are_first else None
        self._fit = named.fit
        self.notes: list[Problem] = []
        self._no_content = f"{head.dialect.delimiter}{head.dialect.enclosure} \t\r\n"
        self._source, self._named = source, named
        self._file = source.open(position)

    @property
    def position(self) -> Position:
        """Return where the next record begins."""
        return self._file.position

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
        self._file.close()

    @ends_the_job()
    def read(self, limit: int) -> Chunk[Rows] | None:
        """Read and prepare the next records."""
        batch = self._file.read(limit, self._use_row, self.refused)
        if not batch.read:
            return None
        items, records = batch.items, batch.records
        numbers = range(len(items))
        odd = [number for number in numbers if type(items[number]) in _ODD]
        if not odd:
            return self._chunk(Rows(items, numbers, records, batch.blocks), batch, [])
        refused = [number for number in odd if type(items[number]) is Refused]
        notes: list[ItemWarning] = []
        for number in set(odd).difference(refused):
            items[number], found = items[number]
            notes += _notes(records, number, found)
        good = sorted({*numbers}.difference(refused))
        blocks = without(batch.blocks, [records.line(n) for n in odd])
        chunk = self._chunk(Rows([items[n] for n in good], good, records, blocks), batch, refused)
        chunk.warnings += notes
        return chunk

    def _chunk(self, rows: Rows, batch: Batch[Any], refused: Sequence[int]) -> Chunk[Rows]:
        records = batch.records
        wrong = [number for number in refused if records.of(number).strip(self._no_content)]
        counters = {"invalid": len(wrong), "skipped": len(refused) - len(wrong)}
        return Chunk(
            items=rows,
            read=batch.read,
            position=self.position,
            warnings=[
                warning
                for number in wrong
                for warning in refuse(records, number, batch.items[number])
            ],
            counters={name: number for name, number in counters.items() if number},
            lines=records.lines,
        )

    @ends_the_job()
    def skip(self, reason: str) -> SkippedItem | None:
        """Pass the next record by, without parsing its cells."""
        batch = self._file.read(1, lambda _cells: None, lambda _reason: None)
        if not batch.items:
            return None
        (warning,) = refuse(batch.records, 0, [Problem("", "", reason)])
        return SkippedItem(self.position, warning)

    def _with(self, rows: Rows, passed: Sequence[Block]) -> Rows:
        """Add the rows of blocks that were passed by. They were right by the same basis before."""
        if not passed:
            return rows
        found, numbers, parts = list(rows.items), list(rows.numbers), [rows.records]
        records_so_far = len(rows.records.lines)
        for batch in chain.from_iterable(map(self._again, passed)):
            found += batch.items
            numbers += range(records_so_far, records_so_far + len(batch.items))
            records_so_far += len(batch.items)
            parts.append(batch.records)
        records = Records.joined(parts)
        order = sorted(range(len(found)), key=lambda n: records.line(numbers[n]))
        return Rows([found[n] for n in order], [numbers[n] for n in order], records, rows.blocks)

    def _again(self, block: Block) -> Iterator[Batch[Any]]:
        """Read the records of a block that was passed by: long ones come in several batches."""
        left = block.records
        with closing(self._source.open(block.position)) as file:
            while (batch := file.read(left, self._use_row, self.refused)).items:
                left -= len(batch.items)
                yield batch

    def _use_row(self, cells: Cells) -> Any:
        item = self.parse(cells) if len(cells) == self._width else self._use_odd_row(cells)
        return self._noted(item) if self.notes else item

    def _noted(self, item: Any) -> Any:
        """Return an item with the notes on it; what is refused needs none."""
        notes = self.notes.copy()
        self.notes.clear()
        return item if type(item) is Refused else Noted(item, notes)

    def _use_odd_row(self, cells: Cells) -> Any:
        fitting = self._fit(cells)
        return self.refused(fitting) if isinstance(fitting, str) else self.parse(fitting)

    def refused(self, reason: str) -> Any:
        """Return what stands for a row whose cells cannot be told, or have no column."""
        return Refused([Problem("", "", reason)])

    def parse(self, cells: Cells) -> Any:
        """Return what a record is, or Refused. It touches no database."""
        raise NotImplementedError
