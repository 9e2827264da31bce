"""What a step writes out: records in a neutral form, until a format makes a file of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

Cell = str | int | None
"""A text, a number, a flag (True, False), or nothing."""
Row = Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Records:
    """Records that a chunk hands over: each has a cell for each of `columns`."""

    columns: Sequence[str]
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class OutputPart:
    """Records that were handed over and committed together, in a file that never changes."""

    path: Path
    records: int
    bytes: int
    """What the file must have."""


class RecordFormat(Protocol):
    """How records are written in a file."""

    @property
    def suffix(self) -> str:
        """What the names of such files end in, with its dot."""

    def write(self, file: BinaryIO, columns: Sequence[str], rows: Iterable[Row], /) -> None:
        """Write a whole file. All rows are there, but they are many: take one after the other.

        The same arguments must give the same bytes.
        """
