"""What `pimjob-runner run` shows: a progress bar per step, and a summary at the end."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tqdm import tqdm

from pimjob_api.outcome import Outcome
from pimjob_api.phases import StepPhase
from pimjob_runner.engine.checkpoint import utc_now
from pimjob_runner.engine.progress import JobProgress, StepProgress
from pimjob_runner.reporting.status import reason_of, status_of
from pimjob_runner.sdk import ItemWarning


class Bars:
    """One progress bar per step, on standard error."""

    def __init__(self, *, hidden: bool) -> None:
        self._hidden = hidden
        self._bar: tqdm[Any] | None = None
        self._step = ""
        self.latest = JobProgress(steps=())

    def show(self, progress: JobProgress) -> None:
        """Draw the current step."""
        self.latest = progress
        begun = [step for step in progress.steps if step.phase is not StepPhase.PENDING]
        if begun and not self._hidden:
            self._draw(begun[-1], len(progress.steps))

    def _draw(self, step: StepProgress, steps: int) -> None:
        if self._bar is None or self._step != step.name:
            self.close()
            self._step = step.name
            self._bar = _bar(step, steps)
        done, self._bar.total = step.processed, step.total
        if step.share is not None:
            done, self._bar.total, self._bar.unit = int(step.share * 100), 100, " %"
        if step.warnings:
            self._bar.set_postfix(warnings=step.warnings, refresh=False)
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """Finish the bar that is open."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def _bar(step: StepProgress, steps: int) -> "tqdm[Any]":
    return tqdm(
        desc=f"{step.ordinal + 1}/{steps} {step.label}",
        total=step.total,
        initial=step.processed,
        unit=" items",
        file=sys.stderr,
    )


def as_json(outcome: Outcome, progress: JobProgress, files_root: Path) -> str:
    """Return the outcome and the status that a PimJob would have."""
    return json.dumps(
        {
            "outcome": outcome.kind.value,
            "reason": outcome.reason,
            "message": outcome.message,
            "status": status_of(progress, files_root=files_root, now=utc_now()),
        }
    )


def as_text(outcome: Outcome, progress: JobProgress) -> str:
    """Return a summary for people: a line per step, the first warnings, the files."""
    width = max((len(step.label) for step in progress.steps), default=0)
    lines = [f"{outcome.kind.value}: {outcome.message}"]
    if progress.steps:
        lines.append(_row(width, "step", "phase", "processed", "warnings", "seconds", "counters"))
    for step in progress.steps:
        lines += _step(step, width)
    lines += [f"  {artifact.kind} file: {artifact.path}" for artifact in progress.artifacts]
    return "\n".join(lines)


def _step(step: StepProgress, width: int) -> Iterator[str]:
    counters = ", ".join(f"{name} {number:,}" for name, number in sorted(step.counters.items()))
    yield _row(
        width,
        step.label,
        step.phase.value,
        f"{step.processed:,}",
        f"{step.warnings:,}",
        f"{step.active_seconds:,.1f}",
        counters,
    )
    yield from (f"    {_sample(sample)}" for sample in step.samples)


def _row(width: int, label: str, phase: str, *cells: str) -> str:
    processed, warnings, seconds, counters = cells
    return (
        f"  {label:{width}}  {phase:9}  {processed:>10}  {warnings:>8}  {seconds:>7}"
        f"  {counters}".rstrip()
    )


def _sample(sample: ItemWarning) -> str:
    where = "" if sample.line is None else f"line {sample.line}, "
    column = "" if sample.column is None else f"column {sample.column}, "
    value = "" if sample.value is None else f"value {sample.value!r}: "
    return f"{where}{column}{value}{reason_of(sample)}"
