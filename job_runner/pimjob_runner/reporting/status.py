"""From progress to the runner's fields of a PimJob's status; looks up nothing but files' sizes."""

from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pimjob_api import bounds
from pimjob_api.phases import StepPhase
from pimjob_api.text import clip
from pimjob_runner.engine.progress import JobProgress, StepProgress
from pimjob_runner.sdk import ArtifactFile, ItemWarning


def status_of(progress: JobProgress, *, files_root: Path, now: datetime) -> dict[str, Any]:
    """Return the fields of `status` that belong to the runner."""
    steps = progress.steps
    current = _current(steps)
    status: dict[str, Any] = {
        "heartbeatTime": _time(now),
        "warnings": sum(step.warnings for step in steps),
        "activeSeconds": int(sum(step.active_seconds for step in steps)),
        "steps": [_step(step) for step in steps],
    }
    if current is not None:
        status["step"] = clip(f"{current.ordinal + 1}/{len(steps)} {current.name}", bounds.LABEL)
        status |= _share(current)
        if current.eta_seconds is not None and current.phase is StepPhase.RUNNING:
            status["etaSeconds"] = current.eta_seconds
    artifacts = _artifacts(progress.artifacts, files_root)
    if artifacts:
        status["artifacts"] = artifacts
    return status


def _current(steps: tuple[StepProgress, ...]) -> StepProgress | None:
    """Return the step that is being worked on, else the last one begun, else the first."""
    begun = [step for step in steps if step.phase is not StepPhase.PENDING]
    if begun:
        return begun[-1]
    return steps[0] if steps else None


def _share(step: StepProgress) -> dict[str, str]:
    if step.phase is StepPhase.COMPLETED:
        return {"progress": "100%"}
    if step.total:
        percent = step.processed * 100 // step.total
    elif step.share is not None:
        percent = int(step.share * 100)
    else:
        return {}
    # Never 100% before the end: the source may have grown, or the last chunk be open.
    return {"progress": f"{min(percent, 99)}%"}


def _step(step: StepProgress) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": step.name,
        "label": clip(step.label, bounds.LABEL),
        "phase": step.phase.value,
        "trackable": step.total is not None or step.share is not None,
        "processed": step.processed,
        "warnings": step.warnings,
        "activeSeconds": int(step.active_seconds),
    }
    if step.total is not None:
        described["total"] = step.total
    if step.counters:
        counters = sorted(step.counters.items())[: bounds.MAX_COUNTERS]
        described["counters"] = {clip(name, bounds.COUNTER): number for name, number in counters}
    if step.samples:
        described["warningSamples"] = [
            _sample(sample) for sample in step.samples[: bounds.MAX_WARNING_SAMPLES]
        ]
    if step.started_at is not None:
        described["startTime"] = _time(step.started_at)
    if step.ended_at is not None:
        described["endTime"] = _time(step.ended_at)
    if step.eta_seconds is not None:
        described["etaSeconds"] = step.eta_seconds
    return described


def _sample(warning: ItemWarning) -> dict[str, Any]:
    described: dict[str, Any] = {"reason": clip(reason_of(warning), bounds.REASON)}
    if warning.line is not None:
        described["line"] = warning.line
    if warning.column is not None:
        described["column"] = clip(warning.column, bounds.COLUMN)
    if warning.value is not None:
        described["value"] = clip(warning.value, bounds.VALUE)
    return described


def reason_of(warning: ItemWarning) -> str:
    """Return the reason, and how many more there are about the same row."""
    return warning.reason + (f" (and {warning.more:,} more in this row)" if warning.more else "")


def _artifacts(files: tuple[ArtifactFile, ...], files_root: Path) -> list[dict[str, Any]]:
    """Describe the files, by name, which is the key of the list."""
    described = {a["name"]: a for a in (_artifact(file, files_root) for file in files)}
    # A URL cannot be cut, and one that is too long would make the API server
    # refuse the whole report. The database still names the file.
    fitting = [a for a in described.values() if len(a["url"]) <= bounds.URL]
    return fitting[: bounds.MAX_ARTIFACTS]


def _artifact(file: ArtifactFile, files_root: Path) -> dict[str, Any]:
    described: dict[str, Any] = {
        "kind": file.kind,
        "name": clip(file.name, bounds.LABEL),
        "url": f"file:///data/{quote(str(file.path.relative_to(files_root)))}",
    }
    if file.path.exists():
        described["bytes"] = file.path.stat().st_size
    return described


def _time(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")
