"""Imports of the catalogue's structure: one step, told what an entity is."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from pimjob_runner.catalogue.codes import equal
from pimjob_runner.catalogue.entities.entity import Column, Entity
from pimjob_runner.catalogue.header_error import HeaderError, nearest, refuse_all
from pimjob_runner.catalogue.refusal import Problem
from pimjob_runner.catalogue.structure import Structure, load_structure
from pimjob_runner.catalogue.values.cells import CellError
from pimjob_runner.catalogue.writing.entities import EntityChange, EntityTable
from pimjob_runner.jobs.imports.failures import ends_the_job
from pimjob_runner.jobs.imports.header_facts import HeaderFacts
from pimjob_runner.jobs.imports.parents_first import InRuns, Run, runs_of
from pimjob_runner.jobs.imports.refused_csv import REFUSED_CSV
from pimjob_runner.jobs.imports.session import CsvSession, Refused, Rows
from pimjob_runner.sdk import (
    Chunk,
    ChunkResult,
    ItemSession,
    Position,
    RefusedRecords,
    StepContext,
)
from pimjob_runner.stores.database import Transaction


@ends_the_job()
def check_header(
    entity: Entity, columns: Sequence[str], structure: Structure
) -> list[Column | None]:
    """Return what each column means, None for those without effect. Raises JobFailedError."""
    found = [entity.column(name, structure) for name in columns]
    there = {column.field for column in found if column is not None}
    wrong = [HeaderError(key.name, "it is missing") for key in entity.keys if key not in there]
    for number, (name, column) in enumerate(zip(columns, found, strict=True)):
        if column is None and not entity.ignores(name):
            wrong.append(HeaderError(name, _unknown(entity, name, structure)))
        elif column is not None and column in found[:number]:
            wrong.append(HeaderError(name, "it is there twice"))
    refuse_all(wrong)
    return found


def header_facts(entity: Entity, columns: Sequence[str], structure: Structure) -> HeaderFacts:
    """Return what the validation wants to know. Raises JobFailedError."""
    found = check_header(entity, columns, structure)
    fields = [None if column is None else column.field for column in found]
    return HeaderFacts(
        ignored=tuple(n for n, c in zip(columns, found, strict=True) if c is None),
        keys=tuple(fields.index(key) for key in entity.keys),
    )


def _unknown(entity: Entity, name: str, structure: Structure) -> str:
    prefix, _, part = name.partition("-")
    field = next((f for f in entity.fields if f.by and equal(f.name, prefix)), None)
    if field is not None and part:
        known = structure.locales if field.by == "locale" else structure.channels
        return f"there is no {field.by} {part!r}; there are {', '.join(sorted(known))}"
    names = [f.name if f.by is None else f"{f.name}-{f.by.upper()}"
             for f in (*entity.keys, *entity.fields)]  # fmt: skip
    return f"unknown{nearest(name, names) or '; known are ' + ', '.join(names)}"


@dataclass(frozen=True)
class ImportEntities:
    """The import step of one kind of structure."""

    entity: Entity
    label: str
    name: str = "import"
    refused: RefusedRecords = REFUSED_CSV

    @contextmanager
    def open(self, context: StepContext, position: Position | None) -> Iterator[ItemSession[Rows]]:
        """Open at a position."""
        session = _Session(context, position, self.entity)
        try:
            yield session
        finally:
            session.close()


class _Session(CsvSession):
    def __init__(self, context: StepContext, position: Position | None, entity: Entity) -> None:
        super().__init__(context, position)
        self._entity = entity
        self._table = EntityTable(entity)
        self._tried: Chunk[Rows] | None = None
        with context.database.transaction() as transaction:
            structure = load_structure(transaction)
        self._columns = check_header(entity, self.columns, structure)
        named = [column for column in self._columns if column is not None]
        # A position without a run is that of a runner that reads in the order of the file.
        in_runs = position is None or "run" in position
        runs = self._find_runs() if in_runs else []
        if runs:
            self.close()
            self._file = InRuns(self._source, runs, position)
        self._keys = [c for key in entity.keys for c in named if c.field is key]

    def _find_runs(self) -> list[Run]:
        """Return in which order to read the file; nothing if it is that of the file."""
        parent = self._entity.parent
        numbers = {c.field: n for n, c in enumerate(self._columns) if c is not None}
        if parent is None or parent not in numbers:
            return []
        at = self._named.numbers
        code = at[numbers[self._entity.keys[-1]]]
        return runs_of(self._source, code, at[numbers[parent]])

    def parse(self, cells: list[str]) -> EntityChange | Refused:
        """Convert the cells; None for those that are empty and so clear what is there."""
        values = {}
        problems = Refused()
        for column, cell in zip(self._columns, cells, strict=True):
            if column is None:
                continue
            try:
                values[column] = column.field.type.parse(cell) if cell.strip() else None
            except CellError as error:
                problems.append(Problem(column.name, cell, str(error)))
        keys = tuple(values.pop(column, None) for column in self._keys)
        problems += [
            Problem(column.name, "", "it may not be empty")
            for column, key in zip(self._keys, keys, strict=True)
            if not key
        ]
        return problems or EntityChange(tuple(map(str, keys)), values)

    def write(self, transaction: Transaction, chunk: Chunk[Rows]) -> ChunkResult:
        """Merge each row into what is stored, in the order of the file."""
        rows = chunk.items
        result = ChunkResult()
        if chunk is self._tried:
            # It is tried again: what was written the first time was not committed.
            self._table.forget()
        self._tried = chunk
        changes = self._table.changes(transaction, rows.items)
        for row in rows:
            found = changes.apply(row.item)
            if not isinstance(found, str):
                result.warnings += rows.refuse(row, found)
                found = "invalid"
            result.counters[found] = result.counters.get(found, 0) + 1
        changes.flush()
        self._table.written(changes)
        return result
