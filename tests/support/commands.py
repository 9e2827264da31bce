"""What becomes of a job in each phase on each command: the data of docs/commands.md.

`tests/operator/test_commands.py` executes every cell. To write the document after a
change: `make generate`.
"""

import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from pimjob_api.arrows import ARROWS
from pimjob_api.phases import Phase

FILE = Path(__file__).resolve().parents[2] / "docs" / "commands.md"


class Stage(StrEnum):
    """A phase, where it matters with what it waits for."""

    QUEUED = "Queued"
    STARTING = "Starting (pod waits)"
    BACKING_OFF = "Starting (back-off)"
    RUNNING = "Running"
    PAUSING = "Pausing"
    PAUSED = "Paused"
    STOPPING = "Stopping"
    STOPPED = "Stopped"
    COMPLETED = "Completed"
    FAILED = "Failed"


class Circumstance(StrEnum):
    """What goes wrong meanwhile."""

    NOTHING = "The operator is at work, the runner obeys"
    OPERATOR_DOWN = "The operator is down when the command is given, and is started afterwards"
    RUNNER_DEAD = "The runner is killed before the command is given"
    GATE_CLOSED = "The gate of a release is closed before the command is given"
    GATE_OPENED = (
        "The gate of a release is closed before the command is given, and opened afterwards"
    )


COMMANDS: dict[str, dict[str, Any] | None] = {
    "stop": {"desiredState": "Stopped", "requestedBy": "julia", "reason": "wrong file"},
    "pause": {"desiredState": "Paused"},
    "resume": {"desiredState": "Running"},
    "retry": {"retry": 1},
    "delete": None,
}
LIVE = {Stage.RUNNING, Stage.PAUSING, Stage.STOPPING}
"""Stages with a runner that may die."""


@dataclass(frozen=True)
class Cell:
    """Where a job ends up, or why the API server refuses."""

    phase: str = ""
    refusal: str = ""
    held: bool = False
    """Whether a release, and nobody else, keeps it there."""

    def __str__(self) -> str:
        if self.refusal:
            return f"refused: “{self.refusal}”"
        held = ", until the gate opens" if self.held else ""
        return f"{self.phase}{held}" if self.phase else "gone, with its Jobs and pods"


GONE = Cell()
_NO_RETRY = Cell(refusal="retry can only be raised for a job whose phase is Failed")
_FINAL = Cell(refusal="a stopped job stays stopped")
_ENDED = Cell(refusal="this job has ended: nothing is left to be paused or stopped")


def _row(stop: str, pause: Cell | str, resume: Cell | str, retry: Cell | str = _NO_RETRY) -> Any:
    cells = [Cell(c) if isinstance(c, str) else c for c in (stop, pause, resume, retry)]
    return dict(zip(COMMANDS, [*cells, GONE], strict=True))


TABLE: dict[Stage, dict[str, Cell]] = {
    Stage.QUEUED: _row("Stopped", "Paused", "Queued"),
    Stage.STARTING: _row("Stopped", "Paused", "Starting"),
    Stage.BACKING_OFF: _row("Stopped", "Paused", "Starting"),
    Stage.RUNNING: _row("Stopped", "Paused", "Running"),
    Stage.PAUSING: _row("Stopped", "Paused", "Running"),
    Stage.PAUSED: _row("Stopped", "Paused", "Starting"),
    Stage.STOPPING: _row("Stopped", _FINAL, _FINAL),
    Stage.STOPPED: _row("Stopped", _FINAL, _FINAL),
    Stage.COMPLETED: {**_row("", _ENDED, "Completed"), "stop": _ENDED},
    Stage.FAILED: {**_row("", _ENDED, "Failed", "Starting"), "stop": _ENDED},
}
HELD = {
    Stage.QUEUED: "Queued",
    Stage.STARTING: "Queued",
    Stage.BACKING_OFF: "Paused",
    Stage.RUNNING: "Paused",
}
"""Where a closed gate holds a job of which nobody wants anything else."""
_IN_THE_NEXT_ATTEMPT = {
    (Stage.RUNNING, "resume"): Cell("Starting"),
    (Stage.PAUSING, "resume"): Cell("Starting"),
}
_DIFFERENT: dict[Circumstance, dict[tuple[Stage, str], Cell]] = {
    Circumstance.RUNNER_DEAD: _IN_THE_NEXT_ATTEMPT,
    Circumstance.GATE_CLOSED: {
        **{(stage, "resume"): Cell(phase, held=True) for stage, phase in HELD.items()},
        (Stage.PAUSING, "resume"): Cell("Paused", held=True),
        (Stage.PAUSED, "resume"): Cell("Paused", held=True),
        (Stage.FAILED, "retry"): Cell("Paused", held=True),
    },
    Circumstance.GATE_OPENED: _IN_THE_NEXT_ATTEMPT,
}


def expected(stage: Stage, command: str, circumstance: Circumstance) -> Cell:
    """Return what becomes of a job."""
    found = TABLE[stage][command]
    return _DIFFERENT.get(circumstance, {}).get((stage, command), found)


def stages(circumstance: Circumstance) -> list[Stage]:
    """Return the stages in which a circumstance can be."""
    return [s for s in Stage if circumstance is not Circumstance.RUNNER_DEAD or s in LIVE]


def document() -> str:
    """Return the text of docs/commands.md."""
    return "\n".join([_HEAD, *(_table(c) for c in Circumstance), _TAIL, _arrows()])


def _arrows() -> str:
    """Return which phase may follow which."""
    rows = [
        f"| {phase} | {', '.join(p for p in Phase if p in ARROWS[phase] and p is not phase) or 'nothing'} |"
        for phase in Phase
    ]
    return "\n".join([_ARROWS, *rows, ""])


def _table(circumstance: Circumstance) -> str:
    head = [f"## {circumstance}", "", f"| phase | {' | '.join(COMMANDS)} |"]
    rule = "|---" * (len(COMMANDS) + 1) + "|"
    rows = [
        f"| {stage} | {' | '.join(str(expected(stage, c, circumstance)) for c in COMMANDS)} |"
        for stage in stages(circumstance)
    ]
    return "\n".join([*head, rule, *rows, ""])


_HEAD = """\
<!-- Generated from tests/support/commands.py by `make generate`. Change that instead. -->
# What becomes of a job on a command

`stop` is `desiredState: Stopped`, `pause` is `Paused`, `resume` is `Running`, `retry` raises `spec.retry` by one.
Each cell is the phase that the job comes to rest in, and is executed by `tests/operator/test_commands.py` on a real
API server. A cell with the phase of its row changes nothing: the job is already as it is asked to be.
"""
_TAIL = """\
## What holds in every cell

- **Stop wins.** Over a pause, a back-off, a pod that does not start, a missing type, and an operator that is away: it
  is taken from `spec` whenever there is one. Only what the runner did before it saw the stop stands: Completed, Failed.
- **A stop says** in `status.stop` who asked (`by`), why (`reason`), when it was seen (`at`), when nothing ran any more
  (`acknowledgedAt`), and how many items were committed until then (`processed`).
- **What is refused is not stored.** The API server answers with the sentence in the table, whether or not the operator
  is there.
- **A type that cannot be stopped or paused** can be until its job has begun. Afterwards the API server refuses. If a job
  begins while the request is on its way, it goes on: condition `Refused` with reason `NotStoppable` or `NotPausable`
  and a message that names the type, a Warning Event with the same words once, and while it is Running also in
  `status.reason`.
- **A runner that does not obey** in 30 s (`PIMJOB_OBEY_SECONDS`) is ended by deleting its Job: `NotObeyed`.
- **Back-off and crashes** are in `status.attempts`, with the true reason. A resume of a job whose runner died while it
  was pausing backs off like any crash.
- **A release is nobody's wish.** What it holds says reason `ReleaseInProgress` and names it, and goes on by itself when
  the gate opens. What people ask meanwhile counts as ever: a stop stops, and what they paused stays paused afterwards.
- **Delete** needs no operator: Jobs and pods are owned by the PimJob, and nothing has a finalizer.
"""


_ARROWS = """\
## Which phase may follow which

As status shows it: what is over before it is written is skipped. `tests/operator/test_model_of_the_life.py` explores
commands, crashes, lost and late events in any order, and finds no other arrow.

| phase | may be followed by |
|---|---|"""


def main() -> int:
    """Write the document."""
    FILE.write_text(document(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
