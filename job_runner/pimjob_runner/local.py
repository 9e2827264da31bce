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

from pimjob_api.names import API_VERSION, KIND_PIMJOB
from pimjob_api.outcome import Outcome
from pimjob_api.phases import OutcomeKind
from pimjob_runner.engine import schema
from pimjob_runner.engine.control import Control
from pimjob_runner.engine.progress import JobProgress
from pimjob_runner.launch import Launch, run
from pimjob_runner.local_output import Bars, as_json, as_text
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
    bars = Bars(hidden=options.as_json)
    control = Control()
    control.desire(str(job["spec"].get("desiredState", "Running")))
    _leave_politely_on_signals(control)
    outcome = run(launch, control, bars.show)
    bars.close()
    print(_result(outcome, bars.latest, options))  # noqa: T201 - its output
    return EXIT_CODES.get(outcome.kind, 1)


def _result(outcome: Outcome, progress: JobProgress, options: LocalRun) -> str:
    if options.as_json:
        return as_json(outcome, progress, options.data.resolve())
    summary = as_text(outcome, progress)
    if EXIT_CODES.get(outcome.kind) == INTERRUPTED_EXIT:
        summary += f"\nGo on with: pimjob-runner run {options.file} --data {options.data}"
    return summary


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
        schema.prepare(database)
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
