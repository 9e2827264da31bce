"""Failing early: where each of the first items is refused for the same reason, so is the rest.

What is decided rests on nothing but what is stored, and chunks end where it is decided: so it
comes out the same wherever else they end, and whatever is killed in between.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, NamedTuple, Protocol

from pimjob_api.text import clip
from pimjob_runner.engine.progress import StepProgress
from pimjob_runner.sdk import Chunk, ItemSession, JobFailedError

FIRST: Final = 1_000
FEWEST: Final = 100
"""A source that is shorter than FIRST is judged at its end, unless it is even shorter than this."""
_COLUMNS: Final = 3
_REASON_BYTES: Final = 300
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")
_QUOTED_OR_NUMBER: Final = re.compile(rf"{_QUOTED.pattern}|\d+")


class Stored(NamedTuple):
    """A warning as it is stored."""

    line: int | None
    column: str | None
    reason: str
    refused: bool
    """Whether it has the record of its row."""


class Kind(NamedTuple):
    """A reason without what differs from row to row."""

    reason: str
    column: str | None


class Reader(Protocol):
    """The part of a session that reads."""

    @property
    def reads_apart(self) -> bool:
        """As in ItemSession."""

    def read(self, limit: int, /) -> Chunk[Any] | None:
        """As in ItemSession."""


@dataclass
class FirstItems:
    """Reads so that a chunk ends after the first items."""

    session: ItemSession[Any]
    processed: int

    @property
    def reads_apart(self) -> bool:
        """As the session says."""
        return self.session.reads_apart

    def read(self, limit: int, /) -> Chunk[Any] | None:
        """Read the next chunk."""
        left = FIRST - self.processed
        chunk = self.session.read(min(limit, left) if left > 0 else limit)
        if chunk is not None:
            self.processed += chunk.read
        return chunk


def fail_early(
    progress: StepProgress, stored: Callable[[], Iterable[Stored]], *, at_the_end: bool
) -> None:
    """Raise JobFailedError if all of the first items were refused for one same reason."""
    processed = progress.processed
    if processed != FIRST and not (at_the_end and FEWEST <= processed < FIRST):
        return
    if progress.counters.get("invalid", 0) != processed:
        return
    shared = shared_kinds(stored(), processed)
    if shared:
        raise JobFailedError("EveryRowRefused", _message(processed, shared))


def shared_kinds(stored: Iterable[Stored], items: int) -> Sequence[Kind]:
    """Return what each of so many rows has wrong, in the order of the first one."""
    rows = [list(row) for _, row in groupby(stored, key=lambda warning: warning.line)]
    if len(rows) != items or not all(any(one.refused for one in row) for row in rows):
        return ()
    # The number of cells differs from row to row; that of characters allowed does not.
    return _shared(rows, _QUOTED) or _shared(rows, _QUOTED_OR_NUMBER)


def _shared(rows: Sequence[Sequence[Stored]], differs: re.Pattern[str]) -> Sequence[Kind]:
    kinds = [[Kind(differs.sub("…", one.reason), one.column) for one in row] for row in rows]
    shared = set(kinds[0]).intersection(*kinds[1:])
    return [kind for kind in dict.fromkeys(kinds[0]) if kind in shared]


def _message(items: int, shared: Sequence[Kind]) -> str:
    reason = shared[0].reason
    columns = [kind.column for kind in shared if kind.reason == reason and kind.column]
    others = " and others" if len(columns) > _COLUMNS else ""
    where = f"column {', '.join(columns[:_COLUMNS])}{others}: " if columns else ""
    return (
        f"Each of the first {items:,} rows is refused for the same reason:"
        f" {clip(where + reason, _REASON_BYTES)}. So it is not some rows that are wrong, but the"
        " file as a whole, or what it refers to is not there yet. Mend that, and launch the job"
        " again."
    )
