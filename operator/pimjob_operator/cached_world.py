"""The world of one PimJob, as the cache has it."""

from datetime import UTC, datetime
from typing import Any

from pimjob_api.names import type_object_name
from pimjob_kube.objects import Object
from pimjob_operator.cache import Cache
from pimjob_operator.core.job import job_name
from pimjob_operator.core.observed import ObservedJob, observe_job, observe_pod
from pimjob_operator.core.selector import closed_gates
from pimjob_operator.core.world import JobTypeView, World
from pimjob_operator.objects import job_of_pod
from pimjob_operator.parameters import SchemaError, parameter_errors
from pimjob_operator.settings import Settings


def world_of(
    pimjob: Object, cache: Cache, settings: Settings, confirmed: frozenset[str] = frozenset()
) -> World:
    """Return what a decision about this PimJob rests on now. `confirmed`: Jobs that were read."""
    uid = pimjob["metadata"]["uid"]
    pods: dict[str, list[Any]] = {}
    for pod in cache.pods.get(uid, {}).values():
        pods.setdefault(job_of_pod(pod), []).append(observe_pod(pod))
    return World(
        pimjob=pimjob,
        job_type=_type_of(pimjob, cache),
        jobs=_jobs_of(pimjob, cache),
        pods=pods,
        trouble=None,
        now=datetime.now(UTC),
        settings=settings,
        confirmed=confirmed,
        gates=closed_gates(cache.releases.values(), pimjob),
    )


def has_unrecorded(pimjob: Object, cache: Cache) -> bool:
    """Whether a PimJob has an attempt that its status does not tell of yet."""
    recorded = (pimjob.get("status") or {}).get("attemptCount", 0)
    return any(job.number > recorded for job in _jobs_of(pimjob, cache))


def belongs_to(job: Object, uid: str) -> bool:
    """Whether a Job was made for the PimJob with this UID. Labels can be copied by anybody."""
    owners = job["metadata"].get("ownerReferences") or ()
    return any(owner["uid"] == uid and owner.get("controller") for owner in owners)


def _jobs_of(pimjob: Object, cache: Cache) -> list[ObservedJob]:
    """Return the Jobs of its attempts: theirs are name and number."""
    uid, name = pimjob["metadata"]["uid"], pimjob["metadata"]["name"]
    own = (job for job in cache.jobs.get(uid, {}).values() if belongs_to(job, uid))
    return [job for job in map(observe_job, own) if job.name == job_name(name, job.number)]


def _type_of(pimjob: Object, cache: Cache) -> JobTypeView | None:
    name = pimjob["spec"]["type"]
    found = cache.types.get(type_object_name(name))
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
