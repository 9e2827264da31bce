"""The import of products: rows read and prepared on one thread, written by ProductWriter."""

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pimjob_runner.catalogue.cells import CellError
from pimjob_runner.catalogue.legible import MARK_OF_ROUNDED, illegible
from pimjob_runner.catalogue.structure import load_structure
from pimjob_runner.catalogue.value_plan import CellProblem
from pimjob_runner.formats.csv_file import Cells
from pimjob_runner.jobs.imports.conflicts import write_once_more
from pimjob_runner.jobs.imports.new_uuids import new_uuids
from pimjob_runner.jobs.imports.product_writer import (
    ProductPlan,
    ProductRow,
    ProductWriter,
)
from pimjob_runner.jobs.imports.refused import RefusedRowError
from pimjob_runner.jobs.imports.session import CsvSession, Refused, Rows
from pimjob_runner.jobs.imports.value_columns import (
    as_written,
    check_products_header,
    code_list,
    columns_of_codes,
    compile_plan,
    trimmed,
)
from pimjob_runner.sdk import Chunk, ChunkResult, ItemSession, Position, StepContext
from pimjob_runner.stores.database import Transaction

_IDENTIFIER = re.compile(r"[^\s,;](?:[^,;\r\n]{0,253}[^\s,;])?")
_ENABLED = {"1": True, "0": False, "": None}


@dataclass(frozen=True)
class ImportProducts:
    """The import step."""

    name: str = "import"
    label: str = "Import products"

    @contextmanager
    def open(self, context: StepContext, position: Position | None) -> Iterator[ItemSession]:
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
            values = compile_plan(transaction, header, structure, context.parameters)
        self._plan = ProductPlan(
            has=header.reserved,
            values=values,
            structure=structure,
            new_uuid=new_uuids(context.job_id),
            enabled=context.parameters.enabled,
            enabled_comparison=context.parameters.enabled_comparison,
        )
        self._columns_at = {v.attribute.code: v.index for v in header.values} | {**header.reserved}
        self._codes = columns_of_codes(header)
        self._families = structure.families
        self._categories = code_list(structure.categories, "category")
        self._groups = code_list(structure.groups, "group")
        self._read = self._reader()

    def parse(self, cells: Cells) -> ProductRow | Refused:
        """Read a row. Any problem sends it the long way, which names all of them."""
        try:
            return self._read(cells)
        except CellError:
            return self._read_trimmed(cells)

    def _read_trimmed(self, cells: Cells) -> ProductRow | Refused:
        row = trimmed(cells, self._codes)
        try:
            return self._read(row)
        except CellError:
            return Refused(as_written(self._problems(row), self.columns, cells))

    def _reader(self) -> Callable[[Cells], ProductRow]:
        """Return the function of a row's way when nothing is wrong with it."""
        has = self._plan.has
        # Where a role has no column, its cell is one that is always empty.
        at = {role: has.get(role, len(self.columns)) for role in _ROLES}
        identifier_at, uuid_at, enabled_at = at["identifier"], at["uuid"], at["enabled"]
        family_at, parent_at = at["family"], at["parent"]
        categories_at, groups_at = at["categories"], at["groups"]
        categories, groups, families = self._categories, self._groups, self._families
        values = self._plan.values.values
        is_identifier = _IDENTIFIER.fullmatch

        def read(cells: Cells) -> ProductRow:
            cells.append("")
            identifier, own = cells[identifier_at], cells[uuid_at]
            enabled, family = cells[enabled_at], cells[family_at]
            if (
                not (identifier or own)
                or (identifier and not (is_identifier(identifier) and identifier.isprintable()))
                or (MARK_OF_ROUNDED in identifier and illegible(identifier))
                or (family and family not in families)
                or enabled not in _ENABLED
            ):
                raise CellError("it takes the long way")
            return ProductRow(
                identifier or None,
                canonical_uuid(own) if own else None,
                _ENABLED[enabled],
                family or None,
                cells[parent_at].strip() or None,
                categories(cells[categories_at]),
                groups(cells[groups_at]),
                values(cells),
            )

        return read

    def _problems(self, cells: Cells) -> list[CellProblem]:
        return [*self._reserved_problems(cells), *self._plan.values.problems(cells)]

    def _reserved_problems(self, cells: Cells) -> Iterator[CellProblem]:
        found = {role: cells[index] for role, index in self._plan.has.items()}
        identifier, own = found.get("identifier", ""), found.get("uuid", "")
        if not identifier and not own:
            yield self._problem("identifier", "", "it may not be empty: it names the product")
        if why := identifier and _not_an_identifier(identifier):
            yield self._problem("identifier", identifier, why)
        if own and not _is_uuid(own):
            yield self._problem("uuid", own, "not a UUID")
        if found.get("enabled", "") not in _ENABLED:
            yield self._problem("enabled", found["enabled"], "not yes or no; write 1 or 0")
        family = found.get("family", "")
        if family and family not in self._families:
            yield self._problem("family", family, f"there is no family {family!r}")
        for role, read in (("categories", self._categories), ("groups", self._groups)):
            try:
                read(found.get(role, ""))
            except CellError as error:
                yield self._problem(role, found[role], str(error))

    def _problem(self, role: str, value: str, reason: str) -> CellProblem:
        index = self._columns_at.get(role, self._columns_at.get("identifier", 0))
        return CellProblem(self.columns[index], value, reason)

    def write(self, transaction: Transaction, chunk: Chunk) -> ChunkResult:
        """Merge each row into what is stored, in the order of the file; write what differs."""
        rows: Rows = chunk.items[0]
        return write_once_more(transaction, lambda: self._write(transaction, rows))

    def _write(self, transaction: Transaction, rows: Rows) -> ChunkResult:
        writer = ProductWriter(self._plan, transaction, rows.items)
        result = ChunkResult()
        counters = {"created": 0, "updated": 0, "unchanged": 0, "invalid": 0}
        for row in rows:
            try:
                counters[writer.take(row.item, rows.line(row))] += 1
            except RefusedRowError as error:
                counters["invalid"] += 1
                problem = self._problem(error.role, error.value, str(error))
                result.warnings += rows.refuse(row, [problem])
        writer.flush()
        result.counters = {name: number for name, number in counters.items() if number}
        return result


_ROLES = ("identifier", "uuid", "enabled", "family", "parent", "categories", "groups")


def _not_an_identifier(text: str) -> str | None:
    if _IDENTIFIER.fullmatch(text):
        return illegible(text)
    return "not an identifier: at most 255 characters, no comma, semicolon or outer spaces"


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
