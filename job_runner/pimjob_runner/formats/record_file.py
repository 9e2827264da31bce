"""A file of records as those who read it see it, whatever its format."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from pimjob_runner.formats.csv_count import See
from pimjob_runner.formats.records import Batch, Cells, Known

T = TypeVar("T")

Position = Mapping[str, Any]
"""Where a record begins: small JSON that only the format of the file understands."""


class OpenRecords(Protocol):
    """A file of records, open at a position."""

    @property
    def position(self) -> Position:
        """Where the next record begins."""

    def read(
        self, limit: int, use: Callable[[Cells], T], broken: Callable[[str], T], /
    ) -> Batch[T]:
        """Read up to `limit` records; none at the end. Raises UnreadableFileError.

        `use` is called with each record at once; `broken` where its cells cannot be told, with
        what is wrong with it.
        """

    def close(self) -> None:
        """Close the file."""


class RecordFile(Protocol):
    """A file of records that never changes, and what its beginning says."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names in its header, as they are there."""

    @property
    def header(self) -> str:
        """The header as text, so that refused records can be written below it."""

    def open(self, position: Position | None = None, /, known: Known | None = None) -> OpenRecords:
        """Open it at a position that it has once told; None: at the first record.

        Blocks of records that are `known` may be passed by, if the format has such.
        """

    def count(self, keys: Sequence[int], see: See, /) -> int:
        """Return the number of records. Raises UnreadableFileError.

        `keys` are the columns that name a record; `see` is called now and then with what
        records have there. It may raise what it likes to end the counting.
        """
