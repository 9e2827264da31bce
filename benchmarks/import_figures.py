"""What the measures of imports find, and the table of it."""

import math
import os
import platform
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One row of the table: a ratio, and the two rates or costs that it is made of."""

    what: str
    measured: float
    beside: float
    unit: str
    against: str
    goal: str = ""
    note: str = ""

    @property
    def ratio(self) -> float:
        """Return how many times the other it is; NaN if either is too small to be told."""
        return self.measured / self.beside


def median(rounds: Sequence[Figure]) -> Figure:
    """Return the round in the middle, by its ratio; the note tells the outermost ratios.

    Of an even number it is the lower one. Rounds that tell nothing are left out.
    """
    told = sorted((f for f in rounds if not math.isnan(f.ratio)), key=lambda f: f.ratio)
    ratios = [figure.ratio for figure in told]
    if not told or len(rounds) == 1:
        return rounds[0]
    middle = told[(len(told) - 1) // 2]
    notes = [f"{ratios[0]:.2f} to {ratios[-1]:.2f}", middle.note]
    if len(told) < len(rounds):
        notes.append(f"{len(rounds) - len(told)} of {len(rounds)} rounds too short to tell")
    return Figure(
        middle.what, middle.measured, middle.beside, middle.unit, middle.against, middle.goal,
        ", ".join(filter(None, notes)),
    )  # fmt: skip


def by_rounds(rounds: Iterable[Sequence[Figure]]) -> list[Figure]:
    """Return the medians of figures that were measured several times, in their order."""
    found: dict[tuple[str, str], list[Figure]] = {}
    for figures in rounds:
        for figure in figures:
            found.setdefault((figure.what, figure.against), []).append(figure)
    return [median(figures) for figures in found.values()]


def head(command: str) -> str:
    """Say where, when and how."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return (
        f"{time.strftime('%Y-%m-%d %H:%M')}, {os.cpu_count()} cores ({model}), load"
        f" {os.getloadavg()[0]:.1f}, kernel {platform.release()}, Python"
        f" {platform.python_version()}\n{command}"
    )


def table(figures: Iterable[Figure]) -> str:
    """Return the table as Markdown, ready for docs/benchmarks.md."""
    lines = [
        "| what | measured | beside it | ratio | goal | |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join([*lines, *map(line, figures)])


def line(f: Figure) -> str:
    """Return a row of the table."""
    if math.isnan(f.ratio):
        return f"| {f.what} | | {f.against} | too short to tell | {f.goal} | {f.note} |"
    return (
        f"| {f.what} | {f.measured:,.0f} {f.unit} | {f.against}: {f.beside:,.0f} {f.unit}"
        f" | **{f.ratio:.2f}** | {f.goal} | {f.note} |"
    )


def less(seconds: float, start: float) -> float:
    """Return what a job took without its start; NaN unless that is half of the start at least."""
    rest = seconds - start
    return rest if rest >= start / 2 else math.nan
