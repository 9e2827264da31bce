"""The table at the end, read from the resources."""

from collections.abc import Sequence

from demo_run.conduct import Execution
from demo_run.counting import counters_of, steps_of

HEAD = ("Label", "Type", "Phase", "Steps", "Read", "Created", "Updated", "Unchanged", "Invalid",
        "Time")  # fmt: skip
_COUNTED = ("read", "created", "updated", "unchanged", "invalid")
_LEFT = 3
"""So many columns are text, the others numbers."""


def table(executions: Sequence[Execution]) -> str:
    """Return a row per job, aligned."""
    rows = [HEAD, *(_row(execution) for execution in executions)]
    widths = [max(len(row[index]) for row in rows) for index in range(len(HEAD))]
    lines = ["  ".join(_cell(row, i, width) for i, width in enumerate(widths)) for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(line.rstrip() for line in lines)


def _cell(row: tuple[str, ...], index: int, width: int) -> str:
    return row[index].ljust(width) if index < _LEFT else row[index].rjust(width)


def _row(execution: Execution) -> tuple[str, ...]:
    counters = counters_of(execution.status)
    done, steps = steps_of(execution.status)
    return (
        execution.job.label,
        execution.job.type,
        execution.phase or "not started",
        f"{done}/{steps}",
        *(f"{counters.get(name, 0):,}" for name in _COUNTED),
        f"{execution.seconds:.1f} s" if execution.seconds is not None else "-",
    )
