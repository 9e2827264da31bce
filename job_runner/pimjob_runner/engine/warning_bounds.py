"""Which warnings of a chunk are stored: few of a row, and of a step not many.

All are counted. A row that is refused keeps one at least, because that has its record: the
file of refused records is made from them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from pimjob_runner.sdk import MOST_PER_ROW, ItemWarning, with_more

MOST_PER_STEP: Final = 10_000
"""Stored warnings, beyond which each refused row has one more."""


@dataclass(frozen=True, slots=True)
class Bounded:
    """What is left of a chunk's warnings."""

    kept: list[tuple[int, ItemWarning]]
    """Each with the number of warnings before it in the chunk, told or not."""
    count: int
    """How many there were."""


def bounded(warnings: Sequence[ItemWarning], stored: int) -> Bounded:
    """Bound a chunk's warnings, in the order of the source; the step has `stored` already."""
    kept: list[tuple[int, ItemWarning]] = []
    count = 0
    for row in _rows(warnings):
        room = min(MOST_PER_ROW, max(MOST_PER_STEP - stored - len(kept), 0))
        before = count
        count += sum(1 + warning.more for warning in row)
        for warning in _first(row, room):
            kept.append((before, warning))
            before += 1 + warning.more
    return Bounded(kept, count)


def _rows(warnings: Iterable[ItemWarning]) -> Iterator[list[ItemWarning]]:
    """Yield the warnings about each row; what has no line is about a row of its own."""
    for line, row in groupby(warnings, key=lambda warning: warning.line):
        if line is None:
            yield from ([warning] for warning in row)
        else:
            yield list(row)


def _first(row: list[ItemWarning], room: int) -> list[ItemWarning]:
    """Return the first `room` of a row's warnings, or the one with its record."""
    if len(row) <= room:
        return row
    kept = row[:room]
    record = next((warning for warning in row if warning.record is not None), None)
    if record is not None and record not in kept:
        kept = [*kept[:-1], record]
    if not kept:
        return kept
    told = sum(1 + warning.more for warning in kept)
    return with_more(kept, sum(1 + warning.more for warning in row) - told)
