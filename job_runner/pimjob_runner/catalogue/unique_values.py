"""What only one product may have: unique attributes, and axes under one parent.

Rows are judged in the order of the file, also within a chunk: a value that one
row gives up may be taken by the next, wherever a chunk happens to end.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pimjob_runner.catalogue.rows import insert_new, look_up
from pimjob_runner.stores.database import Transaction


class Claim(NamedTuple):
    """A value that has one owner within its scope: an attribute, or a parent's children."""

    kind: str
    """`attribute` or `axes`."""
    scope: str
    value: str


class UniqueValues:
    """The claims that one chunk is about: looked up in bulk, changed in memory, then written."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._before: dict[Claim, str | None] = {}
        self._now: dict[Claim, str | None] = {}

    def load(self, claims: Iterable[Claim]) -> None:
        """Look up who has these claims, one query for each scope of attributes.

        There are few unique attributes and many parents, so claims below parents
        are looked up by parent.
        """
        values: dict[str, list[str]] = {}
        parents: dict[str, None] = {}
        for claim in claims:
            self._before[claim] = None
            if claim.kind == "axes":
                parents[claim.scope] = None
            else:
                values.setdefault(claim.scope, []).append(claim.value)
        for scope, wanted in values.items():
            self._query("value", wanted, "kind = ? AND scope = ?", ("attribute", scope))
        self._query("scope", list(parents), "kind = ?", ("axes",))
        self._now |= {c: owner for c, owner in self._before.items() if c not in self._now}

    def _query(self, key: str, wanted: Sequence[str], where: str, bound: Sequence[str]) -> None:
        columns = "kind, scope, value, owner"
        found = look_up(
            self._transaction, "unique_value", key, columns, wanted, where=where, bound=bound
        )
        self._before |= {Claim(kind, scope, value): owner for kind, scope, value, owner in found}

    def taken(self, owner: str, claims: Iterable[Claim]) -> Claim | None:
        """Return the first claim that somebody else has, None if the owner may have all."""
        for claim in claims:
            if self._owner(claim) not in {None, owner}:
                return claim
        return None

    def replace(self, owner: str, old: Iterable[Claim], new: Iterable[Claim]) -> None:
        """Give up what the owner had, take what it has now."""
        for claim in old:
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
        changed = [(c, self._before[c], now) for c, now in self._now.items()
                   if self._before[c] != now]  # fmt: skip
        gone = [claim for claim, before, _ in changed if before is not None]
        if gone:
            self._transaction.execute_many(
                "DELETE FROM unique_value WHERE kind = ? AND scope = ? AND value = ?", gone
            )
        new = [(*claim, now) for claim, _, now in changed if now is not None]
        insert_new(self._transaction, "unique_value", ("kind", "scope", "value", "owner"), new)
