"""The outbox as it is now: all PimNotifications, listed and watched."""

import asyncio
import logging
import random
from collections.abc import Callable
from time import monotonic
from typing import Any

from pimjob_kube import paths
from pimjob_kube.client import Client
from pimjob_kube.errors import ApiError, NotFoundError
from pimjob_notifier.course import due

PAGE = 500
SERVER_SECONDS = 300
"""After this time the API server ends a watch; the next one goes on from there."""
RETRY_SECONDS = 1.0

Object = dict[str, Any]

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
        self.last_success = monotonic()

    def all(self) -> list[Object]:
        """Return all rows."""
        return list(self._rows.values())

    def get(self, uid: str) -> Object | None:
        """Return a row if it is there."""
        return self._rows.get(uid)

    def put(self, found: Object) -> None:
        """Take a row unless a newer one is here."""
        known = self._rows.get(found["metadata"]["uid"])
        if known is not None and _version(known) >= _version(found):
            return
        self._rows[found["metadata"]["uid"]] = _slim(found)
        self._changed(found)

    def drop(self, found: Object) -> None:
        """Forget a row."""
        if self._rows.pop(found["metadata"]["uid"], None) is not None:
            self._gone(found)

    async def run(self, namespace: str | None) -> None:
        """List and watch a namespace, or (None) all, for ever."""
        version = ""
        while True:
            try:
                version = version or await self._list(namespace)
                version = await self._watch(namespace, version)
            except ApiError as error:
                if isinstance(error, NotFoundError):
                    # Gone: the version is too old to go on from. Or the kind is not there yet.
                    version = ""
                log.warning("PimNotifications are not watched at the moment: %s", error)
                await asyncio.sleep(RETRY_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 - jitter

    async def _list(self, namespace: str | None) -> str:
        ghosts = {
            uid: row
            for uid, row in self._rows.items()
            if namespace in {None, row["metadata"]["namespace"]}
        }
        query, version = {"limit": str(PAGE)}, ""
        while True:
            page = await self._client.get(paths.pimnotifications(namespace), **query)
            version = version or str(page["metadata"]["resourceVersion"])
            for found in page["items"]:
                ghosts.pop(found["metadata"]["uid"], None)
                self.put(found)
            query["continue"] = page["metadata"].get("continue") or ""
            if not query["continue"]:
                break
        for ghost in ghosts.values():
            self.drop(ghost)
        self.last_success = monotonic()
        return version

    async def _watch(self, namespace: str | None, version: str) -> str:
        query = {"resourceVersion": version, "timeoutSeconds": str(SERVER_SECONDS)}
        async for event in self._client.watch(paths.pimnotifications(namespace), **query):
            self.last_success = monotonic()
            found = event["object"]
            version = str(found["metadata"]["resourceVersion"])
            if event["type"] == "DELETED":
                self.drop(found)
            elif event["type"] != "BOOKMARK":
                self.put(found)
        return version


def _version(row: Object) -> int:
    return int(row["metadata"]["resourceVersion"])


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
