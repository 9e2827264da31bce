"""What changes do to entities of the structure: the one writer of their tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import msgspec

from pimjob_runner.catalogue.codes import Codes, equal, fold
from pimjob_runner.catalogue.entities.entity import Column, Data, Entity, Field, View, get, put
from pimjob_runner.catalogue.locks import own_structure, raise_revision
from pimjob_runner.catalogue.refusal import Problem
from pimjob_runner.catalogue.structure import Structure, read_structure
from pimjob_runner.catalogue.values.cells import to_json
from pimjob_runner.catalogue.writing.rows import look_up_codes, upsert
from pimjob_runner.stores.database import Transaction

Keys = tuple[str, ...]


class EntityChange(NamedTuple):
    """What an entity shall become: the fields that are said, None for those to be cleared."""

    keys: Keys
    values: Mapping[Column, Any]


class EntityTable:
    """One kind of entity, as its writer sees it: what is there is read again where it has changed.

    It lives as long as a step; each chunk opens it with `changes`.
    """

    def __init__(self, entity: Entity) -> None:
        self.entity = entity
        self._structure: Structure | None = None
        self._known: Codes[Data] = Codes()

    def changes(self, transaction: Transaction, changes: Sequence[EntityChange]) -> "EntityChanges":
        """Take the structure's lock alone, and return what applies these changes."""
        revision = own_structure(transaction)
        if self._structure is None or self._structure.revision != revision:
            self._structure = read_structure(transaction, revision)
            self._known = _all(transaction, self.entity)
        return EntityChanges(self.entity, View(self._structure, self._known, transaction), changes)

    def written(self, changes: "EntityChanges") -> None:
        """Remember what was written, for the next chunk."""
        if self._structure is None or changes.others:
            self.forget()
        elif changes.revision is not None:
            self._structure = replace(self._structure, revision=changes.revision)

    def forget(self) -> None:
        """Read everything again: what was written was not committed, or is not remembered."""
        self._structure = None


class EntityChanges:
    """Applies the changes of one transaction, one after the other."""

    def __init__(self, entity: Entity, view: View, changes: Sequence[EntityChange]) -> None:
        self._entity = entity
        self._view = view
        self._changed: dict[Keys, Data] = {}
        self.revision: int | None = None
        """Of the structure after this; None if nothing has changed."""
        self._several = _some(view, entity, changes) if len(entity.keys) > 1 else None

    @property
    def others(self) -> Mapping[tuple[str, str], Data]:
        """Entities of other kinds that change along, by table and code."""
        return self._view.others

    def apply(self, change: EntityChange) -> str | list[Problem]:
        """Apply one change; return the counter to raise, or what is wrong with it."""
        problems: list[Problem] = []
        keys, before = self._find(change.keys)
        data = dict(before or {})
        for column, value in change.values.items():
            spelled = self._spelled(column, value)
            data = put(data, column.field.where(column.qualifier), spelled)
        named = self._entity.complete(self._view, data | self._named(keys))
        problems += _missing(self._entity, named)
        problems += _changed_for_good(self._entity, named, before)
        for rule in self._entity.rules:
            problems += rule(self._view, named, before)
        if problems:
            return list(dict.fromkeys(problems))
        after = {name: value for name, value in named.items() if name not in self._named(keys)}
        if after == before:
            return "unchanged"
        for other in self._entity.dependants(self._view, named, before):
            self._view.change(other)
        self._remember(keys, after)
        return "created" if before is None else "updated"

    def flush(self) -> None:
        """Write what has changed, and say that the structure has."""
        if not self._changed:
            return
        transaction, entity = self._view.transaction, self._entity
        names = tuple(key.name for key in entity.keys)
        keyed = ("code_key",) if len(entity.keys) > 1 else ()
        upsert(
            transaction,
            entity.table,
            (*names, "data", *keyed),
            keys=names,
            # Of those that differ by case only one has it, and keeps it.
            kept=keyed,
            rows=[
                (*keys, to_json(entity.stored(data)), *([self._key(keys)] if keyed else ()))
                for keys, data in self._changed.items()
            ],
        )
        for (table, code), data in self.others.items():
            rows = [(code, to_json(data))]
            upsert(transaction, table, ("code", "data"), keys=("code",), rows=rows)
        self.revision = raise_revision(transaction)

    def _key(self, keys: Keys) -> str | None:
        """Return what a new one is found by; nothing where another has it already."""
        key, codes = fold(keys[-1]), (self._several or {}).get(keys[:-1], Codes())
        rival = any(code != keys[-1] and fold(code) == key for code in codes)
        return None if rival else key

    def _find(self, keys: Keys) -> tuple[Keys, Data | None]:
        """Return the keys in their own spelling, and what is there."""
        if self._several is None:
            code = self._view.known.spelling(keys[0]) or keys[0]
            found = self._view.known.get(code)
            derived = {} if found is None else self._entity.derived(self._view, code)
            return (code,), None if found is None else found | derived
        outer = tuple(
            self._reference(field, key) or key
            for field, key in zip(self._entity.keys, keys[:-1], strict=False)
        )
        codes = self._several.get(outer, Codes())
        code = codes.spelling(keys[-1]) or keys[-1]
        return (*outer, code), codes.get(code)

    def _remember(self, keys: Keys, data: Data) -> None:
        self._changed[keys] = data
        known = self._view.known
        if self._several is not None:
            known = self._several.setdefault(keys[:-1], Codes())
        known.put(keys[-1], data)

    def _named(self, keys: Keys) -> Data:
        return {field.name: key for field, key in zip(self._entity.keys, keys, strict=True)}

    def _spelled(self, column: Column, value: Any) -> Any:
        """Return codes as they were created. Those that are not there are for the rules to say."""
        field = column.field
        if value is None or field.refers_to is None:
            return value
        if isinstance(value, list):
            return list(dict.fromkeys(self._reference(field, code) or code for code in value))
        return self._reference(field, value) or value

    def _reference(self, field: Field, code: str) -> str | None:
        if field.refers_to is None:
            return code
        return self._view.named(field.refers_to).spelling(code)


def _missing(entity: Entity, data: Data) -> Iterator[Problem]:
    """Yield what an entity cannot be without."""
    for field in entity.fields:
        if field.required and not get(data, field.where("")):
            yield Problem(field.name, "", "it may not be empty")


def _changed_for_good(entity: Entity, data: Data, before: Data | None) -> Iterator[Problem]:
    """Yield what cannot change any more."""
    if before is None:
        return
    for field in entity.fields:
        if not field.immutable:
            continue
        old, new = get(before, field.where("")), get(data, field.where(""))
        # A flag that is not set is the same as one that is not there.
        if (old or None) != (new or None) and not equal(str(old or ""), str(new or "")):
            cell = "" if new is None else field.type.render(new)
            was = "not set" if old in {None, False} else field.type.render(old)
            yield Problem(field.name, cell, f"it cannot be changed once it exists: it is {was}")


def _all(transaction: Transaction, entity: Entity) -> Codes[Data]:
    if len(entity.keys) > 1:
        return Codes()
    rows = transaction.query(
        f"SELECT code, CAST(data AS TEXT) FROM {entity.table} ORDER BY code"  # noqa: S608 - constants
    )
    return Codes((code, msgspec.json.decode(data)) for code, data in rows)


def _some(view: View, entity: Entity, changes: Sequence[EntityChange]) -> dict[Keys, Codes[Data]]:
    """Read those of several keys that changes name, by all keys but the last."""
    (outer, _) = entity.keys
    known = view.structure.attributes
    wanted: dict[str, set[str]] = {}
    for change in changes:
        name, code = change.keys
        wanted.setdefault(known.spelling(name) or name, set()).add(code)
    found: dict[Keys, Codes[Data]] = {}
    for name, codes in wanted.items():
        rows = look_up_codes(
            view.transaction,
            entity.table,
            "code",
            "code, CAST(data AS TEXT)",
            codes,
            where=f"{outer.name} = ?",
            bound=(name,),
        )
        found[name,] = Codes((code, msgspec.json.decode(data)) for code, data in rows)
    return found
