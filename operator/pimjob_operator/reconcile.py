"""Brings one PimJob closer to what it should be: reads the cache, decides, applies.

May be called at any time, any number of times, with a cache that is behind: what
it does again is refused or changes nothing.
"""

import contextlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pimjob_api.names import KIND_PIMJOB, LABEL_JOB_UID, type_object_name
from pimjob_api.phases import ENDED, DesiredState, OutcomeKind, Phase
from pimjob_kube import paths
from pimjob_kube.client import Client
from pimjob_kube.errors import ApiError, ConflictError, NotFoundError, RefusedError
from pimjob_operator.announce import announce
from pimjob_operator.answers import Answers
from pimjob_operator.cache import Cache
from pimjob_operator.cached_world import belongs_to, world_of
from pimjob_operator.core.attempts import Attempt, is_outcome
from pimjob_operator.core.decision import Decision, decide, is_over
from pimjob_operator.core.events import events_of
from pimjob_operator.core.job import job_name, job_of
from pimjob_operator.core.observed import ObservedJob, Waiting, observe_job
from pimjob_operator.core.recordable import parse_time
from pimjob_operator.core.status import is_news, status_of
from pimjob_operator.core.world import World
from pimjob_operator.guard import guarded
from pimjob_operator.neighbours import Neighbours
from pimjob_operator.outbox import Outbox
from pimjob_operator.preparation import prepare
from pimjob_operator.queue import Again
from pimjob_operator.settings import Settings
from pimjob_operator.statuses import Statuses
from pimjob_operator.trouble import latest_trouble

REFUSED_SECONDS = 15.0

log = logging.getLogger("pimjob_operator.reconcile")


class Reconciler:
    """Reconciles PimJobs by UID."""

    def __init__(
        self,
        *,
        client: Client,
        cache: Cache,
        settings: Settings,
        outbox: Outbox,
        answers: Answers,
        moved: Callable[[str], None] = lambda _namespace: None,
        starting: set[str] | None = None,
    ) -> None:
        """Make one. `moved` is told the namespace of each job whose status was written.

        `starting` has the UIDs of jobs of which an attempt is being made, until it is written down.
        """
        self._starting = set() if starting is None else starting
        self._client = client
        self._cache = cache
        self._settings = settings
        self._outbox = outbox
        self._answers = answers
        self._statuses = Statuses(client)
        self._neighbours = Neighbours(client, settings.namespace)
        self._moved = moved

    async def reconcile(self, uid: str) -> Again:
        """Reconcile one; never raises."""
        found = self._cache.pimjobs.get(uid)
        return await guarded(self._reconcile, uid, KIND_PIMJOB, found)

    async def _reconcile(self, uid: str) -> Again:
        pimjob = self._cache.pimjobs.get(uid)
        if pimjob is None or "deletionTimestamp" in pimjob["metadata"] or is_over(pimjob):
            return Again()
        if await self._neighbours.look_after(pimjob):
            return Again()
        await prepare(self._client, self._cache, pimjob)
        world = world_of(pimjob, self._cache, self._settings)
        decision = decide(world)
        if decision is not None and decision.confirm is not None:
            await self._read(pimjob["metadata"], decision.confirm)
            confirmed = frozenset({decision.confirm})
            world = world_of(pimjob, self._cache, self._settings, confirmed)
            decision = decide(world)
        if decision is not None and decision.look_up_trouble:
            world = replace(world, trouble=await self._trouble(world, decision.attempts[-1]))
            decision = decide(world)
        again = Again()
        if decision is not None:
            with self._making(uid, decision):
                if await self._rests_on_old(world, decision):
                    return await self._reconcile(uid)
                again = await self._carry_out(world, decision)
        # Last: a job must not wait for what it says.
        await self._outbox.tell_warnings(pimjob)
        return again

    @contextlib.contextmanager
    def _making(self, uid: str, decision: Decision) -> Iterator[None]:
        """Have it known that an attempt is being made: a release must not count it as waiting."""
        if decision.create is not None:
            self._starting.add(uid)
        try:
            yield
        finally:
            self._starting.discard(uid)

    async def _rests_on_old(self, world: World, decision: Decision) -> bool:
        """Read what must be known as it is into the cache; say whether that was news."""
        if _rests_on_spec(world, decision):
            metadata = world.pimjob["metadata"]
            found = await self._client.get(paths.pimjobs(metadata["namespace"], metadata["name"]))
            return self._cache.put_pimjob(found)
        if _rests_on_type(decision):
            name = type_object_name(world.spec["type"])
            selector = f"metadata.name={name}"
            listed = await self._client.get(paths.pimjobtypes(), fieldSelector=selector)
            return any(self._answers.put_type(found) for found in listed["items"])
        return False

    async def _carry_out(self, world: World, decision: Decision) -> Again:
        namespace = world.pimjob["metadata"]["namespace"]
        log.debug("%s", decision.summary())
        # Before the status: whoever is last to write has nothing left to do.
        for job in decision.prune:
            await self._prune(world.pimjob["metadata"], job)
        if decision.create is not None:
            decision = await self._create(world, decision)
        if decision.write:
            await self._write(world, decision)
        if decision.delete is not None:
            # Stays until its pods have left: nothing is stopped before they have.
            await self._delete(namespace, decision.delete, wait_for_pods=True)
        return Again(after=decision.again)

    async def _delete(self, namespace: str, job: ObservedJob, *, wait_for_pods: bool) -> None:
        path = paths.jobs(namespace, job.name)
        policy = "Foreground" if wait_for_pods else "Background"
        leaving = await self._client.delete(path, uid=job.uid, propagation=policy)
        if leaving is not None:
            # The end of its pods may be told of first: now it is known for what they ended.
            self._answers.put_deleted_job(leaving)

    async def _prune(self, metadata: dict[str, Any], job: ObservedJob) -> None:
        """Delete an old attempt's Job, if that can be done: trouble with it delays nothing."""
        try:
            await self._delete(metadata["namespace"], job, wait_for_pods=False)
        except ApiError as error:
            log.info("Job %s is not deleted yet: %s", job.name, error)
            return
        # The next decision comes before the event does, and would delete it again.
        self._cache.drop_job(job.uid)

    async def _read(self, metadata: dict[str, Any], job: str) -> None:
        """Read a Job and its pods into the cache: the watch may not have delivered them yet."""
        found: dict[str, Any] | None = None
        with contextlib.suppress(NotFoundError):
            found = await self._client.get(paths.jobs(metadata["namespace"], job))
        if found is not None and belongs_to(found, metadata["uid"]):
            self._cache.put_job(found)
        else:
            log.info("Job %s is gone.", job)
            self._cache.forget_job(metadata["uid"], job)
        selector = f"{LABEL_JOB_UID}={metadata['uid']}"
        listed = await self._client.get(paths.pods(metadata["namespace"]), labelSelector=selector)
        for pod in listed["items"]:
            self._cache.put_pod(pod)

    async def _create(self, world: World, decision: Decision) -> Decision:
        """Create the attempt's Job. What is there already is ours, or the number is skipped."""
        metadata = world.pimjob["metadata"]
        number = decision.create or 1
        try:
            created = await self._client.create(
                paths.jobs(metadata["namespace"]), job_of(world, number, decision.image)
            )
        except ConflictError:
            path = paths.jobs(metadata["namespace"], job_name(metadata["name"], number))
            created = await self._client.get(path)
            if not belongs_to(created, metadata["uid"]):
                log.warning("Job %s belongs to somebody else; its number is skipped.", path)
                return await self._create(world, replace(decision, create=number + 1))
            self._answers.put_job(created)
        except RefusedError as error:
            return _refused(decision, error)
        self._cache.put_job(created)
        attempt = Attempt(
            number=number,
            job=created["metadata"]["name"],
            retry=decision.retry,
            image=observe_job(created).image,
            # The API server's clock may be ahead of ours.
            started=min(parse_time(created["metadata"]["creationTimestamp"]), now()),
        )
        message = f"Attempt {number} is being started."
        return replace(decision, attempts=(*decision.attempts, attempt), message=message)

    async def _write(self, world: World, decision: Decision) -> None:
        """Write the operator's fields of the status if they differ from what is known."""
        wanted = status_of(world, decision)
        if not is_news(self._statuses.sayable(world.pimjob, wanted), world.status):
            return
        if decision.phase in ENDED:
            await self._outbox.tell_end(world.pimjob, wanted)
        for event in events_of(world, wanted):
            await announce(self._client, event)
        metadata = world.pimjob["metadata"]
        path = paths.pimjobs(metadata["namespace"], metadata["name"])
        try:
            written = await self._statuses.write(path, world.pimjob, KIND_PIMJOB, wanted)
        except NotFoundError:
            # Deleted unseen.
            self._cache.forget_pimjob(metadata["uid"])
            return
        except ConflictError:
            # A new one of its name, another operator that took it, a write that lost against
            # others, of which no event would come: it is read, and tried again.
            self._answers.put_read_pimjob(await self._client.get(path))
            raise
        self._answers.put_pimjob(written)
        self._moved(metadata["namespace"])

    async def _trouble(self, world: World, current: Attempt) -> Waiting | None:
        concerned = [pod.name for pod in world.pods.get(current.job, ())] or [current.job]
        namespace = world.pimjob["metadata"]["namespace"]
        return await latest_trouble(self._client, namespace, concerned)


def now() -> datetime:
    """Return the time in whole seconds, as the API server tells it."""
    return datetime.now(UTC).replace(microsecond=0)


def _rests_on_spec(world: World, decision: Decision) -> bool:
    """Whether the spec must be known as it is: a runner may have read it before the watch told.

    An attempt that was asked to pause is followed by another only if people want that; who asked
    for a stop is written down once.
    """
    paused = bool(decision.attempts) and is_outcome(decision.attempts[-1], OutcomeKind.PAUSED)
    resumes = decision.create is not None and paused
    wanted = world.spec.get("desiredState") == DesiredState.STOPPED
    return resumes or (decision.phase is Phase.STOPPED and not wanted)


def _rests_on_type(decision: Decision) -> bool:
    """Whether a job ends because its type refuses its parameters.

    The type may have been changed along with it, and the watch of types be behind.
    """
    return decision.phase is Phase.FAILED and not decision.attempts


def _refused(decision: Decision, error: RefusedError) -> Decision:
    """Wait where the API server refuses the Job: a quota, an admission policy."""
    quota = "exceeded quota" in str(error)
    return replace(
        decision,
        phase=Phase.QUEUED,
        reason="QuotaExceeded" if quota else "JobRefused",
        message=str(error),
        create=None,
        again=REFUSED_SECONDS,
    )
