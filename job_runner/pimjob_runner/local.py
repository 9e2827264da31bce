"""`pimjob-runner run FILE.yaml`: the same job without a cluster, with a progress bar."""

import hashlib
import json
import os
import signal
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from tqdm import tqdm

from pimjob_api.names import API_VERSION, KIND_PIMJOB
from pimjob_api.outcome import Outcome
from pimjob_api.phases import OutcomeKind, StepPhase
from pimjob_runner.engine.checkpoint import utc_now
from pimjob_runner.engine.control import Control
from pimjob_runner.engine.progress import JobProgress, StepProgress
from pimjob_runner.engine.schema import COMPONENT, MIGRATIONS
from pimjob_runner.engine.steps import ItemWarning
from pimjob_runner.launch import Launch, run
from pimjob_runner.reporting.status import status_of
from pimjob_runner.stores.migrations import migrate
from pimjob_runner.stores.url import open_database

INTERRUPTED_EXIT = 130
EXIT_CODES = {
    OutcomeKind.COMPLETED: 0,
    OutcomeKind.INTERRUPTED: INTERRUPTED_EXIT,
    OutcomeKind.PAUSED: INTERRUPTED_EXIT,
}


class UsageError(Exception):
    """The file is not a PimJob; the message says what is wrong and where."""


@dataclass(frozen=True, kw_only=True)
class LocalRun:
    """Options of `pimjob-runner run`."""

    file: Path
    data: Path
    database_url: str
    as_json: bool
    restart: bool


def run_local(options: LocalRun) -> int:
    """Run the job in FILE. Exit code 0 if completed, 130 if it can go on, 1 if not.

    Raises UsageError and DatabaseError.
    """
    job = read_pimjob(options.file)
    options.data.mkdir(parents=True, exist_ok=True)
    launch = _launch(job, options)
    bars = _Bars(hidden=options.as_json)
    control = Control()
    control.desire(str(job["spec"].get("desiredState", "Running")))
    _leave_politely_on_signals(control)
    outcome = run(launch, control, bars.show)
    bars.close()
    _print(outcome, bars.latest, options)
    return EXIT_CODES.get(outcome.kind, 1)


def _leave_politely_on_signals(control: Control) -> None:
    """Let the first signal end the run after the current chunk, the second at once."""

    def leave(number: int, _frame: object) -> None:
        control.terminate()
        signal.signal(number, signal.SIG_DFL)
        message = "\nFinishing the current chunk; once more ends at once, which is safe as well.\n"
        sys.stderr.write(message)

    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGTERM, leave)


def read_pimjob(file: Path) -> dict[str, Any]:
    """Read one PimJob from a YAML file."""
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}.") from error
    except yaml.YAMLError as error:
        raise UsageError(f"{file} is not YAML: {error}") from error
    if not isinstance(found, dict) or (found.get("apiVersion"), found.get("kind")) != (
        API_VERSION,
        KIND_PIMJOB,
    ):
        raise UsageError(f"{file} must hold one object of apiVersion {API_VERSION}, kind PimJob.")
    if not isinstance(found.get("spec"), dict) or not isinstance(found["spec"].get("type"), str):
        raise UsageError(f"{file}: spec.type is missing; `pimjob-runner types` lists them.")
    if not isinstance((found.get("metadata") or {}).get("name"), str):
        raise UsageError(f"{file}: metadata.name is missing.")
    return found


def _launch(job: dict[str, Any], options: LocalRun) -> Launch:
    name = job["metadata"]["name"]
    identifier, attempt = _find_or_begin(_base_id(job), options)
    return Launch(
        id=identifier,
        namespace="local",
        name=name,
        spec=job["spec"],
        attempt=attempt,
        holder=f"pid-{os.getpid()}",
        database_url=options.database_url,
        files_root=options.data.resolve(),
    )


def _base_id(job: dict[str, Any]) -> str:
    """Return the same ID for the same file: running it again goes on where it was."""
    spec = {key: job["spec"].get(key) for key in ("type", "parameters", "profile", "user")}
    text = json.dumps([job["metadata"]["name"], spec], sort_keys=True, default=str)
    return f"local-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _find_or_begin(base: str, options: LocalRun) -> tuple[str, int]:
    """Return (ID, attempt number): an interrupted execution's, or those of a new one."""
    database = open_database(options.database_url)
    try:
        migrate(database, COMPONENT, MIGRATIONS)
        rows = database.query(
            "SELECT id, attempt, ended_at FROM job_execution WHERE id LIKE ? ORDER BY started_at",
            (base + "-%",),
        )
    finally:
        database.close()
    unfinished = [(i, attempt + 1) for i, attempt, ended in rows if ended is None]
    if unfinished and not options.restart:
        return unfinished[-1]
    return f"{base}-{uuid.uuid4().hex[:8]}", 1


class _Bars:
    """One progress bar per step, on standard error."""

    def __init__(self, *, hidden: bool) -> None:
        self._hidden = hidden
        self._bar: tqdm[Any] | None = None
        self._step = ""
        self.latest = JobProgress(steps=())

    def show(self, progress: JobProgress) -> None:
        """Draw the current step."""
        self.latest = progress
        begun = [s for s in progress.steps if s.phase is not StepPhase.PENDING]
        if self._hidden or not begun:
            return
        self._draw(begun[-1], len(progress.steps))

    def _draw(self, step: StepProgress, steps: int) -> None:
        if self._bar is None or self._step != step.name:
            self.close()
            self._step = step.name
            self._bar = tqdm(
                desc=f"{step.ordinal + 1}/{steps} {step.label}",
                total=step.total,
                initial=step.processed,
                unit=" items",
                file=sys.stderr,
            )
        self._bar.total = step.total
        self._bar.set_postfix(warnings=step.warnings, refresh=False)
        self._bar.update(step.processed - self._bar.n)

    def close(self) -> None:
        """Finish the bar that is open."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def _print(outcome: Outcome, progress: JobProgress, options: LocalRun) -> None:
    status = status_of(progress, files_root=options.data.resolve(), now=utc_now())
    if options.as_json:
        described = {"outcome": outcome.kind.value, "reason": outcome.reason}
        print(json.dumps(described | {"message": outcome.message, "status": status}))  # noqa: T201 - its output
        return
    lines = [f"{outcome.kind.value}: {outcome.message}"]
    for step in progress.steps:
        counters = ", ".join(f"{name} {number:,}" for name, number in step.counters.items())
        lines.append(f"  {step.label:32} {step.phase.value:10} {counters}")
        lines += [f"    {_sample_line(sample)}" for sample in step.samples]
    lines += [f"  {a.kind} file: {a.path}" for a in progress.artifacts]
    if EXIT_CODES.get(outcome.kind) == INTERRUPTED_EXIT:
        lines.append(f"Go on with: pimjob-runner run {options.file} --data {options.data}")
    print("\n".join(lines))  # noqa: T201 - its output


def _sample_line(sample: ItemWarning) -> str:
    where = "" if sample.line is None else f"line {sample.line}, "
    column = "" if sample.column is None else f"column {sample.column}, "
    value = "" if sample.value is None else f"value {sample.value!r}: "
    return f"{where}{column}{value}{sample.reason}"
