"""What has become of the jobs that a release concerns, counted from their statuses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pimjob_api.phases import ENDED, RELEASE_IN_PROGRESS, Phase

Object = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Jobs by what they do about a release."""

    running: int = 0
    draining: int = 0
    finishing: int = 0
    paused: int = 0
    held: int = 0

    @property
    def under_way(self) -> int:
        """Jobs that run, or may be about to."""
        return self.running + self.draining + self.finishing

    @property
    def waiting(self) -> int:
        """Jobs that a release keeps from running."""
        return self.paused + self.held


@dataclass(frozen=True, kw_only=True)
class ConcernedJob:
    """A job, as a release sees it."""

    status: Object
    makes_room: bool
    """Whether its type pauses for a release."""
    may_run: bool = False
    """Whether an attempt is being made, or was made, that its status does not tell of yet."""


def count(jobs: Iterable[ConcernedJob]) -> Counts:
    """Count jobs."""
    found = [_does(job) for job in jobs]
    names = ("running", "draining", "finishing", "paused", "held")
    return Counts(**{name: found.count(name) for name in names})


def _does(job: ConcernedJob) -> str:
    phase, reason = job.status.get("phase"), job.status.get("reason")
    if phase in {found.value for found in ENDED}:
        return "ended"
    if phase in {Phase.PAUSING, Phase.STOPPING}:
        return "draining"
    if phase in {Phase.PAUSED, Phase.QUEUED} and not job.may_run:
        held = "paused" if phase == Phase.PAUSED else "held"
        return held if reason == RELEASE_IN_PROGRESS else "waits for something else"
    # A new one without a phase may have been started a moment ago.
    return "running" if job.makes_room else "finishing"
