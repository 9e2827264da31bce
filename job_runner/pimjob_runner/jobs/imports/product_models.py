"""The import of product models: root models first, then what is below them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from pimjob_runner.catalogue.cells import CellError
from pimjob_runner.catalogue.rows import look_up, upsert
from pimjob_runner.catalogue.structure import load_structure
from pimjob_runner.catalogue.unique_values import Claim, UniqueValues
from pimjob_runner.catalogue.value_plan import CellProblem
from pimjob_runner.catalogue.variants import (
    Parent,
    VariantError,
    load_parents,
    root_attributes,
    sub_model_level,
)
from pimjob_runner.engine.steps import Chunk, ChunkResult, ItemSession, Position, StepContext
from pimjob_runner.jobs.imports.session import CsvSession, Row, Rows
from pimjob_runner.jobs.imports.value_columns import check_models_header, code_list, compile_plan
from pimjob_runner.stores.database import Transaction

_COLUMNS = (
    "code, family_variant, parent, CAST(categories AS TEXT), CAST(raw_values AS TEXT), version"
)
_WRITTEN = (
    "code",
    "family_variant",
    "parent",
    "categories",
    "raw_values",
    "version",
    "associations",
    "quantified_associations",
)


class Model(NamedTuple):
    """A product model without its associations. JSON columns are canonical text."""

    code: str
    family_variant: str
    parent: str | None
    categories: str
    raw_values: str
    version: int


class ModelRow(NamedTuple):
    """A row, read."""

    code: str
    family_variant: str | None
    parent: str | None
    categories: str
    parts: list[str]


class RefusedModelError(Exception):
    """The row contradicts what is in the catalogue. `role` names the column."""

    def __init__(self, role: str, value: str, reason: str) -> None:
        super().__init__(reason)
        self.role = role
        self.value = value


@dataclass(frozen=True)
class ImportModels:
    """The import of root models, or of sub models: the rows of the other kind are skipped."""

    name: str
    label: str
    sub: bool

    @contextmanager
    def open(self, context: StepContext, position: Position | None) -> Iterator[ItemSession]:
        """Open at a position."""
        session = _Session(context, position, sub=self.sub)
        try:
            yield session
        finally:
            session.close()


class _Session(CsvSession):
    def __init__(self, context: StepContext, position: Position | None, *, sub: bool) -> None:
        super().__init__(context, position)
        self._sub = sub
        with context.database.transaction() as transaction:
            self._structure = load_structure(transaction)
            header = check_models_header(self.columns, self._structure, context.parameters)
            self._plan = compile_plan(transaction, header, self._structure, context.parameters)
        self._has = header.reserved
        self._categories = code_list(self._structure.categories, "category")

    def parse(self, cells: list[str]) -> tuple[ModelRow | None, list[CellProblem]]:
        """Read a row; None for a row of the other kind."""
        has = self._has
        parent = cells[has["parent"]] if "parent" in has else ""
        if bool(parent) != self._sub:
            return None, []
        problems = list(self._reserved_problems(cells)) + self._plan.problems(cells)
        if problems:
            return None, problems
        categories = cells[has["categories"]] if "categories" in has else ""
        return (
            ModelRow(
                cells[has["code"]],
                cells[has["family_variant"]] or None,
                parent or None,
                self._categories(categories),
                self._plan.parts(cells),
            ),
            [],
        )

    def _reserved_problems(self, cells: list[str]) -> Iterator[CellProblem]:
        code = cells[self._has["code"]]
        if not code.strip() or len(code) > 255:  # noqa: PLR2004 - as wide as identifiers
            yield CellProblem("code", code, "it may not be empty, nor longer than 255 characters")
        variant = cells[self._has["family_variant"]]
        if variant and variant not in self._structure.family_variants:
            yield CellProblem("family_variant", variant, f"there is no family variant {variant!r}")
        if "categories" in self._has:
            cell = cells[self._has["categories"]]
            try:
                self._categories(cell)
            except CellError as error:
                yield CellProblem(self.columns[self._has["categories"]], cell, str(error))

    def write(self, transaction: Transaction, chunk: Chunk) -> ChunkResult:
        """Merge each row into what is stored, in the order of the file."""
        rows: Rows = chunk.items[0]
        mine = [row for row in rows.rows if row.item is not None]
        result = ChunkResult()
        if len(mine) < len(rows.rows):
            result.counters["skipped"] = len(rows.rows) - len(mine)
        models = self._load(transaction, mine)
        parents = load_parents(transaction, [row.item.parent for row in mine if row.item.parent])
        claims = UniqueValues(transaction, models, self._axes(mine, parents))
        changed: dict[str, Model] = {}
        for row in mine:
            try:
                after, axes = self._merge(row.item, models.get(row.item.code), parents)
                _refuse_taken(claims, after, axes)
            except RefusedModelError as error:
                problem = CellProblem(error.role, error.value, str(error))
                result.warnings += rows.refuse(row, [problem])
                result.counters["invalid"] = result.counters.get("invalid", 0) + 1
                continue
            claims.set(after.code, {("axes", None)}, axes)
            before = models.get(after.code)
            name = "created" if before is None else "unchanged" if after == before else "updated"
            result.counters[name] = result.counters.get(name, 0) + 1
            models[after.code] = after
            if name != "unchanged":
                changed[after.code] = after
        self._store(transaction, changed)
        claims.flush()
        return result

    def _merge(
        self, row: ModelRow, before: Model | None, parents: dict[str, Parent]
    ) -> tuple[Model, list[Claim]]:
        variant, own, axes = self._level(row, before, parents)
        parts = [
            part if code in own else ""
            for code, part in zip(self._plan.attributes, row.parts, strict=True)
        ]
        claims: list[Claim] = []
        if axes:
            claims = [("axes", row.parent or "", self._combination(axes, parts))]
        values = f"{{{','.join(filter(None, parts))}}}"
        if before is None:
            return Model(row.code, variant, row.parent, row.categories, values, 0), claims
        if before.raw_values != values:
            values = self._plan.merge(before.raw_values, parts)
        categories = row.categories if "categories" in self._has else before.categories
        after = Model(row.code, variant, row.parent, categories, values, before.version)
        return after, claims

    def _level(
        self, row: ModelRow, before: Model | None, parents: dict[str, Parent]
    ) -> tuple[str, frozenset[str], Sequence[str]]:
        """Return the family variant, the attributes of the model's level, and its axes."""
        code = row.family_variant or (before.family_variant if before else None)
        if before is not None and code != before.family_variant:
            raise RefusedModelError("family_variant", code or "", "it cannot be changed")
        if row.parent is None:
            if code is None:
                raise RefusedModelError("family_variant", "", "a root model needs one")
            variant = self._structure.family_variants[code]
            return code, root_attributes(variant, self._structure), ()
        try:
            variant, own = sub_model_level(parents, row.parent, self._structure)
        except VariantError as error:
            raise RefusedModelError(error.column, row.parent, str(error)) from error
        inherited = parents[row.parent].family_variant
        if code not in {None, inherited}:
            why = f"{row.parent!r} has {inherited!r}"
            raise RefusedModelError("family_variant", code or "", why)
        return inherited, own, variant.levels[0].axes

    def _combination(self, axes: Sequence[str], parts: Sequence[str]) -> str:
        found = dict(zip(self._plan.attributes, parts, strict=True))
        for axis in axes:
            if not found.get(axis):
                raise RefusedModelError("parent", "", f"axis {axis} may not be empty")
        return ",".join(found[axis] for axis in axes)

    def _axes(self, rows: Sequence[Row], parents: dict[str, Parent]) -> list[Claim]:
        claims: list[Claim] = []
        for row in rows:
            try:
                claims += self._merge(row.item, None, parents)[1]
            except RefusedModelError:
                continue
        return claims

    @staticmethod
    def _load(transaction: Transaction, rows: Sequence[Row]) -> dict[str, Model]:
        codes = [row.item.code for row in rows]
        found = look_up(transaction, "product_model", "code", _COLUMNS, codes)
        return {row[0]: Model(*row) for row in found}

    @staticmethod
    def _store(transaction: Transaction, changed: dict[str, Model]) -> None:
        # Associations are another step's; an update leaves them alone.
        upsert(
            transaction,
            "product_model",
            _WRITTEN,
            kept=_WRITTEN[-2:],
            keys=("code",),
            rows=[(*m._replace(version=m.version + 1), "{}", "{}") for m in changed.values()],
        )


def _refuse_taken(claims: UniqueValues, model: Model, axes: Sequence[Claim]) -> None:
    if claims.taken(model.code, axes) is not None:
        why = f"{model.parent!r} has a model with the same axes already"
        raise RefusedModelError("parent", model.parent or "", why)
