"""The association steps: after all products are there, so that rows may point forward."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from pimjob_runner.catalogue.header import AssociationColumn, Header
from pimjob_runner.catalogue.refusal import Problem
from pimjob_runner.catalogue.structure import load_structure
from pimjob_runner.catalogue.values.cells import CellError
from pimjob_runner.catalogue.writing.links import (
    LinkChange,
    LinkChanges,
    LinkField,
    LinkMapping,
    OwnerKind,
    Said,
    TargetKind,
)
from pimjob_runner.formats.records import Cells
from pimjob_runner.jobs.imports.products import canonical_uuid
from pimjob_runner.jobs.imports.refused_csv import REFUSED_CSV
from pimjob_runner.jobs.imports.session import CsvSession, Refused, Rows
from pimjob_runner.jobs.imports.value_columns import check_models_header, check_products_header
from pimjob_runner.jobs.imports.writer import Writer
from pimjob_runner.sdk import Chunk, ChunkResult, ItemSession, Position, RefusedRecords, StepContext
from pimjob_runner.stores.database import Transaction

_AMOUNT = re.compile(r"0{0,8}[1-9][0-9]{0,8}")


@dataclass(frozen=True)
class ImportAssociations:
    """The step, for products or for product models."""

    kind: OwnerKind
    after: tuple[str, ...]
    """The steps before it: a row that one of them has refused is left out."""
    name: str = "associations"
    label: str = "Import associations"
    refused: RefusedRecords = REFUSED_CSV

    @contextmanager
    def open(self, context: StepContext, position: Position | None) -> Iterator[ItemSession[Rows]]:
        """Open at a position."""
        session = _Session(context, position, self)
        try:
            yield session
        finally:
            session.close()


class _Session(CsvSession):
    reads_apart = True
    # The products are there by now: where targets are not, it may be for a file to come.
    fails_early = False

    def __init__(
        self, context: StepContext, position: Position | None, step: ImportAssociations
    ) -> None:
        super().__init__(context, position)
        kind = step.kind
        self._after = step.after
        self._refused_lines = context.refused_lines
        check = check_products_header if kind == "product" else check_models_header
        with context.database.transaction() as transaction:
            structure = load_structure(transaction)
        self._header: Header = check(self.columns, structure, context.parameters)
        self._writer = Writer(structure, careful=context.contended)
        reserved = self._header.reserved
        fields = [
            LinkField(column.name, column.type, cast("TargetKind", column.target))
            for column in self._header.associations
        ]
        self._mapping = LinkMapping(kind=kind, fields=fields)
        self._uuid = reserved.get("uuid")
        self._key = reserved.get("code" if kind == "product_model" else "identifier")

    @property
    def total(self) -> int | None:
        """Records in the file; none if it has no associations."""
        return self.facts.records if self._header.associations else 0

    def read(self, limit: int) -> Chunk[Rows] | None:
        """Read the next records, none at all where the file has no columns of associations."""
        return super().read(limit) if self._header.associations else None

    def parse(self, cells: Cells) -> LinkChange | Refused | None:
        """Read a row; one that names nothing was refused by the step before."""
        uuid = "" if self._uuid is None else cells[self._uuid].strip()
        # It names the product where both are there: the identifier may be a new one.
        key = uuid_or_nothing(uuid) if uuid or self._key is None else cells[self._key].strip()
        if not key:
            return None
        found, problems = list[Said](), Refused()
        for column in self._header.associations:
            try:
                found.append(_link(column, cells))
            except WrongCellError as error:
                index = column.index if error.role == "targets" else column.quantity or 0
                problems.append(Problem(self.columns[index], cells[index], str(error)))
        return problems or LinkChange(key, bool(uuid), found)

    def refused(self, _reason: str) -> None:
        """Leave out a row that the step before has refused."""

    def write(self, transaction: Transaction, chunk: Chunk[Rows]) -> ChunkResult:
        """Set the associations of each row; a row whose targets are not there is refused."""
        rows = chunk.items
        result = ChunkResult()
        counters = {"updated": 0, "unchanged": 0, "skipped": 0, "invalid": 0}
        refused = self._refused_lines(transaction, self._after, *rows.lines)
        lines = rows.records.lines
        named = [row for row in rows if row.item is not None and lines[row.record] not in refused]
        counters["skipped"] = len(rows.items) - len(named)
        with self._writer.unit(transaction) as unit:
            changes = LinkChanges(unit, self._mapping, [row.item for row in named])
            for row in named:
                found = changes.apply(row.item)
                if isinstance(found, str):
                    counters[found] += 1
                else:
                    counters["invalid"] += 1
                    result.warnings += rows.refuse(row, found)
        result.counters = {name: number for name, number in counters.items() if number}
        return result


class WrongCellError(Exception):
    """A cell is wrong in itself. `role`: `targets` or `quantities`."""

    def __init__(self, role: str, reason: str) -> None:
        super().__init__(reason)
        self.role = role


def uuid_or_nothing(text: str) -> str:
    """Return a UUID as the database writes it, nothing if it is none."""
    try:
        return canonical_uuid(text)
    except CellError:
        return ""


def _link(column: AssociationColumn, cells: Sequence[str]) -> Said:
    codes = _targets(column, cells[column.index])
    if column.quantity is None:
        return codes, None
    return codes, _quantities(cells[column.quantity], len(codes))


def _targets(column: AssociationColumn, cell: str) -> tuple[str, ...]:
    codes = tuple(filter(None, map(str.strip, cell.split(","))))
    if column.target != "product_uuids":
        return codes
    for code in codes:
        if not uuid_or_nothing(code):
            raise WrongCellError("targets", f"{code!r} is not a UUID")
    return tuple(map(canonical_uuid, codes))


def _quantities(cell: str, targets: int) -> tuple[int, ...]:
    amounts = [amount.strip() for amount in cell.split("|") if amount.strip()]
    if not all(_AMOUNT.fullmatch(amount) for amount in amounts):
        raise WrongCellError("quantities", "not whole numbers of at least 1 with | between them")
    if len(amounts) != targets:
        why = f"{targets} amounts are needed, one for each target, and {len(amounts)} are there"
        raise WrongCellError("quantities", why)
    return tuple(map(int, amounts))
