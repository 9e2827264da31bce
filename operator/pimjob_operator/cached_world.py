"""The world of one PimJob, as the cache has it."""

from datetime import UTC, datetime

from pimjob_api.names import type_object_name
from pimjob_kube.objects import Object
from pimjob_operator.cache import Cache
from pimjob_operator.core.observed import (
    ObservedJob,
    ObservedPod,
    controller_of,
    observe_job,
    observe_pod,
)
from pimjob_operator.core.selector import closed_gates
from pimjob_operator.core.world import JobTypeView, World
from pimjob_operator.settings import Settings
from pimjob_operator.slim import PARAMETERS


def world_of(
    pimjob: Object, cache: Cache, settings: Settings, confirmed: frozenset[str] = frozenset()
) -> World:
    """Return what a decision about this PimJob rests on now. `confirmed`: Jobs that were read."""
    jobs = cache.jobs.of(pimjob["metadata"]["uid"])
    pods: dict[str, list[ObservedPod]] = {}
    for job in jobs:
        found = [observe_pod(pod.unpacked()) for pod in cache.pods.of(job.uid) if pod.says]
        if found:
            pods.setdefault(job.name, []).extend(found)
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
    owner = controller_of(job)
    return owner is not None and bool(owner["uid"] == uid)


def _jobs_of(pimjob: Object, cache: Cache) -> list[ObservedJob]:
    """Return the Jobs of its attempts that are there."""
    jobs = cache.jobs.of(pimjob["metadata"]["uid"])
    return [observe_job(job.unpacked()) for job in jobs if not job.gone]


def _type_of(pimjob: Object, cache: Cache) -> JobTypeView | None:
    name = pimjob["spec"]["type"]
    found = cache.types.get(type_object_name(name))
    if found is None:
        return None
    verdict = cache.verdicts.get(pimjob["metadata"]["uid"])
    if PARAMETERS in pimjob and verdict is None:
        # The type has come while something else was read; nothing starts unchecked.
        return None
    return JobTypeView(
        name=name, spec=found["spec"], parameter_errors=verdict.errors if verdict else ()
    )
