"""How far each step is: the part of a checkpoint that people see."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime

from pimjob_api import bounds
from pimjob_api.phases import StepPhase
from pimjob_runner.engine.suspicion import Suspicion
from pimjob_runner.sdk import ArtifactFile, ItemWarning, Position

WARNING_SAMPLES = bounds.MAX_WARNING_SAMPLES


@dataclass(slots=True)
class StepProgress:
    """One step, as stored and as shown. `active_seconds` leaves pauses out."""

    name: str
    label: str
    ordinal: int
    phase: StepPhase = StepPhase.PENDING
    position: Position | None = None
    total: int | None = None
    processed: int = 0
    counters: dict[str, int] = field(default_factory=dict)
    warnings: int = 0
    """All of them."""
    stored_warnings: int = 0
    samples: list[ItemWarning] = field(default_factory=list)
    active_seconds: float = 0.0
    rate: float | None = None
    preamble: str | None = None
    """What the file of refused records needs besides them; only the step understands it."""
    eta_seconds: int | None = None
    share: float | None = None
    """From 0 to 1, of a tasklet that counts no items. Not stored: each attempt begins anew."""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    suspicion: Suspicion | None = None

    def count(self, counters: dict[str, int]) -> None:
        """Add to the counters."""
        for name, number in counters.items():
            self.counters[name] = self.counters.get(name, 0) + number

    def sample(self, warnings: Sequence[ItemWarning]) -> None:
        """Keep the first few warnings, for the status."""
        self.samples += warnings[: WARNING_SAMPLES - len(self.samples)]

    def copy(self) -> "StepProgress":
        """Return a copy that later changes don't reach."""
        return replace(self, counters=dict(self.counters), samples=list(self.samples))

    def become(self, draft: "StepProgress") -> None:
        """Become equal to a copy, once what it says is committed."""
        for one in fields(self):
            setattr(self, one.name, getattr(draft, one.name))


@dataclass(frozen=True, slots=True)
class JobProgress:
    """All steps of a job and its files at one moment. Never changed once made."""

    steps: tuple[StepProgress, ...]
    artifacts: tuple[ArtifactFile, ...] = ()

    @property
    def processed(self) -> int:
        """Items committed in all steps, by all attempts."""
        return sum(step.processed for step in self.steps)
