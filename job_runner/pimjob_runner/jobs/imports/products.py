"""The import of products: rows read and prepared on one thread, written by the unit of work."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from pimjob_runner.catalogue.codes import IDENTIFIER_RULE, is_identifier
from pimjob_runner.catalogue.fingerprints import Basis, KnownBlocks
from pimjob_runner.catalogue.legible import MARK_OF_ROUNDED, illegible
from pimjob_runner.catalogue.refusal import Problem, Refusal
from pimjob_runner.catalogue.structure import load_structure
from pimjob_runner.catalogue.values.cells import CellError
from pimjob_runner.catalogue.writing.products import ProductChange, ProductChanges, ProductMapping
from pimjob_runner.catalogue.writing.unit_of_work import UnitOfWork
from pimjob_runner.formats.records import Cells, Known
from pimjob_runner.jobs.imports.known_rows import KnownRows, basis_of_file
from pimjob_runner.jobs.imports.new_uuids import new_uuids
from pimjob_runner.jobs.imports.refused_csv import REFUSED_CSV
from pimjob_runner.jobs.imports.session import CsvSession, Refused, Rows, refuse
from pimjob_runner.jobs.imports.value_columns import (
    as_written,
    check_products_header,
    code_list,
    columns_of_codes,
    compile_mapping,
    one_code,
    options_of,
    trimmed,
)
from pimjob_runner.jobs.imports.writer import Writer
from pimjob_runner.sdk import (
    Chunk,
    ChunkResult,
    ItemSession,
    Position,
    RefusedRecords,
    SkippedItem,
    StepContext,
)
from pimjob_runner.stores.database import Transaction

_ENABLED = {"1": True, "0": False, "": None}


@dataclass(frozen=True)
class ImportProducts:
    """The import step."""

    name: str = "import"
    label: str = "Import products"
    refused: RefusedRecords = REFUSED_CSV

    @contextmanager
    def open(self, context: StepContext, position: Position | None) -> Iterator[ItemSession[Rows]]:
        """Open at a position."""
        session = ProductSession(context, position)
        try:
            yield session
        finally:
            session.close()


class ProductSession(CsvSession):
    """Reads and writes products. The structure is that of the moment it was opened."""

    reads_apart = True

    def __init__(self, context: StepContext, position: Position | None) -> None:
        super().__init__(context, position)
        with context.database.transaction() as transaction:
            structure = load_structure(transaction)
            header = check_products_header(self.columns, structure, context.parameters)
            options = options_of(transaction, header)
            values = compile_mapping(header, structure, options, context.parameters)
            self._basis: Basis | None = None
            if context.parameters.enabled_comparison:
                self._basis = basis_of_file(
                    transaction, structure, options, self.facts.header, context.parameters
                )
                self._pass_by(KnownBlocks(transaction, self._basis).get)
        self.notes = values.notes
        self._writer = Writer(structure, careful=context.contended)
        self._has = header.reserved
        self._mapping = ProductMapping(
            says=frozenset(header.reserved),
            values=values,
            structure=structure,
            new_uuid=new_uuids(context.job_id),
            enabled=context.parameters.enabled,
            enabled_comparison=context.parameters.enabled_comparison,
        )
        self._columns_at = {v.attribute.code: v.index for v in header.values} | {**header.reserved}
        self._codes = columns_of_codes(header)
        self._families = one_code(structure.families, "family")
        self._categories = code_list(structure.categories, "category")
        self._groups = code_list(structure.groups, "group")
        self._read = self._reader()

    def _pass_by(self, known: Known | None) -> None:
        """From here on pass by what is known, or nothing."""
        self.close()
        self._file = self._source.open(self.position, known)

    def skip(self, reason: str) -> SkippedItem | None:
        """Pass the next record by, also if it is known: people are told of it."""
        self._pass_by(None)
        return super().skip(reason)

    def parse(self, cells: Cells) -> ProductChange | Refused:
        """Read a row. Any problem sends it the long way, which names all of them."""
        try:
            return self._read(cells)
        except CellError:
            return self._read_trimmed(cells)

    def _read_trimmed(self, cells: Cells) -> ProductChange | Refused:
        row = trimmed(cells, self._codes)
        try:
            return self._read(row)
        except CellError:
            return Refused.first_of(as_written(self._problems(row), self.columns, cells))

    def _reader(self) -> Callable[[Cells], ProductChange]:
        """Return the function of a row's way when nothing is wrong with it."""
        has = self._has
        # Where a role has no column, its cell is one that is always empty.
        at = {role: has.get(role, len(self.columns)) for role in _ROLES}
        identifier_at, uuid_at, enabled_at = at["identifier"], at["uuid"], at["enabled"]
        family_at, parent_at = at["family"], at["parent"]
        categories_at, groups_at = at["categories"], at["groups"]
        categories, groups, families = self._categories, self._groups, self._families
        values = self._mapping.values.values
        # As the class itself does it, but without a call in between.
        make = partial(tuple.__new__, ProductChange)

        def read(cells: Cells) -> ProductChange:
            cells.append("")
            identifier, own = cells[identifier_at], cells[uuid_at]
            enabled, parent = cells[enabled_at], cells[parent_at]
            if (
                not (identifier or own)
                or (identifier and not (is_identifier(identifier) and identifier.isprintable()))
                or (MARK_OF_ROUNDED in identifier and illegible(identifier))
                or enabled not in _ENABLED
            ):
                raise CellError("it takes the long way")
            return make(
                (
                    identifier or None,
                    canonical_uuid(own) if own else None,
                    _ENABLED[enabled],
                    families[cells[family_at]],
                    parent.strip() or None if parent else None,
                    categories[cells[categories_at]],
                    groups[cells[groups_at]],
                    values(cells),
                )
            )

        return read

    def _problems(self, cells: Cells) -> list[Problem]:
        return [*self._reserved_problems(cells), *self._mapping.values.problems(cells)]

    def _reserved_problems(self, cells: Cells) -> Iterator[Problem]:
        found = {role: cells[index].strip() for role, index in self._has.items()}
        identifier, own = found.get("identifier", ""), found.get("uuid", "")
        if not identifier and not own:
            yield self._problem("identifier", "", "it may not be empty: it names the product")
        if why := identifier and _not_an_identifier(identifier):
            yield self._problem("identifier", identifier, why)
        if own and not _is_uuid(own):
            yield self._problem("uuid", own, "not a UUID")
        if found.get("enabled", "") not in _ENABLED:
            yield self._problem("enabled", found["enabled"], "not yes or no; write 1 or 0")
        for role, read in (
            ("family", self._families.__getitem__),
            ("categories", self._categories.__getitem__),
            ("groups", self._groups.__getitem__),
        ):
            try:
                read(found.get(role, ""))
            except CellError as error:
                yield self._problem(role, found[role], str(error))

    def _problem(self, role: str, value: str, reason: str) -> Problem:
        index = self._columns_at.get(role, self._columns_at.get("identifier", 0))
        return Problem(self.columns[index], value, reason)

    def write(self, transaction: Transaction, chunk: Chunk[Rows]) -> ChunkResult:
        """Merge each row into what is stored, in the order of the file; write what differs."""
        rows = chunk.items
        result = ChunkResult()
        counters = {"created": 0, "updated": 0, "unchanged": 0, "invalid": 0}
        known = None
        with self._writer.unit(transaction) as unit:
            if self._basis is not None:
                known = KnownRows(transaction, self._basis, rows.blocks)
                # What is to be locked is loaded at once, so that it is locked in one order.
                if not unit.careful:
                    known.trust()
            rows, changes = self._changes(unit, rows, known)
            lines = rows.records.lines
            for number, change in zip(rows.numbers, rows.items, strict=True):
                line = lines[number]
                try:
                    counters[changes.apply(change, line)] += 1
                except Refusal as refusal:
                    counters["invalid"] += 1
                    found = refusal.problem
                    problem = self._problem(found.field, found.value, found.reason)
                    result.warnings += refuse(rows.records, number, [problem])
                else:
                    if known is not None and changes.applied is not None:
                        known.add(line, change, changes.applied)
        if known is not None:
            counters["unchanged"] += known.count
            known.remember(at_the_end=chunk.position["offset"] >= self.facts.bytes)
        result.counters = {name: number for name, number in counters.items() if number}
        return result

    def _changes(
        self, unit: UnitOfWork, rows: Rows, known: KnownRows | None
    ) -> tuple[Rows, ProductChanges]:
        """Return the rows that have to be looked at, and what applies them."""
        todo = rows if known is None else self._with(rows, known.stale)
        changes = ProductChanges(unit, self._mapping, todo.items)
        if known is not None and todo.items and known.look_at(unit.products.all()):
            todo = self._with(rows, known.stale)
            changes = ProductChanges(unit, self._mapping, todo.items)
        return todo, changes


_ROLES = ("identifier", "uuid", "enabled", "family", "parent", "categories", "groups")


def _not_an_identifier(text: str) -> str | None:
    return illegible(text) if is_identifier(text) else f"not an identifier: {IDENTIFIER_RULE}"


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def canonical_uuid(text: str) -> str:
    """Return a UUID as the database writes it. Raises CellError."""
    if not _is_uuid(text):
        raise CellError("not a UUID")
    return str(uuid.UUID(text))
