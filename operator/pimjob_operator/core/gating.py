"""What a release asks of a job: which gates keep it, and what its runner is told."""

from collections.abc import Sequence
from typing import Any

from pimjob_api.lifecycle import Situation, Standing, Step, is_held
from pimjob_api.phases import NEW_IMAGE, RELEASE_IN_PROGRESS, Phase
from pimjob_operator.core.attempts import Attempt
from pimjob_operator.core.observed import ObservedJob, Waiting
from pimjob_operator.core.world import World

NAMED = 2
"""Releases that a message names; more are counted."""


def is_gated(world: World, attempts: Sequence[Attempt]) -> bool:
    """Whether a gate concerns a job. An attempt that is being deleted for one leaves first."""
    return bool(world.gates) or _is_being_deleted(world, attempts)


def is_outdated(world: World, attempts: Sequence[Attempt]) -> bool:
    """Whether the type names another image than when the attempt under way was created."""
    job = _job_under_way(world, attempts)
    named = None if job is None or world.job_type is None else job.named_image
    return named is not None and named != world.image


def gate_of(
    world: World, situation: Situation, attempts: Sequence[Attempt]
) -> dict[str, Any] | None:
    """Return what the current attempt is told, None if it may go on or has left."""
    under_way = situation.standing in {Standing.STARTING, Standing.RUNNING}
    if not (under_way and is_held(situation)):
        return None
    names, told = _releases(world, situation), {"attempt": attempts[-1].number}
    return {"release": names[0], **told} if names else told


def explain_hold(world: World, situation: Situation, phase: Phase, step: Step) -> Waiting:
    """Say which release keeps a job, and what happens next."""
    names, what = _releases(world, situation), _what(world, situation, phase, step)
    if not names:
        return Waiting(reason=NEW_IMAGE, message=f"Its type has a new image. {what}")
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    which = " and ".join(names[:NAMED]) if not more else ", ".join(names[:NAMED])
    verb = "Release" if len(names) == 1 else "Releases"
    in_progress = f"{verb} {which}{more} in progress."
    return Waiting(reason=RELEASE_IN_PROGRESS, message=f"{in_progress} {what}")


def _what(world: World, situation: Situation, phase: Phase, step: Step) -> str:
    if phase is Phase.QUEUED:
        return "The job starts by itself afterwards."
    if phase is Phase.PAUSED:
        return "The job goes on by itself afterwards, where it was."
    if situation.standing is Standing.STARTING:
        return "The pod has not started; its Job is being deleted."
    if step is Step.END:
        allowed = f"{world.settings.obey_seconds:.0f} s"
        return f"The runner has not left within {allowed}; its Job is being deleted."
    return "The runner was asked to pause; it does so after the current chunk."


def _releases(world: World, situation: Situation) -> Sequence[str]:
    """Return the releases that keep a job; none if it makes room for a new image."""
    asked = world.asked.get("release")
    return world.gates or ((str(asked),) if asked and situation.gated else ())


def _is_being_deleted(world: World, attempts: Sequence[Attempt]) -> bool:
    job = _job_under_way(world, attempts)
    return job is not None and job.deleting and world.is_asked(job.number)


def _job_under_way(world: World, attempts: Sequence[Attempt]) -> ObservedJob | None:
    if not attempts or attempts[-1].outcome is not None:
        return None
    return next((job for job in world.jobs if job.number == attempts[-1].number), None)
