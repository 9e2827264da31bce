"""Brings one PimJob closer to what it should be: reads the cache, decides, applies.

May be called at any time, any number of times, with a cache that is behind: what
it does again is refused or changes nothing.
"""

import logging
from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from pimjob_api.names import LABEL_JOB_UID, MANAGER_OPERATOR, type_object_name
from pimjob_api.phases import ENDED, Phase
from pimjob_operator.cache import Cache
from pimjob_operator.core.attempts import Attempt
from pimjob_operator.core.decision import Decision, decide
from pimjob_operator.core.job import job_name, job_of
from pimjob_operator.core.observed import Waiting, observe_job, observe_pod
from pimjob_operator.core.status import Status, body_of, owned, status_of, text
from pimjob_operator.core.world import JobTypeView, World
from pimjob_operator.kube import paths
from pimjob_operator.kube.client import Client
from pimjob_operator.kube.errors import ApiError, ConflictError, NotFoundError, RefusedError
from pimjob_operator.metrics import RECONCILE_SECONDS, RECONCILES
from pimjob_operator.parameters import SchemaError, parameter_errors
from pimjob_operator.queue import Again
from pimjob_operator.settings import Settings

REFUSED_SECONDS = 15.0

log = logging.getLogger("pimjob_operator.reconcile")


class Reconciler:
    """Reconciles PimJobs by UID."""

    def __init__(self, *, client: Client, cache: Cache, settings: Settings) -> None:
        self._client = client
        self._cache = cache
        self._settings = settings

    async def reconcile(self, uid: str) -> Again:
        """Reconcile one; never raises: a bad object must not stop the others."""
        began = perf_counter()
        try:
            again = await self._reconcile(uid)
            RECONCILES.labels("success").inc()
        except ApiError as error:
            log.warning("Reconcile of %s will be tried again: %s", uid, error)
            RECONCILES.labels("retry").inc()
            again = Again(failed=True)
        except Exception:
            log.exception("Reconcile of %s failed", uid)
            RECONCILES.labels("error").inc()
            again = Again(failed=True)
        RECONCILE_SECONDS.observe(perf_counter() - began)
        return again

    async def _reconcile(self, uid: str) -> Again:
        pimjob = self._cache.pimjobs.get(uid)
        if pimjob is None or "deletionTimestamp" in pimjob["metadata"]:
            return Again()
        world = self._world(pimjob)
        decision = decide(world)
        if decision is not None and decision.look_up_trouble:
            world = replace(world, trouble=await self._trouble(world, decision))
            decision = decide(world)
        if decision is None:
            return Again()
        if decision.delete is not None:
            path = paths.jobs(pimjob["metadata"]["namespace"], decision.delete.name)
            await self._client.delete(path, uid=decision.delete.uid)
        if decision.create is not None:
            decision = await self._create(world, decision)
        if decision.write:
            await self._write(world, decision)
        return Again(after=decision.again)

    def _world(self, pimjob: dict[str, Any]) -> World:
        uid = pimjob["metadata"]["uid"]
        jobs = [observe_job(job) for job in self._cache.jobs.get(uid, {}).values()]
        pods: dict[str, list[Any]] = {}
        for pod in self._cache.pods.get(uid, {}).values():
            owner = pod["metadata"].get("labels", {}).get("batch.kubernetes.io/job-name", "")
            pods.setdefault(owner, []).append(observe_pod(pod))
        return World(
            pimjob=pimjob,
            job_type=self._type_of(pimjob),
            jobs=jobs,
            pods=pods,
            trouble=None,
            now=datetime.now(UTC),
            settings=self._settings,
        )

    def _type_of(self, pimjob: dict[str, Any]) -> JobTypeView | None:
        name = pimjob["spec"]["type"]
        found = self._cache.types.get(type_object_name(name))
        if found is None:
            return None
        errors: list[str] = []
        if not (pimjob.get("status") or {}).get("attempts"):
            try:
                schema = found["spec"].get("parameters") or {}
                errors = parameter_errors(schema, pimjob["spec"].get("parameters") or {})
            except SchemaError as error:
                errors = [f"The PimJobType {name} has no valid JSON Schema: {error}"]
        return JobTypeView(name=name, spec=found["spec"], parameter_errors=errors)

    async def _create(self, world: World, decision: Decision) -> Decision:
        """Create the attempt's Job. What is there already is ours, or the number is skipped."""
        metadata = world.pimjob["metadata"]
        number = decision.create or 1
        try:
            created = await self._client.create(
                paths.jobs(metadata["namespace"]), job_of(world, number)
            )
        except ConflictError:
            path = paths.jobs(metadata["namespace"], job_name(metadata["name"], number))
            created = await self._client.get(path)
            if created["metadata"].get("labels", {}).get(LABEL_JOB_UID) != metadata["uid"]:
                return await self._create(world, replace(decision, create=number + 1))
        except RefusedError as error:
            reason = "QuotaExceeded" if "exceeded quota" in str(error) else "JobRefused"
            return replace(
                decision,
                phase=Phase.QUEUED,
                reason=reason,
                message=str(error),
                create=None,
                again=REFUSED_SECONDS,
            )
        self._cache.put_child(self._cache.jobs, created)
        attempt = Attempt(
            number=number,
            job=created["metadata"]["name"],
            retry=decision.retry,
            image=world.image,
            started=world.now.replace(microsecond=0),
        )
        return replace(decision, attempts=(*decision.attempts, attempt))

    async def _write(self, world: World, decision: Decision) -> None:
        """Write the operator's part of the status if it differs from what is known."""
        wanted = status_of(world, decision)
        if wanted == owned(world.status):
            return
        metadata = world.pimjob["metadata"]
        if decision.phase in ENDED:
            # Before the status: written twice it is the same Event, and the
            # status is what says that nothing is left to do.
            await self._announce(world, wanted)
        path = paths.pimjobs(metadata["namespace"], metadata["name"]) + "/status"
        try:
            written = await self._client.apply(
                path, body_of(world, wanted), manager=MANAGER_OPERATOR
            )
        except (NotFoundError, ConflictError):
            # Deleted, perhaps replaced by another of its name; the watch will say.
            return
        self._cache.put_pimjob(written)

    async def _announce(self, world: World, status: Status) -> None:
        """Post one Event about how the job ended."""
        metadata = world.pimjob["metadata"]
        now = text(world.now)
        name = f"{metadata['name'][:40]}.{metadata['uid'][:8]}.{status['observedRetry']}"
        body = {
            "metadata": {"name": f"{name}.{status['phase'].lower()}"},
            "involvedObject": {
                "apiVersion": "pimjobs.dev/v1alpha1",
                "kind": "PimJob",
                "name": metadata["name"],
                "namespace": metadata["namespace"],
                "uid": metadata["uid"],
            },
            "type": "Warning" if status["phase"] == Phase.FAILED else "Normal",
            "reason": status["reason"],
            "message": status["message"],
            "source": {"component": MANAGER_OPERATOR},
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        }
        try:
            await self._client.create(paths.events(metadata["namespace"]), body)
        except (ConflictError, NotFoundError, RefusedError):
            # Posted before, or a namespace that is going away.
            return

    async def _trouble(self, world: World, decision: Decision) -> Waiting | None:
        """Return the latest warning about the current attempt's Pod or Job."""
        namespace = world.pimjob["metadata"]["namespace"]
        job = decision.attempts[-1].job
        concerned = [pod.name for pod in world.pods.get(job, ())] or [job]
        for name in concerned:
            found = await self._client.get(
                paths.events(namespace), fieldSelector=f"involvedObject.name={name},type=Warning"
            )
            if found["items"]:
                latest = max(found["items"], key=_event_time)
                message = str(latest.get("message", ""))
                quota = "exceeded quota" in message
                reason = "QuotaExceeded" if quota else str(latest.get("reason", "Unknown"))
                return Waiting(reason=reason, message=message)
        return None


def _event_time(event: dict[str, Any]) -> str:
    times = (event.get("lastTimestamp"), event.get("eventTime"), event.get("firstTimestamp"))
    return next((str(time) for time in times if time), "")
