"""Associations of products and product models: loaded, set by changes, written together.

Products are pointed to by UUID, so an association outlives a new identifier.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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


class Link(NamedTuple):
    """The targets of one association type and kind. Without amounts `quantities` is None."""

    field: str
    type: str
    target: TargetKind
    codes: tuple[str, ...]
    quantities: tuple[int, ...] | None


class LinkChange(NamedTuple):
    """What the associations of one product or model shall become; types not named stay."""

    key: str
    """A code, an identifier or a UUID."""
    by_uuid: bool
    links: list[Link]


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
    """Whose associations are changed, and how they are named."""

    kind: OwnerKind


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
        self._known = _Known(unit.transaction, unit.structure, changes)
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
        self, transaction: Transaction, structure: Structure, changes: Sequence[LinkChange]
    ) -> None:
        wanted: dict[str, set[str]] = {}
        for change in changes:
            for link in change.links:
                wanted.setdefault(link.target, set()).update(link.codes)
        self._known: dict[str, Codes[str]] = {
            "groups": Codes((code, code) for code in structure.groups)
        }
        for target, table, own, stored in (
            ("products", "product", "identifier", "uuid"),
            ("product_uuids", "product", "uuid", "uuid"),
            ("product_models", "product_model", "code", "code"),
        ):
            columns = f"CAST({own} AS TEXT), CAST({stored} AS TEXT)"
            found = _look_up(transaction, table, own, columns, sorted(wanted.get(target, ())))
            self._known[target] = Codes((name, key) for name, key in found)

    def problems(self, links: Iterable[Link]) -> Iterable[Problem]:
        """Yield one problem per target that is not there."""
        for link in links:
            for code in link.codes:
                if code not in self._known[link.target]:
                    what = link.target.removesuffix("s").replace("_", " ")
                    yield Problem(link.field, code, f"there is no {what} {code!r}")
            if link.quantities is not None:
                yield from self._twice(link)

    def _twice(self, link: Link) -> Iterable[Problem]:
        """Yield a problem per target that has two amounts."""
        seen: set[str] = set()
        for code in link.codes:
            key = self._known[link.target].get(code, code)
            if key in seen:
                yield Problem(link.field, code, f"{code!r} is there twice, with an amount each")
            seen.add(key)

    def merged(self, before: Owner, links: Iterable[Link]) -> Owner:
        """Set what is said; no target clears, the rest stays."""
        simple: Targets = msgspec.json.decode(before.associations)
        quantified: Targets = msgspec.json.decode(before.quantified)
        said: set[tuple[str, str]] = set()
        for link in links:
            found = self._known[link.target]
            keys = [found[code] for code in link.codes]
            stored = _STORED.get(link.target, link.target)
            # Identifiers and UUIDs may both be said: together they are the products.
            more = (link.type, stored) in said
            said.add((link.type, stored))
            # What an older runner wrote, by identifiers, is replaced as well.
            for types in (simple, quantified):
                if stored == "product_uuids":
                    types.get(link.type, {}).pop("products", None)
            if link.quantities is None:
                kinds = simple.setdefault(link.type, {})
                own = kinds.get(stored, []) if more else []
                kinds[stored] = sorted({*own, *keys})
            else:
                kinds = quantified.setdefault(link.type, {})
                own = kinds.get(stored, {}) if more else {}
                kinds[stored] = own | dict(zip(keys, link.quantities, strict=True))
        return before._replace(
            associations=to_json(_without_empty(simple)),
            quantified=to_json(_without_empty(quantified)),
        )


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
