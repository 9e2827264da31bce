"""The newest version of each object of one kind, slim, under a key of its own."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from pimjob_kube.objects import Object, version
from pimjob_operator.objects import differs, uid_of

REMEMBERED = 10_000
"""Deletions, and what is nobody's."""


class Keeper(Protocol):
    """What lists and watches fill: all that is kept of one kind. An object is known by its UID."""

    def wants(self, found: Object) -> bool:
        """Whether an object is kept at all."""

    def version(self, uid: str) -> int | None:
        """Return the version of an object that is here, None if it is not."""

    def versions(self, namespace: str | None) -> dict[str, int]:
        """Return those of all that are here, of a namespace or (None) of all."""

    def put(self, found: Object) -> bool:
        """Store an object unless a newer one is here or it is gone; say whether it is news."""

    def drop(self, uid: str, last: Object | None = None) -> None:
        """Forget an object that is deleted; `last`: what its deletion told of it."""

    def concerns(self, uid: str) -> Iterable[str]:
        """Return the keys of what to reconcile when an object changes."""


class Memory:
    """The UIDs that were added last. So many are enough: what comes late comes within seconds."""

    def __init__(self) -> None:
        self._uids: dict[str, None] = {}

    def add(self, uid: str) -> bool:
        """Remember one; return whether it is new."""
        if uid in self._uids:
            return False
        self._uids[uid] = None
        if len(self._uids) > REMEMBERED:
            del self._uids[next(iter(self._uids))]
        return True

    def __contains__(self, uid: str) -> bool:
        return uid in self._uids


class Store:
    """Objects of one kind, each as `slim` makes it."""

    def __init__(
        self,
        deleted: Memory,
        slim: Callable[[Object], Object],
        *,
        concerns: Callable[[Object], Iterable[str]],
        key: Callable[[Object], Any] = uid_of,
        wanted: Callable[[Object], bool] = lambda _found: True,
        progress: bool = True,
    ) -> None:
        """Make an empty one. `progress`: whether that of a runner is news."""
        self._deleted = deleted
        self._slim = slim
        self._concerns = concerns
        self._key = key
        self._wanted = wanted
        self._progress = progress
        self.kept: dict[Any, Object] = {}

    def wants(self, found: Object) -> bool:
        """Whether an object is kept at all. What was seen deleted is none any more."""
        return uid_of(found) not in self._deleted and self._wanted(found)

    def version(self, uid: str) -> int | None:
        """Return the version of an object that is here, None if it is not."""
        found = self.find(uid)
        return None if found is None else version(found)

    def versions(self, namespace: str | None) -> dict[str, int]:
        """Return those of all that are here, of a namespace or (None) of all."""
        here = self.kept.values() if namespace is None else self.within(namespace)
        return {uid_of(found): version(found) for found in here}

    def put(self, found: Object) -> bool:
        """Store an object unless a newer one is here or it is gone; say whether it is news."""
        key = self._key(found)
        known = self.kept.get(key)
        if not self.wants(found) or not is_newer(known, found):
            return False
        stored = self.kept[key] = self._slim(found)
        return known is None or differs(known, stored, progress=self._progress)

    def drop(self, uid: str, last: Object | None = None) -> None:  # noqa: ARG002 - see Keeper
        """Forget an object that is deleted: an event that it has overtaken brings nothing back."""
        self._deleted.add(uid)
        self.forget(uid)

    def forget(self, uid: str) -> None:
        """Forget an object that was not found. Should it be there after all, a list brings it."""
        found = self.find(uid)
        if found is not None:
            del self.kept[self._key(found)]

    def concerns(self, uid: str) -> Iterable[str]:
        """Return the keys of what to reconcile when an object changes."""
        found = self.find(uid)
        return () if found is None else self._concerns(found)

    def within(self, namespace: str) -> list[Object]:
        """Return the objects of a namespace."""
        found = self.kept.values()
        return [one for one in found if one["metadata"]["namespace"] == namespace]

    def find(self, uid: str) -> Object | None:
        """Return an object as it is kept, None if it is not."""
        if self._key is uid_of:
            return self.kept.get(uid)
        return next((found for found in self.kept.values() if uid_of(found) == uid), None)


def is_newer(known: Object | None, found: Object) -> bool:
    """Whether an object is newer than what is known under its key. Only its own versions count."""
    same = known is not None and uid_of(known) == uid_of(found)
    return not same or known is None or version(known) < version(found)
