"""The import of product models: root models first, then what is below them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pimjob_runner.catalogue.codes import IDENTIFIER_RULE, is_identifier
from pimjob_runner.catalogue.legible import illegible
from pimjob_runner.catalogue.refusal import Problem, Refusal
from pimjob_runner.catalogue.structure import load_structure
from pimjob_runner.catalogue.values.cells import CellError
from pimjob_runner.catalogue.writing.models import ModelChange, ModelChanges, ModelMapping
from pimjob_runner.formats.records import Cells
from pimjob_runner.jobs.imports.refused_csv import REFUSED_CSV
from pimjob_runner.jobs.imports.session import CsvSession, Refused, Rows
from pimjob_runner.jobs.imports.value_columns import (
    as_written,
    check_models_header,
    code_list,
    columns_of_codes,
    compile_mapping,
    options_of,
    trimmed,
)
from pimjob_runner.jobs.imports.writer import Writer
from pimjob_runner.sdk import Chunk, ChunkResult, ItemSession, Position, RefusedRecords, StepContext
from pimjob_runner.stores.database import Transaction


@dataclass(frozen=True)
class ImportModels:
    """The import of root models, or of sub models: the rows of the other kind are skipped."""

    name: str
    label: str
    sub: bool
    refused: RefusedRecords = REFUSED_CSV

    @contextmanager
    def open(self, context: StepContext, position: Position | None) -> Iterator[ItemSession[Rows]]:
        """Open at a position."""
        session = _Session(context, position, sub=self.sub)
        try:
            yield session
        finally:
            session.close()


class _Session(CsvSession):
    reads_apart = True

    def __init__(self, context: StepContext, position: Position | None, *, sub: bool) -> None:
        super().__init__(context, position)
        self._sub = sub
        with context.database.transaction() as transaction:
            self._structure = load_structure(transaction)
            header = check_models_header(self.columns, self._structure, context.parameters)
            options = options_of(transaction, header)
            values = compile_mapping(header, self._structure, options, context.parameters)
        self._values = values.values
        self._problems = values.problems
        self.notes = values.notes
        self._writer = Writer(self._structure, careful=context.contended)
        self._mapping = ModelMapping(
            says=frozenset(header.reserved),
            values=values,
            structure=self._structure,
            enabled_comparison=context.parameters.enabled_comparison,
        )
        self._has = header.reserved
        self._codes = columns_of_codes(header)
        self._columns_at = {v.attribute.code: v.index for v in header.values} | {**self._has}
        self._categories = code_list(self._structure.categories, "category")

    def parse(self, written: Cells) -> ModelChange | Refused | None:
        """Read a row, its codes without outer spaces; None for a row of the other kind.

        Without a column `parent` only the database knows which kind it is. Then what
        is wrong with the row itself is the root models' step's to say.
        """
        cells = trimmed(written, self._codes)
        told = "parent" in self._has
        if told and bool(self._cell(cells, "parent")) != self._sub:
            return None
        problems = list(self._reserved_problems(cells))
        try:
            values = self._values(cells)
        except CellError:
            problems += self._problems(cells)
        if problems:
            wrong = as_written(problems, self.columns, written)
            return None if self._sub and not told else Refused.first_of(wrong)
        return ModelChange(
            self._cell(cells, "code"),
            self._cell(cells, "family_variant") or None,
            self._cell(cells, "parent") or None,
            self._categories[self._cell(cells, "categories")],
            values,
        )

    def refused(self, reason: str) -> Refused | None:
        """Refuse a row once: it is the root models' step that does."""
        return None if self._sub else Refused([Problem("", "", reason)])

    def _cell(self, cells: Cells, role: str) -> str:
        index = self._has.get(role)
        return "" if index is None else cells[index].strip()

    def _reserved_problems(self, cells: Cells) -> Iterator[Problem]:
        code = self._cell(cells, "code")
        if not is_identifier(code):
            yield Problem("code", code, f"not a code: {IDENTIFIER_RULE}")
        elif why := illegible(code):
            yield Problem("code", code, why)
        variant = self._cell(cells, "family_variant")
        if variant and variant not in self._structure.family_variants:
            yield Problem("family_variant", variant, f"there is no family variant {variant!r}")
        categories = self._cell(cells, "categories")
        try:
            self._categories.__getitem__(categories)
        except CellError as error:
            yield Problem(self.columns[self._has["categories"]], categories, str(error))

    def write(self, transaction: Transaction, chunk: Chunk[Rows]) -> ChunkResult:
        """Merge each row into what is stored, in the order of the file."""
        rows = chunk.items
        result = ChunkResult()
        counters = {"created": 0, "updated": 0, "unchanged": 0, "skipped": 0, "invalid": 0}
        named = [item for item in rows.items if item is not None]
        with self._writer.unit(transaction) as unit:
            changes = ModelChanges(unit, self._mapping, named, sub=self._sub)
            for row in rows:
                try:
                    counters["skipped" if row.item is None else changes.apply(row.item)] += 1
                except Refusal as refusal:
                    counters["invalid"] += 1
                    role, value, reason = refusal.problem
                    index = self._columns_at.get(role, self._has["code"])
                    problem = Problem(self.columns[index], value, reason)
                    result.warnings += rows.refuse(row, [problem])
        result.counters = {name: number for name, number in counters.items() if number}
        return result
