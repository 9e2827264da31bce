"""Stores what the API server says in the cache: full lists, and single events."""

import logging
import time
from dataclasses import dataclass

from pimjob_api.logs import reference_to
from pimjob_api.nesting import pruned
from pimjob_kube.client import Client
from pimjob_kube.objects import Object, version
from pimjob_kube.watching import pages
from pimjob_operator.kinds import Kind
from pimjob_operator.metrics import RECONCILES, WATCH_EVENT_TIMESTAMP
from pimjob_operator.queue import WorkQueue

log = logging.getLogger("pimjob_operator.listing")


@dataclass(frozen=True)
class Difference:
    """What a list has and the cache has not, or older; and what only the cache has."""

    behind: tuple[Object, ...]
    ghosts: tuple[Object, ...]
    version: str
    """Where a watch goes on from here."""

    def __len__(self) -> int:
        return len(self.behind) + len(self.ghosts)


async def compare(client: Client, kind: Kind, namespace: str | None) -> Difference:
    """List a kind, in a namespace or (None) in all, page by page: the list may be long."""
    # Read before the list: what is created meanwhile is no ghost.
    ghosts = kind.known(namespace)
    behind, at = [], ""
    async for page in pages(client, kind.path(namespace), kind.selector):
        at = at or page["metadata"]["resourceVersion"]
        for found in page["items"]:
            ghosts.pop(found["metadata"]["uid"], None)
            if is_behind(kind, found):
                behind.append(found)
    # A list may be older than what the watch has brought since.
    gone = [ghost for ghost in ghosts.values() if version(ghost) <= int(at)]
    return Difference(tuple(behind), tuple(gone), at)


def settle(kind: Kind, queue: WorkQueue, difference: Difference) -> int:
    """Store a difference in the cache; return how much of it was still one."""
    corrected = 0
    for found in difference.behind:
        corrected += is_behind(kind, found)
        if stored(kind, found):
            enqueue(kind, queue, found)
    for ghost in difference.ghosts:
        if kind.find(ghost) is not ghost:
            continue
        kind.drop(ghost)
        enqueue(kind, queue, ghost)
        corrected += 1
    return corrected


def informed(kind: Kind, queue: WorkQueue, event: str, found: Object) -> None:
    """Handle the event of a watch, and have those reconciled whom it concerns."""
    WATCH_EVENT_TIMESTAMP.labels(kind.name).set(time.time())
    if event == "DELETED":
        kind.drop(found)
    elif not stored(kind, found):
        return
    enqueue(kind, queue, found)


def stored(kind: Kind, found: Object) -> bool:
    """Store an object; return whether it is news. What one object holds harms no other.

    Of one that is nested so deep that it cannot be handled the rest is kept; so its reconcile
    can say what is wrong with it.
    """
    try:
        return kind.put(found)
    except RecursionError:
        return kind.put(pruned(found))
    except Exception:
        # Only a mistake of ours can come here: it is not to become everybody's trouble.
        log.exception("%s is not understood", reference_to(kind.name, found["metadata"]))
        RECONCILES.labels("error").inc()
        kind.unreadable[found["metadata"]["uid"]] = version(found)
        return False


def is_behind(kind: Kind, found: Object) -> bool:
    """Whether the cache has this object not at all, or older."""
    known = kind.find(found)
    if known is None:
        return kind.unreadable.get(found["metadata"]["uid"], 0) < version(found)
    return version(known) < version(found)


def enqueue(kind: Kind, queue: WorkQueue, found: Object) -> None:
    """Have those reconciled whom an object concerns."""
    for uid in kind.concerns(found):
        queue.add(uid)
