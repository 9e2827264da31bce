"""Stores what the API server says in the cache: full lists, and single events."""

import time
from dataclasses import dataclass

from pimjob_kube.client import Client
from pimjob_kube.objects import Object, version
from pimjob_kube.watching import pages
from pimjob_operator.kinds import Kind
from pimjob_operator.metrics import WATCH_EVENT_TIMESTAMP
from pimjob_operator.queue import WorkQueue


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
        if kind.put(found):
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
    elif not kind.put(found):
        return
    enqueue(kind, queue, found)


def is_behind(kind: Kind, found: Object) -> bool:
    """Whether the cache has this object not at all, or older."""
    known = kind.find(found)
    return known is None or version(known) < version(found)


def enqueue(kind: Kind, queue: WorkQueue, found: Object) -> None:
    """Have those reconciled whom an object concerns."""
    for uid in kind.concerns(found):
        queue.add(uid)
