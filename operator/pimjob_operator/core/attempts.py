"""The attempts of a job, from what status remembers and what the cluster shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pimjob_api import bounds
from pimjob_api.outcome import Outcome
from pimjob_api.phases import DELETED, NODE_LOST, DesiredState, OutcomeKind
from pimjob_api.text import clip
from pimjob_operator.core.observed import ObservedJob, ObservedPod, Waiting, newest
from pimjob_operator.core.recordable import (
    attempt_number,
    parse_time,
    recordable_image,
    recordable_name,
)
from pimjob_operator.core.world import World

CRASHED = "Crashed"
"""Outcome of an attempt that ended without one of its own."""

UNSEEN = "Unseen"
"""Reason of one that was followed by another before anybody wrote down how it ended."""

LOST_AFTER = timedelta(seconds=30)
"""How long after its grace period a pod that is still there is taken for lost."""


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


def attempts_of(world: World, *, retry: int) -> tuple[Attempt, ...]:
    """Return all attempts, oldest first, with how they ended. `retry` is for unrecorded ones."""
    jobs = {job.number: job for job in world.jobs}
    known = _with_unrecorded(world, recorded(world.status), retry)
    found = [_observe_end(world, attempt, jobs.get(attempt.number)) for attempt in known]
    # The last one only: the end of one that was followed by another was certain then.
    if known and is_unclear(world, known[-1], jobs.get(known[-1].number)):
        found[-1] = known[-1]
    for index in range(len(found) - 1):
        found[index] = _with_an_end(world, found, index, jobs.get(found[index].number))
    return tuple(_by_our_clock(world, attempt) for attempt in found)


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


def is_outcome(attempt: Attempt, *kinds: OutcomeKind) -> bool:
    """Whether the attempt ended in one of these ways."""
    return attempt.outcome in {kind.value for kind in kinds}


def without_progress(attempts: Sequence[Attempt], *outcomes: str) -> int:
    """Count the attempts at the end that ended so and moved nothing, within one retry."""
    count = 0
    for index in range(len(attempts) - 1, -1, -1):
        attempt = attempts[index]
        if attempt.outcome not in outcomes or attempt.retry != attempts[-1].retry:
            break
        if progressed(attempts, index):
            break
        count += 1
    return count


def progressed(attempts: Sequence[Attempt], index: int) -> bool:
    """Whether more items were committed at the end of an attempt than at that of the one before."""
    before = attempts[index - 1].processed or 0 if index else 0
    return (attempts[index].processed or 0) > before


def describe(attempt: Attempt) -> dict[str, Any]:
    """Return the attempt as it stands in status."""
    described: dict[str, Any] = {
        "number": attempt.number,
        "job": attempt.job,
        "retry": attempt.retry,
    }
    optional = {
        "pod": None if attempt.pod is None else recordable_name(attempt.pod),
        "image": None if attempt.image is None else recordable_image(attempt.image),
        "startTime": _text(attempt.started),
        "endTime": _text(attempt.ended),
        "outcome": attempt.outcome,
        "reason": None if attempt.reason is None else clip(attempt.reason, bounds.WORD),
        "message": None if attempt.message is None else clip(attempt.message, bounds.MESSAGE),
        "processed": attempt.processed,
    }
    return described | {key: value for key, value in optional.items() if value is not None}


def _with_unrecorded(world: World, attempts: Sequence[Attempt], retry: int) -> list[Attempt]:
    """Add attempts that were created but not recorded: the operator died in between."""
    last = max((attempt.number for attempt in attempts), default=0)
    created = {
        job.number: Attempt(
            number=job.number, job=job.name, retry=retry, image=job.image, started=job.created
        )
        for job in world.jobs
    }
    # Earlier ones have left the status, which keeps the last few.
    added = {**_known_by_pods(world, retry), **created}
    news = [attempt for number, attempt in added.items() if number > last]
    return sorted([*attempts, *news], key=lambda attempt: attempt.number)


def _known_by_pods(world: World, retry: int) -> dict[int, Attempt]:
    """Return attempts by what is left of them when somebody has deleted their Jobs: their pods."""
    found = {}
    for job, pods in world.pods.items():
        number = attempt_number(job.removeprefix(f"{world.pimjob['metadata']['name']}-"))
        if pods and number:
            started = min(pod.created for pod in pods)
            found[number] = Attempt(number=number, job=job, retry=retry, started=started)
    return found


def _observe_end(world: World, attempt: Attempt, job: ObservedJob | None) -> Attempt:
    """Return the attempt with how it ended, if it has."""
    if attempt.outcome is not None:
        return attempt
    pod = newest(world.pods.get(attempt.job, ()))
    if pod is not None:
        attempt = replace(attempt, pod=pod.name)
        return _end_of_pod(world, attempt, job, pod)
    if attempt.job not in world.confirmed:
        # Only the API server itself can say that something is not there.
        return attempt
    if job is None:
        return _no_word(
            world, attempt, job, Waiting(reason="JobDeleted", message="No Job is left.")
        )
    if job.finished is not None:
        message = f"No pod is left: {job.finished.message}"
        # Nobody saw how it went: by itself, or because it was deleted.
        return _no_word(world, attempt, job, Waiting(reason="PodMissing", message=message))
    return attempt


def _with_an_end(
    world: World, attempts: Sequence[Attempt], index: int, job: ObservedJob | None
) -> Attempt:
    """End an attempt that was followed by another, and of which nothing is left that tells how."""
    attempt, following = attempts[index], attempts[index + 1]
    tells = world.pods.get(attempt.job) or (job is not None and job.finished is None)
    if attempt.outcome is not None or tells:
        return attempt
    return replace(
        attempt,
        ended=following.started or world.now.replace(microsecond=0),
        outcome=CRASHED,
        reason=UNSEEN,
        message=f"Attempt {following.number} followed it; how it ended is not known any more.",
        # What comes after it is not to look like progress.
        processed=attempts[index - 1].processed if index else 0,
    )


def _by_our_clock(world: World, attempt: Attempt) -> Attempt:
    """Return an attempt with times that have come: the clocks of nodes may be ahead, or behind.

    A back-off is reckoned from them. A Job's creation is told by the API server, so an attempt did
    not end before that.
    """
    now = world.now.replace(microsecond=0)
    started = attempt.started and min(attempt.started, now)
    ended = attempt.ended and min(attempt.ended, now)
    if started is not None and ended is not None:
        ended = max(started, ended)
    if (started, ended) == (attempt.started, attempt.ended):
        return attempt
    return replace(attempt, started=started, ended=ended)


def _end_of_pod(
    world: World, attempt: Attempt, job: ObservedJob | None, pod: ObservedPod
) -> Attempt:
    if pod.outcome is not None:
        why = _why(pod, pod.outcome)
        return replace(
            attempt,
            ended=pod.ended,
            outcome=_outcome(world, attempt, job, pod.outcome.kind).value,
            reason=why.reason,
            message=why.message,
            processed=pod.outcome.processed,
        )
    if pod.ended is not None:
        failure = pod.failure or Waiting(reason="Error", message="")
        return _no_word(world, attempt, job, failure, ended=pod.ended)
    if is_lost(pod, world.now):
        message = (
            f"Node {pod.node} does not answer. If the pod still runs there, its first commit"
            " is refused as soon as the next attempt has begun."
        )
        return _no_word(world, attempt, job, Waiting(reason=NODE_LOST, message=message))
    return attempt


def _why(pod: ObservedPod, outcome: Outcome) -> Waiting:
    """Return why an attempt ended. One that was interrupted doesn't know who wanted its place."""
    if outcome.kind is OutcomeKind.INTERRUPTED and pod.disruption is not None:
        return Waiting(
            reason=pod.disruption.reason, message=pod.disruption.message or outcome.message
        )
    return Waiting(reason=outcome.reason, message=outcome.message)


def _outcome(
    world: World, attempt: Attempt, job: ObservedJob | None, kind: OutcomeKind
) -> OutcomeKind:
    """Return how an attempt ended. One that was deleted for a release has paused."""
    deleted = kind is OutcomeKind.INTERRUPTED and (job is None or job.deleting)
    return OutcomeKind.PAUSED if deleted and world.is_asked(attempt.number) else kind


def is_unclear(world: World, attempt: Attempt, job: ObservedJob | None) -> bool:
    """Whether an attempt's pod has ended, perhaps because its Job was deleted on request.

    The watch of pods may be ahead of that of Jobs: that its Job is being deleted is not known yet.
    `decide` has the Job read before anything else.
    """
    pod = newest(world.pods.get(attempt.job, ()))
    certain = attempt.outcome is not None or attempt.job in world.confirmed
    if pod is None or certain or (job is not None and job.deleting):
        return False
    if pod.outcome is not None:
        return pod.outcome.kind is OutcomeKind.INTERRUPTED and world.is_asked(attempt.number)
    left = pod.ended is not None or is_lost(pod, world.now)
    return left and world.wish(attempt.number) is not DesiredState.RUNNING


def is_lost(pod: ObservedPod, now: datetime) -> bool:
    """Whether a pod should be gone since long: nobody on its node obeys the API server."""
    return pod.gone_by is not None and now >= pod.gone_by + LOST_AFTER


def _no_word(
    world: World,
    attempt: Attempt,
    job: ObservedJob | None,
    why: Waiting,
    *,
    ended: datetime | None = None,
) -> Attempt:
    """End an attempt that left no outcome: a crash, unless it was ended by the operator."""
    desired = world.wish(attempt.number)
    on_request = desired is not DesiredState.RUNNING and (job is None or job.deleting)
    return replace(
        attempt,
        ended=ended or world.now.replace(microsecond=0),
        outcome=desired.value if on_request else CRASHED,
        reason=DELETED if on_request else why.reason,
        # The same whoever was there to see how the pod went.
        message="It was ended by deleting its Job." if on_request else why.message,
        processed=world.reported,
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else parse_time(text)


def _text(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat().replace("+00:00", "Z")
