"""What the cluster shows of one attempt, read from Jobs and Pods into frozen values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pimjob_api.names import LABEL_ATTEMPT, RUNNER_CONTAINER
from pimjob_api.outcome import Outcome, parse_outcome

Object = Mapping[str, Any]


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
    running_since: datetime | None = None
    ended: datetime | None = None
    outcome: Outcome | None = None
    failure: Waiting | None = None
    """Why it ended, if not by an outcome of its own."""
    waiting: Waiting | None = None


@dataclass(frozen=True, kw_only=True)
class ObservedJob:
    """A batch/v1 Job of an attempt."""

    name: str
    uid: str
    number: int
    created: datetime
    image: str
    finished: Waiting | None = None
    """Its Complete or Failed condition."""
    deleting: bool = False


def observe_job(job: Object) -> ObservedJob:
    """Read a Job."""
    metadata = job["metadata"]
    finished = None
    for condition in job.get("status", {}).get("conditions") or ():
        if condition["type"] in {"Complete", "Failed"} and condition["status"] == "True":
            finished = Waiting(
                reason=condition.get("reason") or condition["type"],
                message=condition.get("message", ""),
            )
    return ObservedJob(
        name=metadata["name"],
        uid=metadata["uid"],
        number=int(metadata.get("labels", {}).get(LABEL_ATTEMPT, 0)),
        created=parse_time(metadata["creationTimestamp"]),
        image=job["spec"]["template"]["spec"]["containers"][0]["image"],
        finished=finished,
        deleting="deletionTimestamp" in metadata,
    )


def observe_pod(pod: Object) -> ObservedPod:
    """Read a Pod."""
    metadata, status = pod["metadata"], pod.get("status", {})
    state = _runner_state(status)
    terminated = state.get("terminated")
    common = {
        "name": metadata["name"],
        "uid": metadata["uid"],
        "created": parse_time(metadata["creationTimestamp"]),
    }
    if terminated is not None:
        return _terminated(common, status, terminated)
    if "running" in state:
        return ObservedPod(**common, running_since=parse_time(state["running"]["startedAt"]))
    if status.get("phase") == "Failed":
        failure = Waiting(
            reason=status.get("reason") or "PodFailed", message=status.get("message", "")
        )
        return ObservedPod(**common, ended=common["created"], failure=failure)
    return ObservedPod(**common, waiting=_waiting(status, state))


def newest(pods: Sequence[ObservedPod]) -> ObservedPod | None:
    """Return the pod that speaks for an attempt: one with an outcome, else the newest."""
    with_outcome = [pod for pod in pods if pod.outcome is not None]
    return max(with_outcome or pods, key=lambda pod: pod.created, default=None)


def parse_time(text: str) -> datetime:
    """Parse the API server's times."""
    return datetime.fromisoformat(text)


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
        # Of a traceback the last line says what went wrong.
        lines = (terminated.get("message") or status.get("message") or "").strip().splitlines()
        tail = lines[-1] if lines else ""
        failure = Waiting(
            reason=status.get("reason") or terminated.get("reason") or "Error",
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


def _waiting(status: Object, state: Mapping[str, Any]) -> Waiting | None:
    for condition in status.get("conditions") or ():
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            return Waiting(
                reason=condition.get("reason") or "Unschedulable",
                message=condition.get("message", ""),
            )
    waiting = state.get("waiting")
    if waiting is None or waiting.get("reason") in {"ContainerCreating", "PodInitializing"}:
        return None
    return Waiting(reason=waiting.get("reason", ""), message=waiting.get("message", ""))
