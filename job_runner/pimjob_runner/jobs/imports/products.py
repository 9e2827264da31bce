"""The import of products: create or update by identifier, only what differs is written."""

import re
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from pimjob_runner.catalogue.cells import CellError
from pimjob_runner.catalogue.product_table import Product, load_products, write_products
from pimjob_runner.catalogue.structure import Structure, load_structure
from pimjob_runner.catalogue.unique_values import Claim, UniqueValues
from pimjob_runner.catalogue.value_plan import CellProblem, ValuePlan
from pimjob_runner.catalogue.variants import Parent, VariantError, load_parents, product_level
from pimjob_runner.engine.steps import Chunk, ChunkResult, ItemSession, Position, StepContext
from pimjob_runner.jobs.imports.session import CsvSession, Row, Rows
from pimjob_runner.jobs.imports.value_columns import (
    check_products_header,
    code_list,
    compile_plan,
)
from pimjob_runner.stores.database import Transaction

# A product that is imported again after a crash must get the same UUID.
_NAMESPACE = uuid.UUID("5b0f63a4-3c2b-5b38-9f0c-2f3f7d1f7c11")
_IDENTIFIER = re.compile(r"[^\s,;](?:[^,;\r\n]{0,253}[^\s,;])?")
_ENABLED = {"1": True, "0": False, "": None}


class ProductRow(NamedTuple):
    """A row, read. None in `enabled` and `uuid`: the file does not say."""

    identifier: str | None
    uuid: str | None
    enabled: bool | None
    family: str | None
    parent: str | None
    categories: str
    groups: str
    parts: list[str]


class RefusedRowError(Exception):
    """The row contradicts what is in the catalogue."""

    def __init__(self, role: str, value: str, reason: str) -> None:
        super().__init__(reason)
        self.role = role
        self.value = value


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

    def __init__(self, context: StepContext, position: Position | None) -> None:
        super().__init__(context, position)
        self._parameters = context.parameters
        with context.database.transaction() as transaction:
            self._structure: Structure = load_structure(transaction)
            header = check_products_header(self.columns, self._structure, context.parameters)
            self._plan: ValuePlan = compile_plan(
                transaction, header, self._structure, context.parameters
            )
        self._has = header.reserved
        self._categories = code_list(self._structure.categories, "category")
        self._groups = code_list(self._structure.groups, "group")
        self._unique = [
            (index, code)
            for index, code in enumerate(self._plan.attributes)
            if self._structure.attributes[code].unique and code != self._identifier_code
        ]

    @property
    def _identifier_code(self) -> str | None:
        identifier = self._structure.identifier
        return None if identifier is None else identifier.code

    def parse(self, cells: list[str]) -> tuple[ProductRow | None, list[CellProblem]]:
        """Read a row. Any problem sends it the long way, which names all of them."""
        try:
            return self._parse(cells), []
        except (CellError, KeyError):
            return None, self._problems(cells)

    def _parse(self, cells: list[str]) -> ProductRow:
        has = self._has
        identifier = cells[has["identifier"]] if "identifier" in has else ""
        own = cells[has["uuid"]].lower() if "uuid" in has else ""
        if not identifier and not own:
            raise CellError("it may not be empty")
        if identifier and not _IDENTIFIER.fullmatch(identifier):
            raise CellError("not an identifier")
        family = cells[has["family"]] if "family" in has else ""
        if family and family not in self._structure.families:
            raise CellError("no family")
        return ProductRow(
            identifier or None,
            _canonical_uuid(own) if own else None,
            _ENABLED[cells[has["enabled"]]] if "enabled" in has else None,
            family or None,
            (cells[has["parent"]] or None) if "parent" in has else None,
            self._categories(cells[has["categories"]]) if "categories" in has else "[]",
            self._groups(cells[has["groups"]]) if "groups" in has else "[]",
            self._plan.parts(cells),
        )

    def _problems(self, cells: list[str]) -> list[CellProblem]:
        return [*self._reserved_problems(cells), *self._plan.problems(cells)]

    def _reserved_problems(self, cells: list[str]) -> Iterator[CellProblem]:
        found = {role: cells[index] for role, index in self._has.items()}
        identifier, own = found.get("identifier", ""), found.get("uuid", "")
        if not identifier and not own:
            yield self._problem("identifier", "", "it may not be empty: it names the product")
        if identifier and not _IDENTIFIER.fullmatch(identifier):
            why = "not an identifier: at most 255 characters, no comma, semicolon or outer spaces"
            yield self._problem("identifier", identifier, why)
        if own and not _is_uuid(own):
            yield self._problem("uuid", own, "not a UUID")
        if found.get("enabled", "") not in _ENABLED:
            yield self._problem("enabled", found["enabled"], "not yes or no; write 1 or 0")
        family = found.get("family", "")
        if family and family not in self._structure.families:
            yield self._problem("family", family, f"there is no family {family!r}")
        for role, read in (("categories", self._categories), ("groups", self._groups)):
            try:
                read(found.get(role, ""))
            except CellError as error:
                yield self._problem(role, found[role], str(error))

    def _problem(self, role: str, value: str, reason: str) -> CellProblem:
        index = self._has.get(role, self._has.get("uuid", 0))
        return CellProblem(self.columns[index], value, reason)

    def write(self, transaction: Transaction, chunk: Chunk) -> ChunkResult:
        """Merge each row into what is stored, in the order of the file; write what differs."""
        rows: Rows = chunk.items[0]
        writer = _Writer(self, transaction, rows.rows)
        result = ChunkResult()
        counters = {"created": 0, "updated": 0, "unchanged": 0}
        invalid = 0
        for row in rows.rows:
            try:
                counters[writer.take(row.item)] += 1
            except RefusedRowError as error:
                invalid += 1
                problem = self._problem(error.role, error.value, str(error))
                result.warnings += rows.refuse(row, [problem])
        writer.flush()
        result.counters = {name: number for name, number in counters.items() if number}
        if invalid:
            result.counters["invalid"] = invalid
        return result


class _Writer:
    """Applies the rows of one chunk to the products that they name."""

    def __init__(
        self, session: ProductSession, transaction: Transaction, rows: Sequence[Row]
    ) -> None:
        self._session = session
        self._plan = session._plan  # noqa: SLF001 - one class in two halves
        self._structure = session._structure  # noqa: SLF001
        self._has = session._has  # noqa: SLF001
        self._transaction = transaction
        self._products = load_products(
            transaction,
            [row.item.identifier for row in rows if row.item.identifier],
            [row.item.uuid for row in rows if row.item.uuid],
        )
        parents = {row.item.parent for row in rows if row.item.parent}
        parents |= {p.parent for p in self._products.all() if p.parent}
        self._parents: dict[str, Parent] = load_parents(transaction, parents) if parents else {}
        self._claims = self._load_claims(rows) if session._unique or parents else None  # noqa: SLF001

    def take(self, row: ProductRow) -> str:
        """Apply one row; return the counter to raise. Raises RefusedRowError."""
        before = self._find(row)
        has = self._has
        parent = row.parent if "parent" in has or before is None else before.parent
        parts, family = row.parts, row.family
        if before is not None and "family" not in has:
            family = before.family
        claims: list[Claim] = []
        if parent is not None:
            parts, family, claims = self._variant(row, parent, family, new=before is None)
        values = f"{{{','.join(filter(None, parts))}}}"
        if before is not None and before.raw_values != values:
            values = self._plan.merge(before.raw_values, parts)
        after = self._after(row, before, family, parent, values)
        self._claim(row, after, parts, claims)
        if before is not None and after == before:
            return "unchanged"
        self._products.put(after, before)
        return "created" if before is None else "updated"

    def flush(self) -> None:
        """Write all that has changed."""
        write_products(self._transaction, self._products)
        if self._claims is not None:
            self._claims.flush()

    def _find(self, row: ProductRow) -> Product | None:
        by_identifier = self._products.by_identifier(row.identifier)
        if row.uuid is None:
            return by_identifier
        by_uuid = self._products.by_uuid(row.uuid)
        if by_identifier is not None and by_identifier is not by_uuid:
            raise RefusedRowError(
                "identifier",
                row.identifier or "",
                f"{row.identifier!r} is another product's, with UUID {by_identifier.uuid}",
            )
        return by_uuid

    def _after(
        self,
        row: ProductRow,
        before: Product | None,
        family: str | None,
        parent: str | None,
        values: str,
    ) -> Product:
        has = self._has
        if before is None:
            enabled = self._session._parameters.enabled  # noqa: SLF001 - see above
            return Product(
                row.uuid or product_uuid(row.identifier or ""),
                row.identifier,
                family,
                parent,
                enabled if row.enabled is None else row.enabled,
                row.categories,
                row.groups,
                values,
                0,
            )
        return Product(
            before.uuid,
            row.identifier if "identifier" in has else before.identifier,
            family,
            parent,
            before.enabled if row.enabled is None else row.enabled,
            row.categories if "categories" in has else before.categories,
            row.groups if "groups" in has else before.groups,
            values,
            before.version,
        )

    def _variant(
        self, row: ProductRow, parent: str, family: str | None, *, new: bool
    ) -> tuple[list[str], str, list[Claim]]:
        """Return the values of the variant's own level, its family, and its axes."""
        try:
            variant, own = product_level(self._parents, parent, self._structure)
        except VariantError as error:
            raise RefusedRowError(error.column, parent, str(error)) from error
        if family not in {None, variant.family}:
            why = f"{parent!r} is of family {variant.family!r}"
            raise RefusedRowError("family", family or "", why)
        # As in the reference: what belongs to the models above is left to them.
        allowed = own | {self._session._identifier_code}  # noqa: SLF001 - see above
        parts = [
            part if code in allowed else ""
            for code, part in zip(self._plan.attributes, row.parts, strict=True)
        ]
        axes = variant.levels[-1].axes
        return parts, variant.family, [("axes", parent, self._combination(axes, parts, new=new))]

    def _combination(self, axes: Sequence[str], parts: Sequence[str], *, new: bool) -> str:
        found = dict(zip(self._plan.attributes, parts, strict=True))
        for axis in axes:
            if not found.get(axis) and (new or axis in found):
                raise RefusedRowError("parent", "", f"axis {axis} may not be empty")
        return ",".join(found.get(axis, "") for axis in axes)

    def _claim(
        self, row: ProductRow, after: Product, parts: Sequence[str], claims: list[Claim]
    ) -> None:
        if self._claims is None:
            return
        unique = [
            ("attribute", code, parts[index])
            for index, code in self._session._unique  # noqa: SLF001 - see above
            if parts[index]
        ]
        if claims and claims[0][2].strip(",") == "":
            claims = []
        taken = self._claims.taken(after.uuid, [*unique, *claims])
        if taken is not None:
            raise self._taken(row, taken)
        kinds: set[tuple[str, str | None]] = {
            ("attribute", code)
            for _, code in self._session._unique  # noqa: SLF001 - see above
        }
        if claims:
            kinds.add(("axes", None))
        self._claims.set(after.uuid, kinds, [*unique, *claims])

    def _taken(self, row: ProductRow, claim: Claim) -> RefusedRowError:
        kind, scope, _ = claim
        if kind == "axes":
            why = f"{scope!r} has a variant with the same axes already"
            return RefusedRowError("parent", row.parent or scope, why)
        return RefusedRowError(
            "identifier", row.identifier or "", f"another product has the same {scope}"
        )

    def _load_claims(self, rows: Sequence[Row]) -> UniqueValues:
        owners = [p.uuid for p in self._products.all()]
        claims: list[Claim] = []
        for row in rows:
            parts = row.item.parts
            claims += [
                ("attribute", code, parts[index])
                for index, code in self._session._unique  # noqa: SLF001 - see above
                if parts[index]
            ]
            claims += self._axes_of(row.item)
        return UniqueValues(self._transaction, owners, claims)

    def _axes_of(self, row: ProductRow) -> list[Claim]:
        if row.parent is None:
            return []
        try:
            return self._variant(row, row.parent, None, new=False)[2]
        except RefusedRowError:
            return []


def product_uuid(identifier: str) -> str:
    """Return the UUID of a product that the file gives none: the same each time."""
    return str(uuid.uuid5(_NAMESPACE, identifier))


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _canonical_uuid(text: str) -> str:
    if not _is_uuid(text):
        raise CellError("not a UUID")
    return str(uuid.UUID(text))
