"""List and watch of one kind, for those whose events are many: Jobs and Pods.

kopf delivers the kinds that people write. For each event it builds what its other
handlers would need, 0.5 ms of CPU; a job has a score of events of its Job and Pod,
and this loop takes a tenth of that for each. See docs/decisions/0024.
"""

import asyncio
import logging
import random

from pimjob_kube.client import Client
from pimjob_kube.errors import ApiError, NotFoundError
from pimjob_operator.kinds import Kind
from pimjob_operator.listing import compare, informed, settle
from pimjob_operator.queue import KeyedQueue

SERVER_SECONDS = 300
"""After this time the API server ends a watch; the next one goes on from there."""
RETRY_SECONDS = 1.0

log = logging.getLogger("pimjob_operator.informer")


class Informer:
    """Keeps one kind in the cache, in one namespace or (None) in all."""

    def __init__(
        self, *, client: Client, kind: Kind, queue: KeyedQueue, namespace: str | None
    ) -> None:
        self._client = client
        self._kind = kind
        self._queue = queue
        self._namespace = namespace
        self._version = ""

    async def run(self) -> None:
        """List, then watch from there, for ever."""
        while True:
            try:
                if not self._version:
                    await self._list()
                await self._watch()
            except NotFoundError:
                # Gone: the version is too old to go on from.
                self._version = ""
            except ApiError as error:
                log.warning("%ss are not watched at the moment: %s", self._kind.name, error)
                await asyncio.sleep(RETRY_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 - jitter

    async def _list(self) -> None:
        difference = await compare(self._client, self._kind, self._namespace)
        settle(self._kind, self._queue, difference)
        self._version = difference.version

    async def _watch(self) -> None:
        query = {"resourceVersion": self._version, "timeoutSeconds": str(SERVER_SECONDS)}
        if self._kind.selector:
            query["labelSelector"] = self._kind.selector
        async for event in self._client.watch(self._kind.path(self._namespace), **query):
            found = event["object"]
            self._version = found["metadata"]["resourceVersion"]
            if event["type"] != "BOOKMARK":
                informed(self._kind, self._queue, event["type"], found)
