"""What only one product may have: unique attributes, and axes under one parent.

Rows are judged in the order of the file, also within a chunk: a value that one
row gives up may be taken by the next, wherever a chunk happens to end.
"""

from collections import defaultdict
from collections.abc import Iterable

from pimjob_runner.catalogue.rows import insert_new, look_up
from pimjob_runner.stores.database import Transaction

Claim = tuple[str, str, str]
"""Kind, scope (attribute or parent), value."""


class UniqueValues:
    """The claims that matter to one chunk."""

    def __init__(
        self, transaction: Transaction, owners: Iterable[str], claims: Iterable[Claim]
    ) -> None:
        self._transaction = transaction
        columns = "kind, scope, value, owner"
        values = {value for _, _, value in claims}
        found = [
            *look_up(transaction, "unique_value", "owner", columns, sorted(set(owners))),
            *look_up(transaction, "unique_value", "value", columns, sorted(values)),
        ]
        self._before = {(kind, scope, value): owner for kind, scope, value, owner in found}
        self._now = dict(self._before)
        self._by_owner: defaultdict[str, set[Claim]] = defaultdict(set)
        for claim, owner in self._now.items():
            self._by_owner[owner].add(claim)

    def taken(self, owner: str, claims: Iterable[Claim]) -> Claim | None:
        """Return the first claim that somebody else has, None if the owner may have all."""
        for claim in claims:
            if self._now.get(claim, owner) != owner:
                return claim
        return None

    def set(self, owner: str, kinds: set[tuple[str, str | None]], claims: Iterable[Claim]) -> None:
        """Give an owner these claims, instead of those it had of these kinds.

        `kinds`: (kind, scope) of what is replaced; scope None: of any.
        """
        own = self._by_owner[owner]
        for claim in list(own):
            kind, scope, _ = claim
            if (kind, scope) in kinds or (kind, None) in kinds:
                own.discard(claim)
                del self._now[claim]
        for claim in claims:
            own.add(claim)
            self._now[claim] = owner

    def flush(self) -> None:
        """Write what has changed."""
        gone = [c for c, owner in self._before.items() if self._now.get(c) != owner]
        new = [(*c, owner) for c, owner in self._now.items() if self._before.get(c) != owner]
        if gone:
            self._transaction.execute_many(
                "DELETE FROM unique_value WHERE kind = ? AND scope = ? AND value = ?", gone
            )
        insert_new(self._transaction, "unique_value", ("kind", "scope", "value", "owner"), new)
