"""The outbox as it is now: all PimNotifications, listed and watched."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from time import monotonic

from pimjob_api.names import KIND_PIMNOTIFICATION
from pimjob_kube import paths
from pimjob_kube.client import Client
from pimjob_kube.errors import RefusedError
from pimjob_kube.objects import Object, version
from pimjob_kube.watching import follow, pages
from pimjob_notifier.course import due
from pimjob_notifier.metrics import NAMESPACES_LEFT_OUT

RETRY_SECONDS = 2.0
LONGEST_RETRY_SECONDS = 60.0

log = logging.getLogger("pimjob_notifier.rows")


class Rows:
    """PimNotifications by UID; the rest of a row is dropped once nothing is to be sent."""

    def __init__(
        self,
        client: Client,
        *,
        changed: Callable[[Object], None],
        gone: Callable[[Object], None],
    ) -> None:
        """Make an empty one. Whoever is told of a row gets the latest that is known."""
        self._client = client
        self._changed = changed
        self._gone = gone
        self._rows: dict[str, Object] = {}
        self._heard: dict[str | None, float] = {}
        self._left_out: set[str | None] = set()
        """Namespaces that may not be read."""

    def all(self) -> list[Object]:
        """Return all rows."""
        return list(self._rows.values())

    def get(self, uid: str) -> Object | None:
        """Return a row if it is there."""
        return self._rows.get(uid)

    def put(self, found: Object) -> None:
        """Store a row unless a newer one is here."""
        known = self._rows.get(found["metadata"]["uid"])
        if known is not None and version(known) >= version(found):
            return
        self._rows[found["metadata"]["uid"]] = _slim(found)
        self._changed(found)

    def drop(self, found: Object) -> None:
        """Forget a row."""
        if self._rows.pop(found["metadata"]["uid"], None) is not None:
            self._gone(found)

    def most_silent(self) -> tuple[str | None, float]:
        """Return which namespace, or (None) all, was heard of least lately, and seconds since."""
        if not self._heard:
            return None, 0.0
        namespace = min(self._heard, key=self._heard.__getitem__)
        return namespace, monotonic() - self._heard[namespace]

    async def run(self, namespace: str | None, retry_seconds: float = RETRY_SECONDS) -> None:
        """List and watch a namespace, or (None) all, for ever.

        A namespace that may not be read (it was deleted, and the Role there with it) is left out,
        and tried again now and then: the others must not suffer from it.
        """
        pause = retry_seconds
        self._heard[namespace] = monotonic()
        while True:
            try:
                await follow(
                    self._client,
                    paths.pimnotifications(namespace),
                    kind=KIND_PIMNOTIFICATION,
                    fill=partial(self._fill, namespace),
                    handle=partial(self._handle, namespace),
                    required=namespace is not None,
                )
            except RefusedError as error:
                if namespace not in self._left_out:
                    log.warning("Namespace %s is left out: %s", namespace, error)
                    pause = retry_seconds
            self._leave_out(namespace)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_RETRY_SECONDS)

    def _leave_out(self, namespace: str | None) -> None:
        self._heard.pop(namespace, None)
        self._left_out.add(namespace)
        NAMESPACES_LEFT_OUT.set(len(self._left_out))
        for row in self.all():
            if row["metadata"]["namespace"] == namespace:
                self.drop(row)

    async def _fill(self, namespace: str | None) -> str:
        ghosts = {
            uid: row
            for uid, row in self._rows.items()
            if namespace in {None, row["metadata"]["namespace"]}
        }
        at = ""
        async for page in pages(self._client, paths.pimnotifications(namespace)):
            at = at or page["metadata"]["resourceVersion"]
            for found in page["items"]:
                ghosts.pop(found["metadata"]["uid"], None)
                self.put(found)
        for ghost in ghosts.values():
            self.drop(ghost)
        self._heard[namespace] = monotonic()
        self._left_out.discard(namespace)
        NAMESPACES_LEFT_OUT.set(len(self._left_out))
        return at

    def _handle(self, namespace: str | None, event: str, found: Object) -> None:
        self._heard[namespace] = monotonic()
        if event == "DELETED":
            self.drop(found)
        elif event != "BOOKMARK":
            self.put(found)


def _slim(row: Object) -> Object:
    """Keep what is said of those only that are still to be sent."""
    metadata = {
        name: row["metadata"][name]
        for name in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    }
    spec = row["spec"]
    if due(row) is None:
        spec = {"event": spec["event"], "resend": spec.get("resend", 0)}
    return {"metadata": metadata, "spec": spec, "status": row.get("status") or {}}
