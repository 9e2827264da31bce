"""What is kept of an object: what decisions look at, a fraction of it. Pure."""

from pimjob_api.names import ANNOTATION_IMAGE
from pimjob_kube.objects import Object
from pimjob_operator.core.observed import JOB_ENDS, ON_THE_WAY, POD_ENDS
from pimjob_operator.core.rollout import digest

_METADATA = (
    "name",
    "namespace",
    "uid",
    "generation",
    "resourceVersion",
    "deletionTimestamp",
    "creationTimestamp",
    "labels",
    "ownerReferences",
)
_POD_STATUS = ("phase", "reason", "message")
_POD_CONDITIONS = frozenset({("PodScheduled", "False"), ("DisruptionTarget", "True")})
_DEPLOYMENT_STATUS = ("observedGeneration", "replicas", "updatedReplicas", "availableReplicas")
_RUNNERS = frozenset(
    {"artifacts", "progress", "heartbeatTime", "step", "etaSeconds", "activeSeconds"}
)


def own_annotations(found: Object) -> Object:
    """Return those of our annotations that say how an attempt was made."""
    own = {
        key: value
        for key, value in (found["metadata"].get("annotations") or {}).items()
        if key == ANNOTATION_IMAGE
    }
    return {"annotations": own} if own else {}


def slim_metadata(found: Object) -> Object:
    """Return what identifies an object and chooses it."""
    return {key: found["metadata"][key] for key in _METADATA if key in found["metadata"]}


def slim_status(status: Object) -> Object:
    """Keep of each step how far it is: the rest, most of a status, is the runner's business."""
    slim = {key: value for key, value in status.items() if key not in _RUNNERS}
    if "steps" in slim:
        slim["steps"] = [{"processed": step.get("processed", 0)} for step in slim["steps"]]
    return slim


def slim_deployment(found: Object) -> Object:
    """Keep what tells a rollout: of the pod template, most of a Deployment, its digest."""
    spec, status = found["spec"], found.get("status") or {}
    slim = {key: status[key] for key in _DEPLOYMENT_STATUS if key in status}
    slim["conditions"] = [
        {"type": condition["type"], "status": condition["status"]}
        for condition in status.get("conditions") or ()
        if condition["type"] == "Progressing"
    ]
    return {
        "metadata": slim_metadata(found),
        "spec": {"replicas": spec.get("replicas", 1), "template": digest(spec["template"])},
        "status": slim,
    }


def slim_pod_status(found: Object) -> Object:
    """Return what tells how a pod's container fares, and who wants its place."""
    status = found.get("status") or {}
    slim = {key: status[key] for key in _POD_STATUS if key in status}
    if slim.get("phase") not in POD_ENDS:
        slim.pop("phase", None)
    slim["conditions"] = [
        condition
        for condition in status.get("conditions") or ()
        if (condition["type"], condition["status"]) in _POD_CONDITIONS
    ]
    slim["containerStatuses"] = [
        {"name": container["name"], "state": state}
        for container in status.get("containerStatuses") or ()
        if (state := _told(container.get("state") or {}))
    ]
    return slim


def slim_job_status(found: Object) -> Object:
    """Return whether a Job has finished, and how."""
    conditions = (found.get("status") or {}).get("conditions") or ()
    return {"conditions": [found for found in conditions if found["type"] in JOB_ENDS]}


def _told(state: Object) -> Object:
    """Return a container's state, nothing for one that is on its way as it should be."""
    waiting = state.get("waiting")
    return {} if waiting is not None and waiting.get("reason") in ON_THE_WAY else state
