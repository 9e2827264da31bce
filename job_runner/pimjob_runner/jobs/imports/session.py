"""What the item steps of all imports share: reading chunks of records from the copy."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from pimjob_runner.catalogue.value_plan import CellProblem
from pimjob_runner.engine.steps import Chunk, ItemWarning, Position, StepContext
from pimjob_runner.jobs.imports.csv_file import Batch, Cells, CsvFile, read_header
from pimjob_runner.jobs.imports.source import Copy, SourceFacts

VALUE_LENGTH = 128

Parsed = tuple[Any, list[CellProblem]]
"""What a record is, or what is wrong with it."""


class Row(NamedTuple):
    """A row that can be written, and the number of its record in the batch."""

    record: int
    item: Any


@dataclass(slots=True)
class Rows:
    """The rows of a chunk, with the batch that their records are in."""

    rows: list[Row]
    batch: Batch[Parsed]

    def refuse(self, row: Row, problems: Sequence[CellProblem]) -> list[ItemWarning]:
        """Return the warnings about a row that is refused."""
        return refuse(self.batch, row.record, problems)


def refuse(batch: Batch[Parsed], record: int, problems: Sequence[CellProblem]) -> list[ItemWarning]:
    """Return one warning per problem; the first carries the record."""
    return [
        ItemWarning(
            reason=problem.reason,
            line=batch.line(record),
            column=problem.column or None,
            value=problem.value[:VALUE_LENGTH],
            record=batch.text(record) if number == 0 else None,
        )
        for number, problem in enumerate(problems)
    ]


class CsvSession:
    """Reads records in chunks; a subclass says what a record is and how rows are written."""

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
    def header(self) -> str | None:
        """The header, as it was in the file."""
        return self.facts.header

    def close(self) -> None:
        """Close the file."""
        self._file.__exit__(None, None, None)

    def read(self, limit: int) -> Chunk | None:
        """Read and prepare the next records."""
        batch = self._file.read(limit, self._use)
        if not batch.items:
            return None
        rows: list[Row] = []
        chunk = Chunk(
            items=[Rows(rows, batch)],
            read=len(batch.items),
            position={"offset": self._file.offset, "line": self._file.line},
        )
        for record, (item, problems) in enumerate(batch.items):
            if not problems:
                rows.append(Row(record, item))
                continue
            chunk.warnings += refuse(batch, record, problems)
            chunk.counters["invalid"] = chunk.counters.get("invalid", 0) + 1
        return chunk

    def _use(self, cells: Cells) -> Parsed:
        return self.parse(cells) if len(cells) == len(self.columns) else self.wrong_width(cells)

    def wrong_width(self, cells: Cells) -> Parsed:
        """Return what is wrong with a row that has more cells than the header, or fewer."""
        why = f"the row has {len(cells)} cells, the header has {len(self.columns)}"
        return None, [CellProblem("", "", why)]

    def parse(self, cells: Cells) -> Parsed:
        """Return what a record is, or what is wrong with it. Runs on the reader's thread."""
        raise NotImplementedError
