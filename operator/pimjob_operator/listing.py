"""Stores what the API server says in the cache: full lists, and single events."""

import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pimjob_api.logs import reference_to
from pimjob_api.nesting import pruned
from pimjob_kube.client import Client
from pimjob_kube.objects import Object, version
from pimjob_kube.watching import pages
from pimjob_operator.kinds import Kind
from pimjob_operator.metrics import RECONCILES, WATCH_EVENT_TIMESTAMP
from pimjob_operator.objects import uid_of
from pimjob_operator.queue import WorkQueue

log = logging.getLogger("pimjob_operator.listing")

MOST_BEHIND = 500
"""How many objects one comparison brings. What else was missed, the next one finds."""


@dataclass(frozen=True)
class Difference:
    """What a list has and the cache has not, or older; and what only the cache has."""

    behind: tuple[Object, ...] = ()
    ghosts: Mapping[str, int] = field(default_factory=dict)
    """Their versions by UID."""
    version: str = ""
    """Where a watch goes on from here."""

    def __len__(self) -> int:
        return len(self.behind) + len(self.ghosts)


async def compare(
    client: Client, kind: Kind, namespace: str | None, fill: WorkQueue | None = None
) -> Difference:
    """List a kind, in a namespace or (None) in all, page by page: the list may be long.

    With a queue to `fill`, what a page brings is stored at once, and no object is in the answer:
    so many are there at a start that all of them, as they come, would not fit into memory.
    """
    # Read before the list: what is created meanwhile is no ghost.
    ghosts = kind.store.versions(namespace)
    behind: list[Object] = []
    at = ""
    async for page in pages(client, kind.path(namespace), kind.selector):
        at = at or page["metadata"]["resourceVersion"]
        for found in page.pop("items"):
            ghosts.pop(uid_of(found), None)
            if fill is not None:
                _take(kind, fill, found)
            elif len(behind) < MOST_BEHIND and is_behind(kind, found):
                behind.append(found)
    # A list may be older than what the watch has brought since.
    gone = {uid: known for uid, known in ghosts.items() if known <= int(at)}
    return Difference(tuple(behind), gone, at)


def settle(kind: Kind, queue: WorkQueue, difference: Difference) -> int:
    """Store a difference in the cache; return how much of it was still one."""
    corrected = 0
    for found in difference.behind:
        corrected += is_behind(kind, found)
        _take(kind, queue, found)
    for uid, known in difference.ghosts.items():
        if kind.store.version(uid) == known:
            _lose(kind, queue, uid, None)
            corrected += 1
    return corrected


def informed(kind: Kind, queue: WorkQueue, event: str, found: Object) -> None:
    """Handle the event of a watch, and have those reconciled whom it concerns."""
    WATCH_EVENT_TIMESTAMP.labels(kind.name).set(time.time())
    if event == "DELETED":
        _lose(kind, queue, uid_of(found), found)
    else:
        _take(kind, queue, found)


def stored(kind: Kind, found: Object) -> bool:
    """Store an object; return whether it is news. What one object holds harms no other.

    Of one that is nested so deep that it cannot be handled the rest is kept; so its reconcile
    can say what is wrong with it.
    """
    try:
        return kind.store.put(found)
    except RecursionError:
        return kind.store.put(pruned(found))
    except Exception:
        # Only a mistake of ours can come here: it is not to become everybody's trouble.
        log.exception("%s is not understood", reference_to(kind.name, found["metadata"]))
        RECONCILES.labels("error").inc()
        kind.unreadable[found["metadata"]["uid"]] = version(found)
        return False


def is_behind(kind: Kind, found: Object) -> bool:
    """Whether the cache should have this object, and has it not at all, or older."""
    known = kind.store.version(uid_of(found))
    if known is None:
        unread = kind.unreadable.get(uid_of(found), 0) < version(found)
        return unread and kind.store.wants(found)
    return known < version(found)


def _take(kind: Kind, queue: WorkQueue, found: Object) -> None:
    if stored(kind, found):
        enqueue(queue, kind.store.concerns(uid_of(found)))


def _lose(kind: Kind, queue: WorkQueue, uid: str, last: Object | None) -> None:
    concerned = set(kind.store.concerns(uid))
    kind.store.drop(uid, last)
    enqueue(queue, concerned.union(kind.store.concerns(uid)))


def enqueue(queue: WorkQueue, keys: Iterable[str]) -> None:
    """Have those reconciled whom a change concerns."""
    for key in keys:
        queue.add(key)
