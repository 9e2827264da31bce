"""Starts each job when those before it have completed, and waits for all."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from demo_run.backend import Backend
from demo_run.jobs import ENDED, DemoJob, Status

LOOK_SECONDS = 0.2
SILENCE_SECONDS = 300


@dataclass
class Execution:
    """One job of this run: its resource's name once started, and its last status."""

    job: DemoJob
    name: str | None = None
    status: Status = field(default_factory=dict)
    started: float | None = None
    seconds: float | None = None
    """From being applied to its end, as seen from here."""

    @property
    def phase(self) -> str:
        """The phase; empty before the job was started or seen by anybody."""
        return str(self.status.get("phase", ""))

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.phase in ENDED

    def see(self, status: Status, now: float) -> bool:
        """Take note of a status; tell whether anything has changed."""
        changed = status != self.status
        self.status = status
        if self.ended and self.started is not None:
            self.seconds = now - self.started
        return changed


Watcher = Callable[[Sequence[Execution]], None]


@dataclass(frozen=True)
class Clock:
    """Where time comes from."""

    now: Callable[[], float] = time.monotonic
    wait: Callable[[float], None] = time.sleep


def conduct(
    backend: Backend, jobs: Sequence[DemoJob], watch: Watcher, clock: Clock | None = None
) -> list[Execution]:
    """Run all jobs; return them, each ended or, behind one that did not complete, never begun.

    When nothing at all has changed for SILENCE_SECONDS the rest is returned as it is.
    """
    clock = clock or Clock()
    executions = [Execution(job) for job in jobs]
    changed = clock.now()
    while True:
        begun = _start_ready(backend, executions, clock.now())
        if _look(backend, executions, clock.now()) or begun:
            changed = clock.now()
        watch(executions)
        if not any(e.name and not e.ended for e in executions) and not _ready(executions):
            return executions
        if clock.now() - changed > SILENCE_SECONDS:
            return executions
        clock.wait(LOOK_SECONDS)


def _start_ready(backend: Backend, executions: Sequence[Execution], now: float) -> bool:
    ready = _ready(executions)
    for execution in ready:
        execution.name = backend.start(execution.job)
        execution.started = now
    return bool(ready)


def _ready(executions: Sequence[Execution]) -> list[Execution]:
    completed = {e.job.file for e in executions if e.phase == "Completed"}
    return [e for e in executions if e.name is None and completed.issuperset(e.job.after)]


def _look(backend: Backend, executions: Sequence[Execution], now: float) -> bool:
    running: Mapping[str, Execution] = {e.name: e for e in executions if e.name and not e.ended}
    if not running:
        return False
    found = backend.look({name: e.job for name, e in running.items()})
    return any([running[name].see(status, now) for name, status in found.items()])  # noqa: C419 - each must see


def reason_of(status: Status) -> str:
    """Return why a job is in its phase, as its resource says."""
    reason, message = status.get("reason"), status.get("message")
    # Where the reason is the phase itself, the message says more.
    said = (None if reason == status.get("phase") and message else reason, message)
    return ": ".join(str(part) for part in said if part) or "no reason given"
