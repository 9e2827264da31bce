"""Live progress: a line per job that is redrawn on a terminal, plain lines elsewhere."""

import shutil
import sys
import time
from collections.abc import Sequence

from demo_run.conduct import Execution, reason_of

QUIET_SECONDS = 10.0
WIDTH = 100
_UP = "\x1b[{}A"
_CLEAR = "\x1b[2K"
# A phase in which a reason is news: while all goes well it would only repeat the phase.
_WAITING = frozenset({"Queued", "Starting", "Pausing", "Paused", "Stopping", "Stopped", "Failed"})


def describe(execution: Execution) -> str:
    """Return one line about a job: phase, step, progress, time left, or why it waits."""
    status = execution.status
    if execution.name is None:
        waits = ", ".join(file.removesuffix(".csv") for file in execution.job.after)
        return f"waits for {waits}"
    if not execution.phase:
        return "applied"
    parts = [f"{execution.phase:9}"]
    if execution.phase in _WAITING:
        parts.append(reason_of(status))
    elif execution.ended:
        parts.append(f"{execution.seconds or 0:.1f} s")
    else:
        parts += [str(status.get("step", "")), str(status.get("progress", "")), _left(status)]
    if status.get("warnings"):
        parts.append(f"{status['warnings']} warnings")
    return "  ".join(part for part in parts if part)


def _left(status: object) -> str:
    seconds = status.get("etaSeconds") if isinstance(status, dict) else None
    return "" if seconds is None else f"{seconds} s left"


class Display:
    """Shows all jobs. On a terminal the block of lines is drawn again and again."""

    def __init__(self) -> None:
        self._live = sys.stdout.isatty()
        self._drawn = 0
        self._said: dict[str, tuple[str, float]] = {}
        self._began = time.monotonic()

    def show(self, executions: Sequence[Execution]) -> None:
        """Show the state of all jobs."""
        if self._live:
            self._draw(executions)
        else:
            self._say(executions)

    def _draw(self, executions: Sequence[Execution]) -> None:
        width = shutil.get_terminal_size((WIDTH, 24)).columns - 1
        lines = [f"  {e.job.label:18} {describe(e)}"[:width] for e in executions]
        up = _UP.format(self._drawn) if self._drawn else ""
        sys.stdout.write(up + "".join(f"{_CLEAR}{line}\n" for line in lines))
        sys.stdout.flush()
        self._drawn = len(lines)

    def _say(self, executions: Sequence[Execution]) -> None:
        now = time.monotonic()
        for execution in executions:
            if execution.name is None:
                continue
            news = _news(execution)
            before, said_at = self._said.get(execution.job.file, ("", 0.0))
            # Each change of phase or step is said at once, mere progress now and then.
            if news == before and (execution.ended or now - said_at < QUIET_SECONDS):
                continue
            self._said[execution.job.file] = (news, now)
            since = f"{now - self._began:6.1f} s"
            print(f"  {since}  {execution.job.label:18} {describe(execution)}", flush=True)


def _news(execution: Execution) -> str:
    """Return what must change to be worth a line."""
    status = execution.status
    about = status.get("reason") if execution.phase in _WAITING else status.get("step")
    return f"applied {execution.phase} {about}"
