"""Reads what a decision needs and the cache does not have, because it is rare or large."""

import logging
from contextlib import suppress

from pimjob_api import bounds, nesting
from pimjob_api.names import type_object_name
from pimjob_api.text import clip
from pimjob_kube import paths
from pimjob_kube.client import Client
from pimjob_kube.errors import NotFoundError
from pimjob_kube.objects import Object
from pimjob_operator.cache import Cache, Verdict
from pimjob_operator.parameters import SchemaError, parameter_errors
from pimjob_operator.slim import PARAMETERS

log = logging.getLogger("pimjob_operator.reconcile")


async def prepare(client: Client, cache: Cache, pimjob: Object) -> None:
    """Make the cache complete for a decision about a PimJob."""
    await _claim_pods(client, cache, pimjob)
    await _check_parameters(client, cache, pimjob)


async def read_deployments(client: Client, cache: Cache, release: Object) -> None:
    """Read those that a PimRelease names and that are not kept: until then nobody named them."""
    namespace = release["metadata"]["namespace"]
    known = cache.deployments_in(namespace)
    for name in release["spec"].get("deployments") or ():
        if name not in known:
            path, selector = paths.deployments(namespace), f"metadata.name={name}"
            listed = await client.get(path, fieldSelector=selector)
            for found in listed["items"]:
                cache.put_deployment(found)


async def _claim_pods(client: Client, cache: Cache, pimjob: Object) -> None:
    """Find out about Pods of Jobs that nobody has seen: they may run, whoever deleted the Job."""
    metadata = pimjob["metadata"]
    for pod in cache.pods.unclaimed(metadata["uid"]):
        job = None
        with suppress(NotFoundError):
            job = await client.get(paths.jobs(metadata["namespace"], pod.controller_name))
        log.info("Pod %s is of Job %s, which is read.", pod.name, pod.controller_name)
        cache.resolve(pod, job)


async def _check_parameters(client: Client, cache: Cache, pimjob: Object) -> None:
    """Check a job's parameters by its type, once for each version of it, until it starts."""
    uid, name = pimjob["metadata"]["uid"], pimjob["spec"]["type"]
    found = cache.types.get(type_object_name(name))
    if PARAMETERS not in pimjob or found is None:
        return
    type_version = found["metadata"]["resourceVersion"]
    known = cache.verdicts.get(uid)
    if known is not None and known.type_version == type_version:
        return
    parameters = await _parameters(client, pimjob)
    try:
        errors = parameter_errors(found["spec"].get("parameters") or {}, parameters)
    except SchemaError as error:
        errors = [f"The PimJobType {name} has no valid JSON Schema: {error}"]
    short = tuple(clip(error, bounds.MESSAGE) for error in errors)
    if uid in cache.pimjobs:
        cache.verdicts[uid] = Verdict(type_version, short)


async def _parameters(client: Client, pimjob: Object) -> Object:
    if pimjob[PARAMETERS] is not None:
        kept: Object = nesting.loads(pimjob[PARAMETERS])
        return kept
    metadata = pimjob["metadata"]
    path = paths.pimjobs(metadata["namespace"], metadata["name"])
    found = await client.get(path)
    if found["metadata"]["uid"] != metadata["uid"]:
        raise NotFoundError(404, f"{path} is another PimJob by now")
    read: Object = found["spec"].get(PARAMETERS) or {}
    return read
