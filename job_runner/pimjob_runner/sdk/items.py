"""What an item step reads and writes: chunks of items, and warnings about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from pimjob_runner.sdk.output import Records
from pimjob_runner.stores.database import Transaction

T = TypeVar("T")

Position = Mapping[str, Any]
"""Where a step is: small JSON that finds the next item by key (a byte offset of
an immutable file, the last key of a frozen selection), never by counting."""


@dataclass(frozen=True, slots=True)
class ItemWarning:
    """One thing wrong with one item.

    `record` is the source row as it was (without its line end) when the item was
    refused; None when the item was written in spite of it. Of several warnings
    about one row only the first carries the record. `more`: how many others there are
    about the same row that are only counted; see `of_one_row`.
    """

    reason: str
    line: int | None = None
    column: str | None = None
    value: str | None = None
    record: str | None = None
    more: int = 0


@dataclass(slots=True)
class Chunk(Generic[T]):
    """Items read and prepared, not yet written.

    `items` is whatever the session's `write` understands. `read` counts the source's
    items in this chunk, refused ones included; `position` is where the next chunk
    begins; `warnings` and `counters` are what reading already found out. `lines`: where the
    items stand in the source, for a chunk whose items are not in its order; warnings are
    stored in theirs.
    """

    items: T
    read: int
    position: Position
    warnings: list[ItemWarning] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)
    lines: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class SkippedItem:
    """An item that was passed by. `warning` says why, and has its record if that is known."""

    position: Position
    """Where the next item begins."""
    warning: ItemWarning


@dataclass(slots=True)
class ChunkResult:
    """What writing a chunk did: counters to add (`created`, `updated`, …) and warnings.

    `records` go to the step's output, of which a `WriteOutput` after it makes a file: in the
    order of the items, each exactly once.
    """

    counters: dict[str, int] = field(default_factory=dict)
    warnings: list[ItemWarning] = field(default_factory=list)
    records: Records | None = None


class ItemSession(Protocol[T]):
    """An open ItemStep. `read` runs on another thread than `write`, ahead of it.

    One that is made of functions: `SessionFrom`.
    """

    @property
    def total(self) -> int | None:
        """Items in the whole source, None if unknown."""

    @property
    def preamble(self) -> str | None:
        """What the step needs besides the records to write the refused ones; None: it doesn't.

        It is stored with the step: they are also written when it is not open.
        """

    @property
    def reads_apart(self) -> bool:
        """Whether `read` runs in another process, forked when the session is open.

        That pays where reading is much Python. What `read` changes is then unknown to
        `write`, but for the chunk; its items must be picklable.
        """

    @property
    def fails_early(self) -> bool:
        """Whether the job fails if all of its first items are refused for one same reason."""

    def read(self, limit: int, /) -> Chunk[T] | None:
        """Return the next chunk of at most `limit` items, None at the end. No database."""

    def skip(self, reason: str, /) -> SkippedItem | None:
        """Pass the next item by, best without looking into it; None at the end.

        It is called for an item that has ended the runner several times; `reason` says so.
        """

    def write(self, transaction: Transaction, chunk: Chunk[T], /) -> ChunkResult:
        """Write the chunk. The engine commits; on any error it rolls back.

        After a ConflictError it is called again with the same chunk, in a new transaction.
        So what it remembers beyond the chunk must not count on the commit. Raise
        StaleReadError if `read` would find something else by now.
        """
