"""Records that were read together, and where they stand in their file, whatever its format."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, Self, TypeVar

Cells = list[str]
T = TypeVar("T")


@dataclass(frozen=True)
class Records:
    """Where records that were read together stand in the file.

    `text` is their physical lines; those of record `n` are number `starts[n]` up to
    `starts[n + 1]` of it, and the first of all is line number `first_line` of the file.
    """

    first_line: int
    starts: Sequence[int]
    text: str

    def line(self, record: int) -> int:
        """Return the number of the line that a record begins on."""
        return self.first_line + self.starts[record]

    def of(self, record: int) -> str:
        """Return a record as it was in the file, without its line end."""
        own = self._lines[self.starts[record] : self.starts[record + 1]]
        # Blank lines may follow the record; none belongs to it.
        return "\n".join(own).rstrip("\r\n")

    @cached_property
    def _lines(self) -> list[str]:
        """Made only where a record is refused, and not handed to another process."""
        return self.text.split("\n")

    def __reduce__(self) -> tuple[type[Self], tuple[int, Sequence[int], str]]:
        return type(self), (self.first_line, self.starts, self.text)


@dataclass(frozen=True, slots=True)
class Batch(Generic[T]):
    """Records read together: `items[n]` is what record `n` was made into."""

    items: list[T]
    records: Records
