"""Records that were read together, and where they stand in their file, whatever its format."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, NamedTuple, Self, TypeVar

Cells = list[str]
T = TypeVar("T")


@dataclass(frozen=True)
class Records:
    """Where records that were read together stand in the file.

    Record `n` begins on line number `lines[n]` of the file. `text` is the physical lines of
    all; those of record `n` are number `starts[n]` up to `starts[n + 1]` of it.
    """

    lines: Sequence[int]
    starts: Sequence[int]
    text: str

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Return records that were read one after the other, wherever they stand."""
        parts = [part for part in parts if part.lines]
        if len(parts) == 1:
            return parts[0]
        lines, starts, end = list[int](), list[int](), 0
        for part in parts:
            lines += part.lines
            starts += [end + start for start in part.starts[:-1]]
            end += part.starts[-1]
        # The last line of a file may have no end.
        texts = (part.text if part.text.endswith("\n") else f"{part.text}\n" for part in parts)
        return cls(lines, [*starts, end], "".join(texts))

    def line(self, record: int) -> int:
        """Return the number of the line that a record begins on."""
        return self.lines[record]

    def of(self, record: int) -> str:
        """Return a record as it was in the file, without its line end."""
        own = self._texts[self.starts[record] : self.starts[record + 1]]
        # Blank lines may follow the record; none belongs to it.
        return "\n".join(own).rstrip("\r\n")

    @cached_property
    def _texts(self) -> list[str]:
        """Made only where a record is refused, and not handed to another process."""
        return self.text.split("\n")

    def __reduce__(self) -> tuple[type[Self], tuple[Sequence[int], Sequence[int], str]]:
        return type(self), (self.lines, self.starts, self.text)


Place = tuple[int, int]
"""Where a block is remembered."""

Known = Callable[[bytes], tuple[Place, int] | None]
"""From the digest of a block to where it is remembered, and how many records it has."""


class Block(NamedTuple):
    """Whole records one after the other, as they were found in the file."""

    digest: bytes
    offset: int
    line: int
    end: int
    """The line after it."""
    records: int
    known: Place | None
    """If it is remembered, its records were passed by, not read."""

    @property
    def position(self) -> dict[str, int]:
        """Return where its first record begins."""
        return {"offset": self.offset, "line": self.line}


def without(blocks: Sequence[Block], lines: Iterable[int]) -> list[Block]:
    """Return the blocks that have none of these lines."""
    found = sorted(lines)
    return [b for b in blocks if bisect_left(found, b.line) == bisect_left(found, b.end)]


@dataclass(frozen=True, slots=True)
class Batch(Generic[T]):
    """Records read together: `items[n]` is what record `n` was made into."""

    items: list[T]
    records: Records
    blocks: Sequence[Block] = ()
    """The blocks that they and those that were passed by are in, as far as these are whole."""

    @property
    def read(self) -> int:
        """How many records there were, those that were passed by among them."""
        passed = sum(block.records for block in self.blocks if block.known is not None)
        return len(self.items) + passed
