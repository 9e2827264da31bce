"""The attempts of a job, from what status remembers and what the cluster shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pimjob_api import bounds
from pimjob_api.phases import OutcomeKind
from pimjob_api.text import clip
from pimjob_operator.core.observed import ObservedJob, ObservedPod, newest, parse_time

CRASHED = "Crashed"
"""Outcome of an attempt that ended without one of its own."""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One attempt. `outcome` is None while it is under way."""

    number: int
    job: str
    retry: int = 0
    image: str | None = None
    pod: str | None = None
    started: datetime | None = None
    ended: datetime | None = None
    outcome: str | None = None
    reason: str | None = None
    message: str | None = None
    processed: int | None = None


def recorded(status: Mapping[str, Any]) -> list[Attempt]:
    """Read the attempts that status remembers."""
    return [
        Attempt(
            number=item["number"],
            job=item["job"],
            retry=item.get("retry", 0),
            image=item.get("image"),
            pod=item.get("pod"),
            started=_time(item.get("startTime")),
            ended=_time(item.get("endTime")),
            outcome=item.get("outcome"),
            reason=item.get("reason"),
            message=item.get("message"),
            processed=item.get("processed"),
        )
        for item in status.get("attempts") or ()
    ]


def with_created(
    attempts: Sequence[Attempt], jobs: Sequence[ObservedJob], retry: int
) -> list[Attempt]:
    """Add attempts whose Job exists but was not yet recorded: the operator died in between."""
    known = {attempt.number for attempt in attempts}
    added = [
        Attempt(number=job.number, job=job.name, retry=retry, image=job.image, started=job.created)
        for job in jobs
        if job.number not in known
    ]
    return sorted([*attempts, *added], key=lambda attempt: attempt.number)


def observe_end(
    attempt: Attempt,
    job: ObservedJob | None,
    pods: Sequence[ObservedPod],
    *,
    reported: int,
    now: datetime,
) -> Attempt:
    """Return the attempt with how it ended, if it has. `reported`: items committed so far."""
    if attempt.outcome is not None:
        return attempt
    pod = newest(pods)
    if pod is not None:
        attempt = replace(attempt, pod=pod.name)
    if pod is not None and pod.ended is not None:
        return _ended_pod(attempt, pod, reported)
    if job is None:
        return _crashed(attempt, "JobDeleted", "The Job is gone.", now, reported)
    if job.finished is not None and pod is None:
        message = f"The pod is gone: {job.finished.message}"
        return _crashed(attempt, "PodDeleted", message, now, reported)
    return attempt


def without_progress(attempts: Sequence[Attempt]) -> int:
    """Count the crashes at the end that moved nothing: only these use up the limit."""
    count = 0
    for index in range(len(attempts) - 1, -1, -1):
        attempt = attempts[index]
        if attempt.outcome != CRASHED or attempt.retry != attempts[-1].retry:
            break
        before = attempts[index - 1].processed or 0 if index else 0
        if (attempt.processed or 0) > before:
            break
        count += 1
    return count


def describe(attempt: Attempt) -> dict[str, Any]:
    """Return the attempt as it stands in status."""
    described: dict[str, Any] = {
        "number": attempt.number,
        "job": attempt.job,
        "retry": attempt.retry,
    }
    optional = {
        "pod": attempt.pod,
        "image": attempt.image,
        "startTime": _text(attempt.started),
        "endTime": _text(attempt.ended),
        "outcome": attempt.outcome,
        "reason": None if attempt.reason is None else clip(attempt.reason, bounds.WORD),
        "message": None if attempt.message is None else clip(attempt.message, bounds.MESSAGE),
        "processed": attempt.processed,
    }
    return described | {key: value for key, value in optional.items() if value is not None}


def _ended_pod(attempt: Attempt, pod: ObservedPod, reported: int) -> Attempt:
    if pod.outcome is not None:
        return replace(
            attempt,
            ended=pod.ended,
            outcome=pod.outcome.kind.value,
            reason=pod.outcome.reason,
            message=pod.outcome.message,
            processed=pod.outcome.processed,
        )
    reason = pod.failure.reason if pod.failure else "Error"
    message = pod.failure.message if pod.failure else ""
    return _crashed(attempt, reason, message, pod.ended, reported)


def _crashed(
    attempt: Attempt, reason: str, message: str, ended: datetime | None, reported: int
) -> Attempt:
    return replace(
        attempt, ended=ended, outcome=CRASHED, reason=reason, message=message, processed=reported
    )


def is_outcome(attempt: Attempt, *kinds: OutcomeKind) -> bool:
    """Whether the attempt ended in one of these ways."""
    return attempt.outcome in {kind.value for kind in kinds}


def _time(text: str | None) -> datetime | None:
    return None if text is None else parse_time(text)


def _text(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat().replace("+00:00", "Z")
