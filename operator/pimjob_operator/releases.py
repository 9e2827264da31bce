"""Brings one PimRelease closer to what it should be, and wakes the jobs that it concerns.

The gate in force is the one in the status: it is written here, and read by the
reconciles of PimJobs. Whatever is lost (a job that was not woken, a count) is made up
for by the next reconcile, at the latest by the first one after a restart.
"""

import asyncio
import logging
from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pimjob_api.names import KIND_PIMRELEASE, type_object_name
from pimjob_kube import paths
from pimjob_kube.client import Client
from pimjob_kube.errors import ApiError, NotFoundError
from pimjob_kube.objects import Object
from pimjob_operator.announce import announce
from pimjob_operator.answers import Answers
from pimjob_operator.cache import RELEASE_PREFIX, Cache, release_key
from pimjob_operator.cached_world import has_unrecorded
from pimjob_operator.core.decision import is_over
from pimjob_operator.core.draining import ConcernedJob
from pimjob_operator.core.release import ReleaseWorld, Status, decide_release, is_settled
from pimjob_operator.core.release_text import events_of
from pimjob_operator.core.selector import concerns, is_closed
from pimjob_operator.core.status import text
from pimjob_operator.core.world import JobTypeView
from pimjob_operator.guard import guarded
from pimjob_operator.outbox import Outbox
from pimjob_operator.preparation import read_deployments
from pimjob_operator.queue import Again, WorkQueue
from pimjob_operator.statuses import Statuses

RECOUNT_SECONDS = 1.0
"""Between two counts of a release's jobs: each that changes may cost a write."""


log = logging.getLogger("pimjob_operator.releases")


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the jobs of a namespace were last woken for."""

    namespace: str
    closed: bool
    selector: Any


class ReleaseReconciler:
    """Reconciles PimReleases by their keys in the queue."""

    def __init__(
        self,
        *,
        client: Client,
        cache: Cache,
        queue: WorkQueue,
        outbox: Outbox,
        answers: Answers,
        starting: Container[str],
    ) -> None:
        """Make one. `starting`: the UIDs of jobs of which an attempt is being made."""
        self._starting = starting
        self._outbox = outbox
        self._answers = answers
        self._statuses = Statuses(client)
        self._client = client
        self._cache = cache
        self._queue = queue
        self._told: dict[str, Told] = {}

    async def reconcile(self, key: str) -> Again:
        """Reconcile one; never raises."""
        found = self._cache.releases.get(key.removeprefix(RELEASE_PREFIX))
        return await guarded(self._reconcile, key, KIND_PIMRELEASE, found)

    async def catch_up(self, namespace: str | None) -> None:
        """Make up, after a start, for releases that were deleted while nobody looked."""
        while True:
            try:
                await self._outbox.tell_deleted_releases(namespace)
            except ApiError as error:
                log.warning("Deleted PimReleases are not told yet: %s", error)
                await asyncio.sleep(RECOUNT_SECONDS)
            else:
                return

    def recount(self, namespace: str) -> None:
        """Have the jobs of those releases counted again that still wait for some."""
        for release in self._cache.releases_in(namespace):
            if not is_settled(release.get("status") or {}):
                self._queue.add_after(release_key(release), RECOUNT_SECONDS)

    async def _reconcile(self, key: str) -> Again:
        uid = key.removeprefix(RELEASE_PREFIX)
        release = self._cache.releases.get(uid)
        if release is None:
            if uid in self._told:
                await self._outbox.tell_deleted_releases(self._told[uid].namespace)
            self._wake(uid, None)
            return Again()
        # What jobs may have read of a gate that is seen for the first time.
        self._told.setdefault(uid, _told(release))
        await read_deployments(self._client, self._cache, release)
        world = self._world(release)
        decision = decide_release(world)
        if self._statuses.sayable(release, decision.status) != world.status:
            await self._outbox.tell_release(release, world.status, decision.status)
            for event in events_of(release, world.status, decision.status, text(world.now)):
                await announce(self._client, event)
            await self._write(release, decision.status)
        self._wake(uid, self._cache.releases.get(uid))
        return Again(after=decision.again)

    def _world(self, release: Object) -> ReleaseWorld:
        namespace = release["metadata"]["namespace"]
        return ReleaseWorld(
            release=release,
            deployments=self._cache.deployments_in(namespace),
            jobs=[
                self._concerned(pimjob)
                for pimjob in self._cache.pimjobs_in(namespace)
                if not is_over(pimjob) and concerns(release, pimjob)
            ],
            now=datetime.now(UTC),
        )

    def _concerned(self, pimjob: Object) -> ConcernedJob:
        """Return a job as a release sees it. Without its type, a job pauses if it may."""
        name, status = pimjob["spec"]["type"], pimjob.get("status") or {}
        found = self._cache.types.get(type_object_name(name), {"spec": {}})
        view = JobTypeView(name=name, spec=found["spec"], parameter_errors=())
        makes_room = view.yields and bool(status.get("pausable", view.pausable))
        uid = pimjob["metadata"]["uid"]
        may_run = uid in self._starting or has_unrecorded(pimjob, self._cache)
        return ConcernedJob(status=status, makes_room=makes_room, may_run=may_run)

    async def _write(self, release: Object, status: Status) -> None:
        metadata = release["metadata"]
        path = paths.pimreleases(metadata["namespace"], metadata["name"])
        try:
            written = await self._statuses.write(path, release, KIND_PIMRELEASE, status)
        except NotFoundError:
            # Deleted unseen. A conflict is tried again: it may be a new one of its name, or a
            # write that lost against others, of which no event would come.
            self._cache.forget_release(metadata["uid"])
            return
        self._answers.put_release(written)

    def _wake(self, uid: str, release: Object | None) -> None:
        """Have the namespace's jobs reconciled if the gate is not as they were last told."""
        told = self._told.pop(uid, None)
        now = None if release is None else _told(release)
        if now is not None:
            self._told[uid] = now
        changed = told != now and any(found.closed for found in (told, now) if found)
        if changed:
            self._add_jobs(next(found.namespace for found in (told, now) if found))

    def _add_jobs(self, namespace: str) -> None:
        for pimjob in self._cache.pimjobs_in(namespace):
            if not is_over(pimjob):
                self._queue.add(pimjob["metadata"]["uid"])


def _told(release: Object) -> Told:
    return Told(
        namespace=release["metadata"]["namespace"],
        closed=is_closed(release),
        selector=release["spec"].get("selector"),
    )
