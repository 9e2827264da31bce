"""What an entity of the structure is, declared once: for files both ways, schemas, documents."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import cached_property
from typing import Any, Literal, NamedTuple

import msgspec

from pimjob_runner.catalogue.codes import Codes, code_set, equal
from pimjob_runner.catalogue.entities.field_types import CODE, FieldType, text
from pimjob_runner.catalogue.ignored_columns import is_ignored
from pimjob_runner.catalogue.locale_codes import is_locale
from pimjob_runner.catalogue.refusal import Problem
from pimjob_runner.catalogue.structure import Structure
from pimjob_runner.stores.database import Transaction

Data = dict[str, Any]
"""An entity without its keys, as it is stored."""

Reference = Literal[
    "attributes",
    "families",
    "locales",
    "own",
    "attribute_group",
    "category",
    "currency",
    "group_type",
    "locale",
]
"""Where a code is found: in a mapping of the structure (`locales` are the active ones), among
entities of the same kind (`own`), or in a table.
"""

EACH = "*"
"""In a path: the locale or channel of the column."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field of an entity. With `by` it has a column for each locale or channel."""

    name: str
    """Its column's; with `by` the column is `name-LOCALE` or `name-CHANNEL`."""
    type: FieldType
    by: Literal["locale", "channel"] | None = None
    path: tuple[str | int, ...] = ()
    """Where it is stored, if not under its name."""
    refers_to: Reference | None = None
    required: bool = False
    immutable: bool = False
    """Whether it stays as the entity was created."""
    derived: "Callable[[View, str], Any] | None" = None
    """Tells it of an entity's code, if it is stored with other entities only."""

    def where(self, qualifier: str) -> tuple[str | int, ...]:
        """Return where it is stored, for a locale or channel if it has one for each."""
        path = self.path or ((self.name, EACH) if self.by else (self.name,))
        return tuple(qualifier if step == EACH else step for step in path)


class Column(NamedTuple):
    """A column of a source: a field, and the locale or channel if the field has one for each."""

    name: str
    field: Field
    qualifier: str = ""


@dataclass
class View:
    """What a change is checked against: the structure as it is now."""

    structure: Structure
    known: Codes[Data]
    """All entities of the same kind. Of those with two keys: those that the chunk is about."""
    transaction: Transaction
    """For questions about what depends on the structure."""
    others: dict[tuple[str, str], Data] = dataclass_field(default_factory=dict)
    """Entities of other kinds that change along, by table and code."""
    _codes: dict[str, Codes[None]] = dataclass_field(default_factory=dict)

    def named(self, kind: Reference) -> Codes[Any]:
        """Return the entities of a kind by code."""
        match kind:
            case "attributes":
                return self.structure.attributes
            case "families":
                return self.structure.families
            case "locales":
                return self.structure.locales
            case "own":
                return self.known
            case _:
                return self.codes(kind)

    def codes(self, table: str) -> Codes[None]:
        """Return what a table has, with what is to be added to it."""
        if table not in self._codes:
            rows = self.transaction.query(f"SELECT code FROM {table} ORDER BY code")  # noqa: S608 - constants
            self._codes[table] = code_set(code for (code,) in rows)
            for code in (code for other, code in self.others if other == table):
                self._codes[table].put(code, None)
        return self._codes[table]

    def stored(self, table: str, code: str) -> Data:
        """Return an entity of another kind that is there, as it is by now."""
        if (table, code) in self.others:
            return self.others[table, code]
        sql = f"SELECT CAST(data AS TEXT) FROM {table} WHERE code = ?"  # noqa: S608 - constants
        ((text,),) = self.transaction.query(sql, (code,))
        found: Data = msgspec.json.decode(text)
        return found

    @cached_property
    def channel_trees(self) -> dict[str, str]:
        """Return the root category of each channel that has one."""
        found = {code: self.stored("channel", code).get("tree") for code in self.structure.channels}
        return {code: tree for code, tree in found.items() if tree}

    def change(self, other: "Dependant") -> None:
        """Change an entity of another kind along."""
        self.others[other.table, other.code] = other.data
        if other.table in self._codes:
            self._codes[other.table].put(other.code, None)


Rule = Callable[[View, Data, Data | None], Iterable[Problem]]
"""Called with what the entity would become, its keys among it, and with what it was."""


class Dependant(NamedTuple):
    """Another entity that changes along: its table, its code, and what it becomes."""

    table: str
    code: str
    data: Data


@dataclass(frozen=True, kw_only=True, eq=False)
class Entity:
    """A kind of structure: its table, its fields, its rules."""

    name: str
    """As in names of job types: `attribute_option`."""
    plural: str
    """For people: `attribute options`."""
    table: str
    keys: tuple[Field, ...] = (Field(name="code", type=CODE),)
    """What identifies it; columns of the file and of the table. The last is its own code."""
    fields: tuple[Field, ...] = ()
    rules: tuple[Rule, ...] = ()
    complete: Callable[[View, Data], Data] = lambda _view, data: data
    """Adds what follows from the rest."""
    dependants: Callable[[View, Data, Data | None], Iterable[Dependant]] = lambda *_: ()
    """Returns what changes along."""

    @property
    def parent(self) -> Field | None:
        """Return the field that points to an entity of the same kind, if it has one."""
        return next((f for f in self.fields if f.refers_to == "own"), None)

    def derived(self, view: View, code: str) -> Data:
        """Return the fields of an entity that are stored with others."""
        return {f.name: f.derived(view, code) for f in self.fields if f.derived is not None}

    def stored(self, data: Data) -> Data:
        """Return the fields of an entity that are stored with itself."""
        return {
            name: value
            for name, value in data.items()
            if not any(f.name == name and f.derived is not None for f in self.fields)
        }

    def column(self, name: str, structure: Structure) -> Column | None:
        """Return what a column means, None if nothing."""
        for field in (*self.keys, *self.fields):
            if field.by is None and name.casefold() == field.name.casefold():
                return Column(field.name, field)
            prefix = f"{field.name}-"
            if field.by is not None and name.casefold().startswith(prefix.casefold()):
                known = structure.locales if field.by == "locale" else structure.channels
                qualifier = known.spelling(name[len(prefix) :])
                if qualifier is not None:
                    return Column(f"{prefix}{qualifier}", field, qualifier)
        return None

    def ignores(self, name: str) -> bool:
        """Whether a column that means nothing may be there all the same.

        A label in a language that is in no channel is one of those: nobody would see it.
        """
        label, _, locale = name.partition("-")
        of_locale = any(f.by == "locale" and equal(f.name, label) for f in self.fields)
        return is_ignored(self.table, name) or (of_locale and is_locale(locale))

    def columns(self, structure: Structure) -> list[Column]:
        """Return every column, in the order of an export."""
        found = []
        for field in (*self.keys, *self.fields):
            parts: Iterable[str] = ("",)
            if field.by is not None:
                parts = sorted(structure.locales if field.by == "locale" else structure.channels)
            found += [Column(f"{field.name}-{p}" if p else field.name, field, p) for p in parts]
        return found

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of an entity as it is stored, its keys among it."""
        whole: dict[str, Any] = {}
        for field in (*self.keys, *self.fields):
            _describe(whole, field.where(EACH), field.type.schema)
        required = [f.name for f in (*self.keys, *self.fields) if f in self.keys or f.required]
        return {**whole, "required": required}


def get(data: Mapping[str, Any], path: Sequence[str | int]) -> Any:
    """Return what is stored at a path, None if nothing."""
    found: Any = data
    for step in path:
        if isinstance(step, int):
            found = found[step] if found is not None and step < len(found) else None
        else:
            found = None if found is None else found.get(step)
    return found


def put(data: Data, path: Sequence[str | int], value: Any) -> Data:
    """Return data with a value at a path; None takes away what is there."""
    changed = _put(data, path, value)
    return changed if isinstance(changed, dict) else {}


def _put(found: Any, path: Sequence[str | int], value: Any) -> Any:
    """Return a copy of what is at the beginning of a path, None if nothing is left of it."""
    if not path:
        return value
    step, *rest = path
    if isinstance(step, int):
        items = list(found or ())
        items += [{}] * (step + 1 - len(items))
        items[step] = _put(items[step], rest, value) or {}
        while items and not items[-1]:
            items.pop()
        return items or None
    members = dict(found or {})
    inner = _put(members.pop(step, None), rest, value)
    if inner is not None:
        members[step] = inner
    return members or None


def _describe(schema: dict[str, Any], path: Sequence[str | int], leaf: Mapping[str, Any]) -> None:
    """Put the schema of what is at a path into that of the whole."""
    if not path:
        schema.update(leaf)
        return
    step, *rest = path
    if isinstance(step, int):
        schema["type"] = "array"
        inner = schema.setdefault("items", {})
    elif step == EACH:
        schema["type"] = "object"
        inner = schema.setdefault("additionalProperties", {})
    else:
        schema |= {"type": "object", "additionalProperties": False}
        inner = schema.setdefault("properties", {}).setdefault(step, {})
    _describe(inner, rest, leaf)


def render(entity: Entity, column: Column, keys: Sequence[str], data: Data) -> str:
    """Return the cell of an entity in a column; empty where nothing is stored."""
    if column.field in entity.keys:
        return keys[entity.keys.index(column.field)]
    value = get(data, column.field.where(column.qualifier))
    return "" if value is None else column.field.type.render(value)


def labels(longest: int = 100) -> Field:
    """Return the field of labels, one for each locale."""
    return Field(name="label", type=text(longest), by="locale", path=("labels", EACH))
