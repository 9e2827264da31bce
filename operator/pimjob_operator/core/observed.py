"""What the cluster shows of one attempt, read from Jobs and Pods into frozen values."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pimjob_api.names import ANNOTATION_IMAGE, RUNNER_CONTAINER
from pimjob_api.outcome import Outcome, parse_outcome
from pimjob_api.phases import DATABASE_UNAVAILABLE, POD_DELETED
from pimjob_operator.core.recordable import attempt_number, parse_time

Object = Mapping[str, Any]

KILLED = 137
"""Exit code after SIGKILL."""

ON_THE_WAY = frozenset({"ContainerCreating", "PodInitializing"})
"""Why a container waits that nothing keeps from starting."""

POD_ENDS = frozenset({"Failed", "Succeeded"})
"""Phases in which a pod runs no more."""

JOB_ENDS = frozenset({"Complete", "Failed"})
"""Conditions of a Job that is over."""

GONE = "gone"
"""Set by the cache on a Pod whose deletion it has seen: the last state is kept."""

_NUMBER = re.compile("[1-9][0-9]{0,8}")


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Why a pod does not run yet: a Kubernetes reason and message."""

    reason: str
    message: str


@dataclass(frozen=True, kw_only=True)
class ObservedPod:
    """A pod of an attempt."""

    name: str
    uid: str
    created: datetime
    node: str = ""
    running_since: datetime | None = None
    ended: datetime | None = None
    outcome: Outcome | None = None
    failure: Waiting | None = None
    """Why it ended, if not by an outcome of its own."""
    disruption: Waiting | None = None
    """Who in the cluster wanted it to leave: a drain, a preemption, a lost node."""
    waiting: Waiting | None = None
    gone_by: datetime | None = None
    """When it has to be gone, if it is being deleted: its grace period is included."""


@dataclass(frozen=True, kw_only=True)
class ObservedJob:
    """A batch/v1 Job of an attempt."""

    name: str
    uid: str
    number: int
    created: datetime
    image: str
    named_image: str | None = None
    """The image that its type named then. Another one may run: whoever admits Jobs may say so."""
    finished: Waiting | None = None
    """Its Complete or Failed condition."""
    deleting: bool = False


def observe_job(job: Object) -> ObservedJob:
    """Read a Job."""
    metadata = job["metadata"]
    finished = None
    for condition in job.get("status", {}).get("conditions") or ():
        if condition["type"] in JOB_ENDS and condition["status"] == "True":
            finished = Waiting(
                reason=condition.get("reason") or condition["type"],
                message=condition.get("message", ""),
            )
    return ObservedJob(
        name=metadata["name"],
        uid=metadata["uid"],
        number=attempt_of((controller_of(job) or {}).get("name", ""), metadata["name"]),
        created=parse_time(metadata["creationTimestamp"]),
        image=job["spec"]["template"]["spec"]["containers"][0]["image"],
        named_image=(metadata.get("annotations") or {}).get(ANNOTATION_IMAGE),
        finished=finished,
        deleting="deletionTimestamp" in metadata,
    )


def observe_pod(pod: Object) -> ObservedPod:
    """Read a Pod."""
    metadata, status = pod["metadata"], pod.get("status", {})
    state = _runner_state(status)
    deleted = metadata.get("deletionTimestamp")
    common = {
        "name": metadata["name"],
        "uid": metadata["uid"],
        "created": parse_time(metadata["creationTimestamp"]),
        "node": (pod.get("spec") or {}).get("nodeName", ""),
        "gone_by": parse_time(deleted) if deleted else None,
        "disruption": _disruption(status),
    }
    if "terminated" in state:
        return _terminated(common, status, state["terminated"])
    if pod.get(GONE) or status.get("phase") in POD_ENDS:
        # Deleted, or given up by a controller, without a word from its node.
        return ObservedPod(**common, ended=_last_change(common, status), failure=_loss(pod, status))
    if "running" in state:
        since = state["running"].get("startedAt") or metadata["creationTimestamp"]
        return ObservedPod(**common, running_since=parse_time(since))
    return ObservedPod(**common, waiting=_waiting(status, state))


def controller_of(found: Object) -> dict[str, Any] | None:
    """Return the owner reference to what controls an object."""
    owners = found["metadata"].get("ownerReferences") or ()
    return next((owner for owner in owners if owner.get("controller")), None)


def attempt_of(pimjob: str, job: str) -> int:
    """Return the number of the attempt of a PimJob that a Job is named after, 0 if it is none."""
    start = f"{pimjob}-"
    return attempt_number(job.removeprefix(start)) if job.startswith(start) else 0


def newest(pods: Sequence[ObservedPod]) -> ObservedPod | None:
    """Return the pod that speaks for an attempt: one with an outcome, else the newest."""
    with_outcome = [pod for pod in pods if pod.outcome is not None]
    return max(with_outcome or pods, key=lambda pod: pod.created, default=None)


def _runner_state(status: Object) -> Mapping[str, Any]:
    for container in status.get("containerStatuses") or ():
        if container["name"] == RUNNER_CONTAINER:
            state: Mapping[str, Any] = container.get("state") or {}
            return state
    return {}


def _terminated(common: dict[str, Any], status: Object, terminated: Object) -> ObservedPod:
    outcome = parse_outcome(terminated.get("message") or "")
    ended = terminated.get("finishedAt")
    failure = None
    if outcome is None:
        code = terminated.get("exitCode")
        text = (terminated.get("message") or status.get("message") or "").strip()
        away = text.startswith(f"{DATABASE_UNAVAILABLE}: ")
        tail = " ".join(text.split()) if away else _tail(text)
        removal = status.get("reason") or _removal(common, status, terminated) or "Error"
        failure = Waiting(
            reason=DATABASE_UNAVAILABLE if away else removal,
            message=f"exit code {code}" + (f": {tail}" if tail else ""),
        )
    started = terminated.get("startedAt")
    return ObservedPod(
        **common,
        running_since=None if started is None else parse_time(started),
        ended=parse_time(ended) if ended else common["created"],
        outcome=outcome,
        failure=failure,
    )


def _tail(text: str) -> str:
    """Return the last line: of a traceback it says what went wrong. Of a log it may be JSON."""
    line = (text.splitlines() or [""])[-1]
    try:
        return str(json.loads(line)["message"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return line


def _removal(common: dict[str, Any], status: Object, terminated: Object) -> str | None:
    """Return who killed a container that did not leave within its grace period; else its reason."""
    reason: str | None = terminated.get("reason")
    gone_by, ended = common["gone_by"], terminated.get("finishedAt")
    killed = terminated.get("exitCode") == KILLED and reason != "OOMKilled"
    if not killed or gone_by is None or not ended or parse_time(ended) < gone_by:
        return reason
    disruption = _disruption(status)
    return POD_DELETED if disruption is None else disruption.reason


def _loss(pod: Object, status: Object) -> Waiting:
    """Why a pod ended whose container never said so: eviction, a lost node, a deletion."""
    disruption = _disruption(status) or Waiting(reason="", message="")
    default = POD_DELETED if pod.get(GONE) else "PodFailed"
    return Waiting(
        reason=status.get("reason") or disruption.reason or default,
        message=status.get("message")
        or disruption.message
        or "The pod went away without leaving an outcome.",
    )


def _disruption(status: Object) -> Waiting | None:
    found = _condition(status, "DisruptionTarget", "True")
    if not found.get("reason"):
        return None
    return Waiting(reason=found["reason"], message=found.get("message", ""))


def _last_change(common: dict[str, Any], status: Object) -> datetime:
    """Return when a pod without a word of its own ended, as closely as can be told."""
    changes = [
        parse_time(condition["lastTransitionTime"])
        for condition in status.get("conditions") or ()
        if condition.get("lastTransitionTime")
    ]
    created: datetime = common["created"]
    return max(changes, default=created)


def _waiting(status: Object, state: Mapping[str, Any]) -> Waiting | None:
    unscheduled = _condition(status, "PodScheduled", "False")
    if unscheduled:
        return Waiting(
            reason=unscheduled.get("reason") or "Unschedulable",
            message=unscheduled.get("message", ""),
        )
    waiting = state.get("waiting")
    if waiting is None or waiting.get("reason") in ON_THE_WAY:
        return None
    return Waiting(reason=waiting.get("reason", ""), message=waiting.get("message", ""))


def _condition(status: Object, kind: str, value: str) -> Mapping[str, Any]:
    for condition in status.get("conditions") or ():
        if condition["type"] == kind and condition["status"] == value:
            found: Mapping[str, Any] = condition
            return found
    return {}
