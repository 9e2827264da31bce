"""What only one may have: values of unique attributes, and combinations of axes under one parent.

Rows are judged in the order of their source, also within a chunk: a value that one
row gives up may be taken by the next, wherever a chunk happens to end.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from pimjob_runner.catalogue.values.numbers import canonical
from pimjob_runner.catalogue.writing.rows import array_text, insert_new
from pimjob_runner.stores.database import Dialect, Transaction

_AMOUNT = re.compile(r'"amount":"([^"]+)"')


class Claim(NamedTuple):
    """A value that has one owner within its scope: an attribute, or a parent's children."""

    kind: str
    """`attribute` or `axes`."""
    scope: str
    value: str


def canonical_claim(claim: Claim) -> Claim:
    """Return a claim, of a number or of axes, with its numbers in their one stored form."""
    if claim.kind == "attribute":
        number = canonical(msgspec.json.decode(claim.value, type=str))
        return claim._replace(value=msgspec.json.encode(number).decode())
    if '"amount":' not in claim.value:
        return claim
    return claim._replace(value=_AMOUNT.sub(_canonical_amount, claim.value))


def both_forms(claim: Claim) -> set[Claim]:
    """Return what is given up with a combination of axes: also as older versions stored it."""
    return {claim, canonical_claim(claim)}


def _canonical_amount(found: re.Match[str]) -> str:
    return f'"amount":"{canonical(found[1])}"'


# Each claim is looked up in the index, one by one: for a join the whole table might be read.
_FIND: dict[Dialect, str] = {
    "postgresql": (
        "SELECT w.kind, w.scope, w.value, u.owner"
        " FROM unnest(?::text[], ?::text[], ?::text[]) AS w(kind, scope, value)"
        " CROSS JOIN LATERAL (SELECT owner FROM unique_value u WHERE u.kind = w.kind"
        " AND u.scope = w.scope AND u.value = w.value OFFSET 0) u"
    ),
    "sqlite": (
        "SELECT u.kind, u.scope, u.value, u.owner FROM json_each(?) w CROSS JOIN unique_value u"
        " ON u.kind = json_extract(w.value, '$[0]') AND u.scope = json_extract(w.value, '$[1]')"
        " AND u.value = json_extract(w.value, '$[2]')"
    ),
}
_DELETE_POSTGRESQL = (
    "DELETE FROM unique_value WHERE ctid = ANY(ARRAY(SELECT u.ctid"
    " FROM unnest(?::text[], ?::text[], ?::text[], ?::text[]) AS w(kind, scope, value, owner)"
    " CROSS JOIN LATERAL (SELECT ctid FROM unique_value u WHERE u.kind = w.kind"
    " AND u.scope = w.scope AND u.value = w.value AND u.owner = w.owner OFFSET 0) u))"
)
_DELETE_SQLITE = "DELETE FROM unique_value WHERE kind = ? AND scope = ? AND value = ? AND owner = ?"


class Claims:
    """The claims that one transaction is about: looked up in bulk, changed in memory, then written.

    `careful`: nothing is taken for granted, not even that an owner has what its values say.
    """

    def __init__(self, transaction: Transaction, *, careful: bool) -> None:
        self._transaction = transaction
        self._careful = careful
        self._before: dict[Claim, str | None] = {}
        self._now: dict[Claim, str | None] = {}

    def load(self, claims: Iterable[Claim]) -> None:
        """Look up who has these claims, all with one query."""
        wanted = [claim for claim in dict.fromkeys(claims) if claim not in self._before]
        if not wanted:
            return
        self._before |= dict.fromkeys(wanted)
        found = self._transaction.query(_FIND[self._transaction.dialect], self._bound(wanted))
        self._before |= {Claim(kind, scope, value): owner for kind, scope, value, owner in found}
        self._now |= {claim: self._before[claim] for claim in wanted}

    def taken(self, owner: str, claims: Iterable[Claim]) -> Claim | None:
        """Return the first claim that somebody else has, None if the owner may have all."""
        for claim in claims:
            if self._owner(claim) not in {None, owner}:
                return claim
        return None

    def replace(self, owner: str, old: Iterable[Claim], new: Iterable[Claim]) -> None:
        """Give up what the owner had, take what it has now."""
        for claim in old:
            if claim not in self._before and not self._careful:
                # It has what its values say: nobody needs to be asked.
                self._before[claim] = self._now[claim] = owner
            if self._owner(claim) == owner:
                self._now[claim] = None
        for claim in new:
            self._owner(claim)
            self._now[claim] = owner

    def _owner(self, claim: Claim) -> str | None:
        if claim not in self._now:
            self.load([claim])
        return self._now[claim]

    def flush(self) -> None:
        """Write what has changed. Raises ConflictError if another job took a value meanwhile."""
        changed = sorted(
            (claim, self._before[claim], now)
            for claim, now in self._now.items()
            if self._before[claim] != now
        )
        self._delete([(*claim, before) for claim, before, _ in changed if before is not None])
        new = [(*claim, now) for claim, _, now in changed if now is not None]
        insert_new(self._transaction, "unique_value", ("kind", "scope", "value", "owner"), new)

    def _delete(self, gone: Sequence[tuple[str, str, str, str]]) -> None:
        if not gone:
            return
        if self._transaction.dialect == "postgresql":
            self._transaction.execute(_DELETE_POSTGRESQL, self._bound(gone))
        else:
            self._transaction.execute_many(_DELETE_SQLITE, gone)

    def _bound(self, rows: Sequence[tuple[str, ...]]) -> list[Any]:
        if self._transaction.dialect == "postgresql":
            return [array_text(column) for column in zip(*rows, strict=True)]
        return [msgspec.json.encode(rows).decode()]
