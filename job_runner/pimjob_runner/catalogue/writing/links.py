"""Associations of products and product models: loaded, set by changes, written together.

Products are pointed to by UUID, so an association outlives a new identifier.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, Literal, NamedTuple

import msgspec

from pimjob_runner.catalogue.codes import Codes
from pimjob_runner.catalogue.refusal import Problem
from pimjob_runner.catalogue.structure import Structure
from pimjob_runner.catalogue.values.cells import to_json
from pimjob_runner.catalogue.writing.model_table import MODEL
from pimjob_runner.catalogue.writing.product_table import PRODUCT
from pimjob_runner.catalogue.writing.rows import look_up, look_up_codes
from pimjob_runner.catalogue.writing.unit_of_work import UnitOfWork
from pimjob_runner.catalogue.writing.versioned import Table, lock_rows, update_rows
from pimjob_runner.stores.database import Transaction

OwnerKind = Literal["product", "product_model"]
TargetKind = Literal["products", "product_uuids", "product_models", "groups"]
_TABLES: Mapping[OwnerKind, Table] = {"product": PRODUCT, "product_model": MODEL}
_STORED = {"products": "product_uuids"}
"""Under which name targets are stored, if not under their own."""

Targets = dict[str, dict[str, Any]]
"""By association type, then by kind of target."""


Said = tuple[tuple[str, ...], tuple[int, ...] | None]
"""Codes of targets, and their amounts, if they have such."""


@dataclass(frozen=True)
class LinkField:
    """What a source says for each row: the targets of one association type and kind."""

    name: str
    type: str
    target: TargetKind

    @cached_property
    def stored(self) -> str:
        """Return under which name targets are stored."""
        return _STORED.get(self.target, self.target)


class LinkChange(NamedTuple):
    """What the associations of one product or model shall become; fields not named stay."""

    key: str
    """A code, an identifier or a UUID."""
    by_uuid: bool
    links: list[Said]
    """In the order of the mapping's fields."""


class Owner(NamedTuple):
    """Whose associations they are, as stored. JSON columns are canonical text."""

    key: str
    """A UUID, or a model's code."""
    associations: str
    quantified: str
    version: int
    """How many rows have changed it."""


@dataclass(frozen=True, kw_only=True)
class LinkMapping:
    """Whose associations are changed, and what is said of each."""

    kind: OwnerKind
    fields: Sequence[LinkField]


class LinkChanges:
    """Applies changes to the associations of what they name, one after the other."""

    def __init__(
        self, unit: UnitOfWork, mapping: LinkMapping, changes: Sequence[LinkChange]
    ) -> None:
        self._table = _TABLES[mapping.kind]
        self._owners: dict[bool, Codes[Owner]] = {True: Codes(), False: Codes()}
        """By whether they are named by UUID."""
        self._stored: dict[str, Owner] = {}
        self._changed: dict[str, Owner] = {}
        for by_uuid in (True, False):
            keys = [change.key for change in changes if change.by_uuid is by_uuid]
            self._load(unit, keys, by_uuid=by_uuid)
        self._known = _Known(unit.transaction, unit.structure, mapping.fields, changes)
        unit.add(self._flush)

    def apply(self, change: LinkChange) -> str | list[Problem]:
        """Apply one change; return the counter to raise, or what is wrong with its targets."""
        before = self._owners[change.by_uuid].get(change.key)
        if before is None:
            # Refused by the step before, which has said why.
            return "skipped"
        before = self._changed.get(before.key, before)
        problems = list(self._known.problems(change.links))
        if problems:
            return problems
        after = self._known.merged(before, change.links)
        if after == before:
            return "unchanged"
        after = after._replace(version=before.version + 1)
        self._changed[after.key] = after
        return "updated"

    def _load(self, unit: UnitOfWork, keys: Sequence[str], *, by_uuid: bool) -> None:
        own = "uuid" if by_uuid else "code" if self._table is MODEL else "identifier"
        columns = (
            f"CAST({own} AS TEXT), CAST({self._table.key} AS TEXT), CAST(associations AS TEXT),"
            " CAST(quantified_associations AS TEXT), version"
        )
        found = _look_up(unit.transaction, self._table.name, own, columns, keys)
        if unit.locks:
            found = lock_rows(unit.transaction, self._table, columns, [row[1] for row in found])
        for name, *row in found:
            owner = Owner._make(row)
            self._owners[by_uuid].add(name, owner)
            self._stored[owner.key] = owner

    def _flush(self, transaction: Transaction, now: str) -> None:
        update_rows(
            transaction,
            self._table,
            ("associations", "quantified_associations", "updated"),
            [
                (o.key, self._stored[o.key].version, o.version, o.associations, o.quantified, now)
                for o in self._changed.values()
            ],
        )


class _Known:
    """Which of the targets of some changes exist."""

    def __init__(
        self,
        transaction: Transaction,
        structure: Structure,
        fields: Sequence[LinkField],
        changes: Sequence[LinkChange],
    ) -> None:
        self._fields = fields
        wanted: dict[str, set[str]] = {}
        for number, field in enumerate(fields):
            codes = chain.from_iterable(change.links[number][0] for change in changes)
            wanted.setdefault(field.target, set()).update(codes)
        groups = Codes((code, code) for code in structure.groups)
        self._keys = {"groups": _spelled(wanted.get("groups", ()), groups)}
        """By kind of target: from a code as it is written to what is stored for it."""
        for target, table, own, stored in (
            ("products", "product", "identifier", "uuid"),
            ("product_uuids", "product", "uuid", "uuid"),
            ("product_models", "product_model", "code", "code"),
        ):
            columns, asked = f"CAST({own} AS TEXT), CAST({stored} AS TEXT)", wanted.get(target, ())
            found = _look_up(transaction, table, own, columns, sorted(asked))
            self._keys[target] = _spelled(asked, Codes((name, key) for name, key in found))

    def problems(self, links: Sequence[Said]) -> Iterable[Problem]:
        """Yield one problem per target that is not there."""
        for field, (codes, quantities) in zip(self._fields, links, strict=True):
            known = self._keys[field.target]
            for code in codes:
                if code not in known:
                    what = field.target.removesuffix("s").replace("_", " ")
                    yield Problem(field.name, code, f"there is no {what} {code!r}")
            if quantities is not None:
                yield from self._twice(field, codes)

    def _twice(self, field: LinkField, codes: Iterable[str]) -> Iterable[Problem]:
        """Yield a problem per target that has two amounts."""
        seen: set[str] = set()
        for code in codes:
            key = self._keys[field.target].get(code, code)
            if key in seen:
                yield Problem(field.name, code, f"{code!r} is there twice, with an amount each")
            seen.add(key)

    def merged(self, before: Owner, links: Sequence[Said]) -> Owner:
        """Set what is said; no target clears, the rest stays."""
        if before.quantified == "{}":
            # Most have no others: what is stored need not be taken apart.
            said = self._without_others(links)
            if said == before.associations:
                return before
            if said is not None and before.associations == "{}":
                return before._replace(associations=said)
        return self._merged(before, links)

    def _without_others(self, links: Sequence[Said]) -> str | None:
        """Return the associations of what has no others; None where there are amounts."""
        simple: Targets = {}
        for field, (codes, quantities) in zip(self._fields, links, strict=True):
            if quantities is not None:
                return None
            known, kinds = self._keys[field.target], simple.setdefault(field.type, {})
            keys = {known[code] for code in codes}
            kinds[field.stored] = sorted(keys.union(kinds.get(field.stored, ())))
        return to_json(_without_empty(simple))

    def _merged(self, before: Owner, links: Sequence[Said]) -> Owner:
        simple: Targets = msgspec.json.decode(before.associations)
        quantified: Targets = msgspec.json.decode(before.quantified)
        said: set[tuple[str, str]] = set()
        for field, (codes, quantities) in zip(self._fields, links, strict=True):
            known, stored = self._keys[field.target], field.stored
            keys = [known[code] for code in codes]
            # Identifiers and UUIDs may both be said: together they are the products.
            more = (field.type, stored) in said
            said.add((field.type, stored))
            # What an older runner wrote, by identifiers, is replaced as well.
            for types in (simple, quantified):
                if stored == "product_uuids":
                    types.get(field.type, {}).pop("products", None)
            if quantities is None:
                kinds = simple.setdefault(field.type, {})
                own = kinds.get(stored, []) if more else []
                kinds[stored] = sorted({*own, *keys})
            else:
                kinds = quantified.setdefault(field.type, {})
                own = kinds.get(stored, {}) if more else {}
                kinds[stored] = own | dict(zip(keys, quantities, strict=True))
        return before._replace(
            associations=to_json(_without_empty(simple)),
            quantified=to_json(_without_empty(quantified)),
        )


def _spelled(codes: Iterable[str], found: Codes[str]) -> dict[str, str]:
    """Return what is found for codes in any spelling, by the spelling in which they are asked."""
    return {code: found[code] for code in codes if code in found}


def _look_up(
    transaction: Transaction, table: str, own: str, columns: str, names: Sequence[str]
) -> list[tuple[Any, ...]]:
    """Read rows by UUID, or by an identifier or a code in any spelling."""
    if own == "uuid":
        return look_up(transaction, table, own, columns, set(names))
    return look_up_codes(transaction, table, own, columns, names)


def _without_empty(found: Targets) -> Targets:
    """Return associations without types that have no target at all."""
    return {code: targets for code, targets in found.items() if any(targets.values())}
