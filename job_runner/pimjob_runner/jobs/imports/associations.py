"""The association steps: after all products are there, so that rows may point forward."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import msgspec

from pimjob_runner.catalogue.cells import CellError, to_json
from pimjob_runner.catalogue.header import AssociationColumn, Header
from pimjob_runner.catalogue.rows import look_up
from pimjob_runner.catalogue.structure import load_structure
from pimjob_runner.catalogue.value_plan import CellProblem
from pimjob_runner.formats.csv_file import Cells
from pimjob_runner.jobs.imports.products import canonical_uuid
from pimjob_runner.jobs.imports.session import CsvSession, Refused, Rows
from pimjob_runner.jobs.imports.value_columns import check_models_header, check_products_header
from pimjob_runner.sdk import Chunk, ChunkResult, ItemSession, Position, StepContext
from pimjob_runner.stores.database import Transaction

_AMOUNT = re.compile(r"0{0,8}[1-9][0-9]{0,8}")

Table = Literal["product", "product_model"]
Targets = dict[str, dict[str, Any]]
"""By association type, then by kind of target."""


class Association(NamedTuple):
    """One cell of targets. `quantities` is None for an association without amounts."""

    column: AssociationColumn
    targets: tuple[str, ...]
    quantities: tuple[int, ...] | None


class AssociationRow(NamedTuple):
    """The associations of one product or product model."""

    key: str
    associations: list[Association]


class Owner(NamedTuple):
    """Whose associations they are, as stored. JSON columns are canonical text."""

    key: str
    associations: str
    quantified: str
    version: int
    """How many rows have changed it."""


@dataclass(frozen=True)
class ImportAssociations:
    """The step, for products or for product models."""

    table: Table
    name: str = "associations"
    label: str = "Import associations"

    @contextmanager
    def open(self, context: StepContext, position: Position | None) -> Iterator[ItemSession]:
        """Open at a position."""
        session = _Session(context, position, self.table)
        try:
            yield session
        finally:
            session.close()


class _Session(CsvSession):
    def __init__(self, context: StepContext, position: Position | None, table: Table) -> None:
        super().__init__(context, position)
        self._table = table
        check = check_products_header if table == "product" else check_models_header
        with context.database.transaction() as transaction:
            structure = load_structure(transaction)
        self._header: Header = check(self.columns, structure, context.parameters)
        self._groups = structure.groups
        reserved = self._header.reserved
        self._by_uuid = table == "product" and "identifier" not in reserved
        # A code, an identifier or a UUID: the names of the roles are those of the columns.
        role = "code" if table == "product_model" else "uuid" if self._by_uuid else "identifier"
        self._key = reserved[role]
        self._key_column = role

    @property
    def total(self) -> int | None:
        """Records in the file; none if it has no associations."""
        return self.facts.records if self._header.associations else 0

    def read(self, limit: int) -> Chunk | None:
        """Read the next records, none at all where the file has no columns of associations."""
        return super().read(limit) if self._header.associations else None

    def parse(self, cells: Cells) -> AssociationRow | Refused | None:
        """Read a row; one that names nothing was refused by the step before."""
        key = cells[self._key].strip()
        if self._by_uuid and key:
            key = uuid_or_nothing(key)
        if not key:
            return None
        found, problems = [], Refused()
        for column in self._header.associations:
            try:
                found.append(_association(column, cells))
            except WrongCellError as error:
                index = column.index if error.role == "targets" else column.quantity or 0
                problems.append(CellProblem(self.columns[index], cells[index], str(error)))
        return problems or AssociationRow(key, found)

    def refused(self, _reason: str) -> None:
        """Leave out a row that the step before has refused."""

    def write(self, transaction: Transaction, chunk: Chunk) -> ChunkResult:
        """Set the associations of each row; a row whose targets are not there is refused."""
        rows: Rows = chunk.items[0]
        mine = [row for row in rows if row.item is not None]
        owners = self._owners(transaction, [row.item.key for row in mine])
        known = _Known(transaction, [row.item for row in mine], self._groups)
        result, changed = ChunkResult(), {}
        counters = {"updated": 0, "unchanged": 0, "skipped": len(rows.items) - len(mine)}
        invalid = 0
        for row in mine:
            before = owners.get(row.item.key)
            if before is None:
                # Refused by the step before, which has said why.
                counters["skipped"] += 1
                continue
            problems = list(known.problems(row.item.associations))
            if problems:
                result.warnings += rows.refuse(row, problems)
                invalid += 1
                continue
            after = _merged(before, row.item.associations)
            if after == before:
                counters["unchanged"] += 1
                continue
            counters["updated"] += 1
            after = after._replace(version=before.version + 1)
            owners[row.item.key] = changed[row.item.key] = after
        self._store(transaction, list(changed.values()))
        result.counters = {name: number for name, number in counters.items() if number}
        if invalid:
            result.counters["invalid"] = invalid
        return result

    def _owners(self, transaction: Transaction, keys: Sequence[str]) -> dict[str, Owner]:
        columns = (
            f"CAST({self._key_column} AS TEXT), CAST(associations AS TEXT),"
            " CAST(quantified_associations AS TEXT), version"
        )
        found = look_up(transaction, self._table, self._key_column, columns, keys)
        return {row[0]: Owner(*row) for row in found}

    def _store(self, transaction: Transaction, owners: Sequence[Owner]) -> None:
        transaction.execute_many(
            f"UPDATE {self._table} SET associations = ?, quantified_associations = ?,"  # noqa: S608 - constants
            f" version = ? WHERE {self._key_column} = ?",
            [(o.associations, o.quantified, o.version, o.key) for o in owners],
        )


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


def _association(column: AssociationColumn, cells: Sequence[str]) -> Association:
    targets = _targets(column, cells[column.index])
    if column.quantity is None:
        return Association(column, targets, None)
    quantities = _quantities(cells[column.quantity], len(targets))
    return Association(column, targets, quantities)


def _targets(column: AssociationColumn, cell: str) -> tuple[str, ...]:
    codes = tuple(filter(None, (code.strip() for code in cell.split(","))))
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


def _merged(before: Owner, associations: Iterable[Association]) -> Owner:
    """Set what the row has a column for; an empty cell clears, the rest stays."""
    simple: Targets = msgspec.json.decode(before.associations)
    quantified: Targets = msgspec.json.decode(before.quantified)
    for column, targets, quantities in associations:
        if quantities is None:
            simple.setdefault(column.type, {})[column.target] = sorted(set(targets))
        else:
            amounts = dict(zip(targets, quantities, strict=True))
            quantified.setdefault(column.type, {})[column.target] = amounts
    return before._replace(
        associations=to_json(_without_empty(simple)),
        quantified=to_json(_without_empty(quantified)),
    )


def _without_empty(found: Targets) -> Targets:
    """Return associations without types that have no target at all."""
    return {code: targets for code, targets in found.items() if any(targets.values())}


class _Known:
    """Which of the targets of a chunk exist."""

    def __init__(
        self, transaction: Transaction, rows: Sequence[AssociationRow], groups: Any
    ) -> None:
        wanted: dict[str, set[str]] = {"products": set(), "product_models": set()}
        wanted["product_uuids"] = set()
        for row in rows:
            for column, targets, _ in row.associations:
                if column.target != "groups":
                    wanted[column.target].update(targets)
        self._known = {
            "groups": groups,
            "products": _present(transaction, "product", "identifier", wanted["products"]),
            "product_models": _present(
                transaction, "product_model", "code", wanted["product_models"]
            ),
            "product_uuids": _present(transaction, "product", "uuid", wanted["product_uuids"]),
        }

    def problems(self, associations: Iterable[Association]) -> Iterator[CellProblem]:
        """Yield one problem per target that is not there."""
        for column, targets, _ in associations:
            for target in targets:
                if target not in self._known[column.target]:
                    what = column.target.removesuffix("s").replace("_", " ")
                    yield CellProblem(column.name, target, f"there is no {what} {target!r}")


def _present(transaction: Transaction, table: str, key: str, wanted: set[str]) -> set[str]:
    found = look_up(transaction, table, key, f"CAST({key} AS TEXT)", sorted(wanted))
    return {code for (code,) in found}
