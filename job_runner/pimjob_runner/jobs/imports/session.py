"""What the item steps of all imports share: reading chunks of records from the copy."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from pimjob_runner.catalogue.value_plan import CellProblem
from pimjob_runner.engine.steps import Chunk, ItemWarning, Position, StepContext
from pimjob_runner.jobs.imports.csv_file import Batch, CsvFile, Record, read_header
from pimjob_runner.jobs.imports.source import Copy, SourceFacts

VALUE_LENGTH = 128


class Row(NamedTuple):
    """A row that can be written, and its record in case it has to be refused after all."""

    record: Record
    item: Any


@dataclass(slots=True)
class Rows:
    """The rows of a chunk, with the batch that their records are in."""

    rows: list[Row]
    batch: Batch

    def refuse(self, row: Row, problems: Sequence[CellProblem]) -> list[ItemWarning]:
        """Return the warnings about a row that is refused."""
        return refuse(self.batch, row.record, problems)


def refuse(batch: Batch, record: Record, problems: Sequence[CellProblem]) -> list[ItemWarning]:
    """Return one warning per problem; the first carries the record."""
    return [
        ItemWarning(
            reason=problem.reason,
            line=record.line,
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
        columns, _, after_header, _ = read_header(copy.file, context.parameters)
        self.columns: Sequence[str] = columns
        if position is None:
            line = self.facts.header.count("\n") + 2
            position = {"offset": after_header, "line": line}
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
        batch = self._file.read(limit)
        if not batch.records:
            return None
        chunk = Chunk(
            items=(),
            read=len(batch.records),
            position={"offset": self._file.offset, "line": self._file.line},
        )
        rows = self._prepare(batch, chunk)
        chunk.items = [Rows(rows, batch)]
        return chunk

    def _prepare(self, batch: Batch, chunk: Chunk) -> list[Row]:
        width = len(self.columns)
        rows = []
        for record in batch.records:
            if len(record.cells) != width:
                problems = [
                    CellProblem(
                        "",
                        "",
                        f"the row has {len(record.cells)} cells, the header has {width}",
                    )
                ]
            else:
                item, problems = self.parse(record.cells)
                if not problems:
                    rows.append(Row(record, item))
                    continue
            chunk.warnings += refuse(batch, record, problems)
            chunk.counters["invalid"] = chunk.counters.get("invalid", 0) + 1
        return rows

    def parse(self, cells: list[str]) -> tuple[Any, list[CellProblem]]:
        """Return what a record is, or what is wrong with it. Runs on the reader's thread."""
        raise NotImplementedError
