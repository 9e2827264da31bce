"""What is kept of an object: what decisions look at, a fraction of it. Pure.

Whoever may create an object decides how large it is. What is kept is bounded whatever it holds.
"""

import json
import sys
from typing import Any

from pimjob_api.names import ANNOTATION_IMAGE
from pimjob_kube.objects import Object
from pimjob_operator.core.decision import is_over
from pimjob_operator.core.observed import JOB_ENDS, ON_THE_WAY, POD_ENDS
from pimjob_operator.core.rollout import digest

PARAMETERS = "parameters"
"""Of a PimJob that has not started: its parameters as JSON, None if they are too long to keep."""

_KEPT_PARAMETERS = 2_048
_KEPT_LABELS = 8_192
"""Characters of all labels together. Labels beyond that select nothing."""

_METADATA = (
    "name",
    "namespace",
    "uid",
    "generation",
    "resourceVersion",
    "deletionTimestamp",
    "creationTimestamp",
)
_ENDED_METADATA = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
_ENDED_SPEC = ("type", "profile", "retry")
_ENDED_STATUS = ("phase", "observedRetry", "completionTime")
_POD_STATUS = ("phase", "reason", "message")
_POD_CONDITIONS = frozenset({("PodScheduled", "False"), ("DisruptionTarget", "True")})
_DEPLOYMENT_STATUS = ("observedGeneration", "replicas", "updatedReplicas", "availableReplicas")
_RUNNERS = frozenset(
    {"artifacts", "progress", "heartbeatTime", "step", "etaSeconds", "activeSeconds"}
)


def slim_described(found: Object) -> Object:
    """Return what is kept of an object that people describe: what it says, not who wrote it."""
    return {
        "metadata": slim_metadata(found),
        "spec": found.get("spec") or {},
        "status": found.get("status") or {},
    }


def slim_pimjob(found: Object) -> Object:
    """Keep what is decided by. Of one that has ended next to nothing: a retry brings it whole."""
    spec, status = found.get("spec") or {}, found.get("status") or {}
    if is_over(found):
        return {
            "metadata": _shared(found["metadata"], _ENDED_METADATA),
            "spec": _shared(spec, _ENDED_SPEC),
            "status": _shared(status, _ENDED_STATUS),
        }
    kept: Object = {
        "metadata": slim_metadata(found) | _slim_labels(found),
        "spec": {key: value for key, value in spec.items() if key != PARAMETERS},
        "status": slim_status(status),
    }
    if not status.get("attempts"):
        # They are looked at before the first attempt, and never again.
        kept[PARAMETERS] = _text(spec.get(PARAMETERS) or {})
    return kept


def slim_metadata(found: Object) -> Object:
    """Return what identifies an object."""
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


def slim_pod(found: Object) -> tuple[Object, Object]:
    """Return where a pod runs, and how its container fares and who wants its place."""
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
    return {"nodeName": (found.get("spec") or {}).get("nodeName", "")}, slim


def slim_job(found: Object) -> tuple[Object, Object]:
    """Return what a Job runs, and whether it has finished, and how."""
    image = found["spec"]["template"]["spec"]["containers"][0]["image"]
    conditions = (found.get("status") or {}).get("conditions") or ()
    ends = [found for found in conditions if found["type"] in JOB_ENDS]
    return {"template": {"spec": {"containers": [{"image": image}]}}}, {"conditions": ends}


def slim_times(found: Object) -> Object:
    """Return when a Job or Pod came and goes, and how its attempt was made."""
    metadata = found["metadata"]
    kept = {k: metadata[k] for k in ("creationTimestamp", "deletionTimestamp") if k in metadata}
    image = (metadata.get("annotations") or {}).get(ANNOTATION_IMAGE)
    return kept if image is None else kept | {"annotations": {ANNOTATION_IMAGE: image}}


def packed(found: Object) -> str:
    """Return an object as text, which is a tenth of its size."""
    return json.dumps(found, separators=(",", ":"))


def _text(parameters: Object) -> str | None:
    try:
        text = packed(parameters)
    except (RecursionError, ValueError):
        return None
    return text if len(text) <= _KEPT_PARAMETERS else None


def _slim_labels(found: Object) -> Object:
    kept, left = {}, _KEPT_LABELS
    for key, value in (found["metadata"].get("labels") or {}).items():
        left -= len(key) + len(value)
        if left < 0:
            break
        kept[key] = value
    return {"labels": kept}


def _shared(found: Object, keys: tuple[str, ...]) -> Object:
    """Return some of an object. Words that thousands have in common are kept once."""
    return {key: _interned(found[key]) for key in keys if key in found}


def _interned(value: Any) -> Any:
    return sys.intern(value) if type(value) is str else value


def _told(state: Object) -> Object:
    """Return a container's state, nothing for one that is on its way as it should be."""
    waiting = state.get("waiting")
    return {} if waiting is not None and waiting.get("reason") in ON_THE_WAY else state
