"""A full list now and then, compared with the cache: heals what a watch has missed.

It also proves that the watch is alive. An object that the API server has had in
a newer version since the sweep before, and that the watch still has not
delivered, means that the watch is deaf.
"""

import asyncio
import logging
import time
from typing import Any

from pimjob_api.names import LABEL_JOB_UID
from pimjob_operator.cache import Cache, version
from pimjob_operator.kube import paths
from pimjob_operator.kube.client import Client
from pimjob_operator.kube.errors import ApiError
from pimjob_operator.metrics import JOBS, SWEEP_CORRECTIONS, SWEEP_TIMESTAMP
from pimjob_operator.queue import KeyedQueue

CONFIRM_SECONDS = 5.0
"""How long the watch may be behind a list before it counts as having missed something."""

log = logging.getLogger("pimjob_operator.sweep")


class Sweeper:
    """Lists PimJobs, Jobs and Pods, and corrects the cache."""

    def __init__(
        self,
        *,
        client: Client,
        cache: Cache,
        queue: KeyedQueue,
        namespaces: tuple[str, ...],
        period: float,
    ) -> None:
        self._client = client
        self._cache = cache
        self._queue = queue
        self._namespaces: tuple[str | None, ...] = namespaces or (None,)
        self._period = period
        self.last_success = time.monotonic()
        self.missed = 0
        """How many sweeps in a row had to correct something."""

    async def run(self) -> None:
        """Sweep for ever."""
        while True:
            await asyncio.sleep(self._period)
            try:
                await self.sweep()
            except ApiError as error:
                log.warning("Sweep failed: %s", error)
            self._count_jobs()

    async def sweep(self) -> int:
        """Sweep once; return how many objects the watch had missed."""
        listed = [await self._list(namespace) for namespace in self._namespaces]
        # An event may be on its way: only what is still different a while later was missed.
        await asyncio.sleep(CONFIRM_SECONDS)
        missed = 0
        for pimjobs, jobs, pods in listed:
            missed += sum(self._check_pimjob(found) for found in pimjobs)
            missed += sum(self._check_child(self._cache.jobs, found) for found in jobs)
            missed += sum(self._check_child(self._cache.pods, found) for found in pods)
        missed += self._drop_ghosts(listed)
        SWEEP_CORRECTIONS.inc(missed)
        SWEEP_TIMESTAMP.set(time.time())
        self.last_success = time.monotonic()
        self.missed = self.missed + 1 if missed else 0
        return missed

    async def _list(self, namespace: str | None) -> tuple[list[Any], list[Any], list[Any]]:
        pimjobs = await self._client.get(paths.pimjobs(namespace), resourceVersion="0")
        selector = {"labelSelector": LABEL_JOB_UID, "resourceVersion": "0"}
        jobs = await self._client.get(paths.jobs(namespace), **selector)
        pods = await self._client.get(paths.pods(namespace), **selector)
        return pimjobs["items"], jobs["items"], pods["items"]

    def _check_pimjob(self, found: dict[str, Any]) -> bool:
        uid = found["metadata"]["uid"]
        known = self._cache.pimjobs.get(uid)
        if known is not None and version(known) >= version(found):
            return False
        self._cache.put_pimjob(found)
        self._queue.add(uid)
        return True

    def _check_child(self, children: Any, found: dict[str, Any]) -> bool:
        uid = found["metadata"]["labels"][LABEL_JOB_UID]
        known = children[uid].get(found["metadata"]["uid"])
        if known is not None and version(known) >= version(found):
            return False
        if uid not in self._cache.pimjobs:
            # Its PimJob is gone; the garbage collector is at work.
            children.pop(uid, None)
            return False
        self._cache.put_child(children, found)
        self._queue.add(uid)
        return True

    def _drop_ghosts(self, listed: list[tuple[list[Any], list[Any], list[Any]]]) -> int:
        """Forget what is in the cache and was deleted while the watch was broken."""
        alive = {o["metadata"]["uid"] for kinds in listed for kind in kinds for o in kind}
        newest = max((version(o) for kinds in listed for kind in kinds for o in kind), default=0)
        dropped = 0
        for uid, known in list(self._cache.pimjobs.items()):
            if uid not in alive and version(known) <= newest:
                self._cache.drop_pimjob(uid)
                dropped += 1
        for children in (self._cache.jobs, self._cache.pods):
            for uid, members in list(children.items()):
                for member, known in list(members.items()):
                    if member not in alive and version(known) <= newest:
                        del members[member]
                        self._queue.add(uid)
                        dropped += 1
        return dropped

    def _count_jobs(self) -> None:
        JOBS.clear()
        for pimjob in self._cache.pimjobs.values():
            phase = (pimjob.get("status") or {}).get("phase", "Queued")
            JOBS.labels(pimjob["metadata"]["namespace"], pimjob["spec"]["type"], phase).inc()
