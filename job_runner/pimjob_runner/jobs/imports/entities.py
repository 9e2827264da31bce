"""Imports of the catalogue's structure: one generic step, told what an entity is."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec

from pimjob_runner.catalogue.cells import CellError, to_json
from pimjob_runner.catalogue.header_error import HeaderError, nearest, refuse_all
from pimjob_runner.catalogue.ignored_columns import ignored_columns, is_ignored
from pimjob_runner.catalogue.rows import look_up, upsert
from pimjob_runner.catalogue.spelling import Spellings, fold
from pimjob_runner.catalogue.structure import Structure, load_structure
from pimjob_runner.catalogue.value_plan import CellProblem
from pimjob_runner.jobs.imports.failures import ends_the_job
from pimjob_runner.jobs.imports.header_facts import HeaderFacts
from pimjob_runner.jobs.imports.session import CsvSession, Refused, Row, Rows
from pimjob_runner.sdk import Chunk, ChunkResult, ItemSession, Position, StepContext
from pimjob_runner.stores.database import Transaction

Data = dict[str, Any]
Convert = Callable[[str], Any]
LABEL_PREFIX = "label-"


@dataclass
class View:
    """What a row is checked against: the structure, and what this job has written since."""

    structure: Structure
    known: dict[str, Data] = field(default_factory=dict)
    """Entities of the same kind by code; only where the entity asks for it."""


@dataclass(frozen=True, kw_only=True)
class Entity:
    """A kind of structure: its table, its columns, its rules."""

    table: str
    keys: tuple[str, ...]
    """Columns of the file that identify it; the table has the same."""
    fields: Mapping[str, Convert]
    """Other columns by name."""
    columns_by_channel: Mapping[str, Convert] = field(default_factory=dict)
    """Columns `NAME-channel`, by NAME."""
    check: Callable[[View, Data, Data | None], list[CellProblem]]
    """Called with what it would become and what it was."""
    finish: Callable[[View, Data], Data] = lambda _view, data: data
    """Completes it after merging."""
    load_known: bool = False


@ends_the_job()
def check_header(
    entity: Entity, columns: Sequence[str], structure: Structure
) -> list[tuple[str, Convert]]:
    """Return name and converter of each column, found whatever its case. Raises JobFailedError."""
    names = [_name(entity, column, structure) for column in columns]
    wrong = [HeaderError(key, "it is missing") for key in entity.keys if key not in names]
    wrong += [
        HeaderError(column, "it is there twice")
        for number, column in enumerate(columns)
        if names[number] in names[:number]
    ]
    found: list[tuple[str, Convert]] = []
    for name in names:
        try:
            found.append((name, _converter(entity, name, structure)))
        except HeaderError as error:
            wrong.append(error)
    refuse_all(wrong)
    return found


def header_facts(entity: Entity, columns: Sequence[str], structure: Structure) -> HeaderFacts:
    """Return what the validation wants to know. Raises JobFailedError."""
    names = [name for name, _ in check_header(entity, columns, structure)]
    return HeaderFacts(
        ignored=ignored_columns(entity.table, columns),
        keys=tuple(names.index(key) for key in entity.keys),
    )


def _name(entity: Entity, column: str, structure: Structure) -> str:
    """Return a column's name as it is spelled here, whatever its case in the file."""
    found = Spellings((*entity.keys, *entity.fields)).find(column)
    if found is not None:
        return found
    prefix, dash, rest = column.partition("-")
    if dash and fold(f"{prefix}-") == LABEL_PREFIX:
        return f"{LABEL_PREFIX}{Spellings(structure.locales).find(rest) or rest}"
    by_channel = Spellings(entity.columns_by_channel).find(prefix)
    if dash and by_channel is not None:
        return f"{by_channel}-{Spellings(structure.channels).find(rest) or rest}"
    return column


def _converter(entity: Entity, column: str, structure: Structure) -> Convert:
    if column in entity.keys:
        return str.strip
    if column in entity.fields:
        return entity.fields[column]
    if column.startswith(LABEL_PREFIX):
        return str
    name, _, channel = column.partition("-")
    if channel and name in entity.columns_by_channel:
        if channel not in structure.channels:
            raise HeaderError(column, f"there is no channel {channel!r}")
        return entity.columns_by_channel[name]
    if is_ignored(entity.table, column):
        return lambda _cell: None
    known = (*entity.keys, *entity.fields, "label-LOCALE")
    near = nearest(column, known)
    raise HeaderError(column, f"unknown{near or '; known are ' + ', '.join(known)}")


@dataclass(frozen=True)
class ImportEntities:
    """The import step of one kind of structure."""

    entity: Entity
    label: str
    name: str = "import"

    @contextmanager
    def open(self, context: StepContext, position: Position | None) -> Iterator[ItemSession]:
        """Open at a position."""
        with context.database.transaction() as transaction:
            view = View(load_structure(transaction))
            if self.entity.load_known:
                view.known = _load_known(transaction, self.entity.table)
        session = _Session(context, position, self.entity, view)
        try:
            yield session
        finally:
            session.close()


def _load_known(transaction: Transaction, table: str) -> dict[str, Data]:
    rows = transaction.query(f"SELECT code, CAST(data AS TEXT) FROM {table}")  # noqa: S608 - constants
    return {code: msgspec.json.decode(data) for code, data in rows}


class _Session(CsvSession):
    def __init__(
        self, context: StepContext, position: Position | None, entity: Entity, view: View
    ) -> None:
        super().__init__(context, position)
        self._entity = entity
        self._view = view
        self._plan = check_header(entity, self.columns, view.structure)

    def parse(self, cells: list[str]) -> Data | Refused:
        """Convert the cells; None for those that are empty and so clear what is there."""
        row: Data = {}
        problems = Refused()
        for (column, convert), cell in zip(self._plan, cells, strict=True):
            try:
                row[column] = convert(cell) if cell else None
            except CellError as error:
                problems.append(CellProblem(column, cell, str(error)))
        problems += [
            CellProblem(key, "", "it may not be empty")
            for key in self._entity.keys
            if not row.get(key)
        ]
        return problems or row

    def write(self, transaction: Transaction, chunk: Chunk) -> ChunkResult:
        """Merge each row into what is stored, in the order of the file."""
        rows: Rows = chunk.items[0]
        stored = self._stored(transaction, rows.items)
        result = ChunkResult()
        changed: dict[tuple[str, ...], Data] = {}
        for row in rows:
            key = tuple(row.item[name] for name in self._entity.keys)
            outcome, merged = self._merge(row, stored.get(key), rows, result)
            result.counters[outcome] = result.counters.get(outcome, 0) + 1
            if merged is not None:
                stored[key] = changed[key] = merged
                self._view.known[key[0]] = merged
        upsert(
            transaction,
            self._entity.table,
            (*self._entity.keys, "data"),
            keys=self._entity.keys,
            rows=[(*key, to_json(data)) for key, data in changed.items()],
        )
        return result

    def _merge(
        self, row: Row, before: Data | None, rows: Rows, result: ChunkResult
    ) -> tuple[str, Data | None]:
        """Return the counter to raise, and what to write if anything."""
        merged = self._entity.finish(self._view, _merged(before or {}, row.item))
        problems = self._entity.check(self._view, merged | _keys(self._entity, row), before)
        if problems:
            result.warnings += rows.refuse(row, problems)
            return "invalid", None
        stored = {k: v for k, v in merged.items() if k not in self._entity.keys}
        if before is not None and stored == before:
            return "unchanged", None
        return "created" if before is None else "updated", stored

    def _stored(
        self, transaction: Transaction, items: Sequence[Data]
    ) -> dict[tuple[str, ...], Data]:
        """Read what is there, one query for each value of all keys but the last."""
        *outer, last = self._entity.keys
        wanted: dict[tuple[str, ...], list[str]] = {}
        for item in items:
            own = tuple(item[name] for name in outer)
            wanted.setdefault(own, []).append(item[last])
        columns = f"{', '.join(self._entity.keys)}, CAST(data AS TEXT)"
        where = " AND ".join(f"{name} = ?" for name in outer)
        found = [
            row
            for own, codes in wanted.items()
            for row in look_up(
                transaction, self._entity.table, last, columns, codes, where=where, bound=own
            )
        ]
        return {tuple(row[:-1]): msgspec.json.decode(row[-1]) for row in found}


def _keys(entity: Entity, row: Row) -> Data:
    return {name: row.item[name] for name in entity.keys}


def _merged(before: Data, row: Data) -> Data:
    """Absent columns leave a field alone, empty cells clear it; labels merge by locale."""
    merged = dict(before)
    labels = dict(merged.pop("labels", {}))
    by_channel = {k: dict(v) for k, v in merged.items() if isinstance(v, dict)}
    merged |= by_channel
    for column, value in row.items():
        name, _, rest = column.partition("-")
        if column.startswith(LABEL_PREFIX):
            _set(labels, rest, value)
        elif rest and name == "requirements":
            _set(merged.setdefault(name, {}), rest, value)
        else:
            _set(merged, column, value)
    return merged | ({"labels": labels} if labels else {})


def _set(target: Data, key: str, value: Any) -> None:
    if value is None:
        target.pop(key, None)
    else:
        target[key] = value
