"""Everything that a decision about one PimJob may look at, frozen at one moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pimjob_api.phases import DesiredState, Phase
from pimjob_operator.core.observed import ObservedJob, ObservedPod, Waiting
from pimjob_operator.core.recordable import recordable_count
from pimjob_operator.settings import Settings


@dataclass(frozen=True, kw_only=True)
class JobTypeView:
    """What the operator needs of a PimJobType."""

    name: str
    spec: Mapping[str, Any]
    parameter_errors: Sequence[str]
    """What is wrong with this job's parameters, by the type's JSON Schema."""

    @property
    def stoppable(self) -> bool:
        """Whether people may stop jobs of this type."""
        return bool(self.spec.get("stoppable", True))

    @property
    def pausable(self) -> bool:
        """Whether people and releases may pause jobs of this type."""
        return bool(self.spec.get("pausable", True))

    @property
    def yields(self) -> bool:
        """Whether jobs of this type pause for a release."""
        return bool(self.spec.get("onRelease", "Pause") == "Pause")


@dataclass(frozen=True, kw_only=True)
class World:
    """One PimJob and what surrounds it."""

    pimjob: Mapping[str, Any]
    job_type: JobTypeView | None
    jobs: Sequence[ObservedJob]
    pods: Mapping[str, Sequence[ObservedPod]]
    """By the name of the Job that they belong to."""
    trouble: Waiting | None
    """The latest Warning event about the attempt's Job or Pod, where one was looked up."""
    now: datetime
    settings: Settings
    confirmed: frozenset[str] = frozenset()
    """Names of Jobs whose presence here, and that of their pods, was read a moment ago."""
    gates: Sequence[str] = ()
    """Names of the PimReleases whose closed gates concern it."""

    @property
    def spec(self) -> Mapping[str, Any]:
        """The PimJob's spec."""
        found: Mapping[str, Any] = self.pimjob["spec"]
        return found

    @property
    def status(self) -> Mapping[str, Any]:
        """The PimJob's status, as last read."""
        found: Mapping[str, Any] = self.pimjob.get("status") or {}
        return found

    @property
    def reported(self) -> int:
        """Items committed, by the runner's last report."""
        steps = self.status.get("steps") or ()
        return recordable_count(sum(step.get("processed", 0) for step in steps))

    @property
    def asked(self) -> Mapping[str, Any]:
        """The gate that an attempt was asked to leave for: its release and the attempt's number."""
        found: Mapping[str, Any] = self.status.get("gate") or {}
        return found

    @property
    def yields(self) -> bool:
        """Whether it pauses for a release."""
        return self.job_type is None or self.job_type.yields

    def wish(self, number: int) -> DesiredState:
        """Return what was wanted of an attempt, by people or else by a release.

        Both may have changed their mind since, too late for an attempt that is being ended.
        """
        desired = DesiredState(self.spec.get("desiredState", DesiredState.RUNNING))
        asked = self.is_asked(number) or self.is_pausing(number)
        return DesiredState.PAUSED if desired is DesiredState.RUNNING and asked else desired

    def is_asked(self, number: int) -> bool:
        """Whether a gate asked an attempt to leave."""
        return bool(self.asked.get("attempt") == number)

    def is_pausing(self, number: int) -> bool:
        """Whether an attempt is told of as pausing: it was asked to, or is being ended for it."""
        recorded = [attempt["number"] for attempt in self.status.get("attempts") or ()]
        return self.status.get("phase") == Phase.PAUSING and recorded[-1:] == [number]

    @property
    def image(self) -> str:
        """The image that a new attempt would run."""
        own = None if self.job_type is None else self.job_type.spec.get("image")
        return str(own or self.settings.runner_image)

    @property
    def stoppable(self) -> bool:
        """Whether people may stop this job: as it was when it was launched."""
        known = self.job_type is None or self.job_type.stoppable
        return bool(self.status.get("stoppable", known))

    @property
    def pausable(self) -> bool:
        """Whether people may pause this job: as it was when it was launched."""
        known = self.job_type is None or self.job_type.pausable
        return bool(self.status.get("pausable", known))
