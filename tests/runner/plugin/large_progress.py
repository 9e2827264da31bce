"""Progress beyond every bound of a status, in text that takes the most bytes."""

from datetime import UTC, datetime
from pathlib import Path

from pimjob_api import bounds
from pimjob_api.phases import StepPhase
from pimjob_runner.engine.progress import JobProgress, StepProgress
from pimjob_runner.sdk import ArtifactFile, ItemWarning

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DATA = Path("/data")


def largest() -> JobProgress:
    much = 'é"\\\n𝄞' * 500
    steps = tuple(
        StepProgress(
            f"step-{number}",
            much,
            number,
            StepPhase.RUNNING,
            total=10**15,
            processed=10**14,
            counters={f"counter{n}" + "x" * 100: 10**15 for n in range(100)},
            warnings=10**14,
            samples=[ItemWarning(much, 10**15, much, much)] * 100,
            active_seconds=10.0**9,
            eta_seconds=10**9,
            started_at=NOW,
            ended_at=NOW,
        )
        for number in range(bounds.MAX_STEPS)
    )
    files = tuple(
        ArtifactFile("invalid", f"{n}{much}", DATA / f"{n}{'x' * 300}") for n in range(100)
    )
    return JobProgress(steps=steps, artifacts=files)
