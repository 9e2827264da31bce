"""Reading a CSV file in blocks of lines, of which those that are known are passed by."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

from pimjob_runner.formats.csv_file import CsvFile
from pimjob_runner.formats.line_blocks import LineBlock, line_blocks
from pimjob_runner.formats.records import Batch, Block, Cells, Known, Place, Records

T = TypeVar("T")


class CsvBlocks:
    """An open file of records that tells which blocks they are in.

    Where a block of the same bytes begins with a record, it has the same records: one that is
    known is passed by without a look at its cells.
    """

    def __init__(self, file: CsvFile, known: Known) -> None:
        self._file = file
        self._known = known

    @property
    def position(self) -> dict[str, int]:
        """Return where the next record begins."""
        return self._file.position

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def read(
        self, limit: int, use: Callable[[Cells], T], broken: Callable[[str], T], /
    ) -> Batch[T]:
        """Read or pass by the records of about `limit` lines. Raises UnreadableFileError."""
        blocks = list(line_blocks(*self._file.ahead(limit)))
        if not blocks:
            return self._file.read(limit, use, broken)
        reading = _Reading(self._file, use, broken)
        for block in blocks:
            reading.go_on(block, self._known(block.digest))
        return reading.end()


class _Reading(Generic[T]):
    """Goes through blocks one after the other; what is not known is read together."""

    def __init__(
        self, file: CsvFile, use: Callable[[Cells], T], broken: Callable[[str], T]
    ) -> None:
        self._file, self._use, self._broken = file, use, broken
        self._offset, self._line = file.offset, file.line
        self._waiting: list[Block] = []
        self._batches: list[Batch[T]] = []
        self._blocks: list[Block] = []

    def go_on(self, found: LineBlock, known: tuple[Place, int] | None) -> None:
        """Pass a block by if it is known, and if a record begins with it."""
        if known is not None:
            self._read()
        begins = self._file.line == self._line
        self._offset, offset = self._offset + found.size, self._offset
        self._line, line = self._line + found.lines, self._line
        if known is None or not begins:
            self._waiting.append(Block(found.digest, offset, line, self._line, 0, None))
            return
        place, records = known
        self._file.pass_by(found.size, found.lines)
        self._blocks.append(Block(found.digest, offset, line, self._line, records, place))

    def end(self) -> Batch[T]:
        """Return what was read and passed by."""
        self._read()
        items = [item for batch in self._batches for item in batch.items]
        return Batch(items, Records.joined([b.records for b in self._batches]), self._blocks)

    def _read(self) -> None:
        """Read the records that begin in the blocks that wait, which is at least one a line."""
        records = list[Records]()
        while self._file.line < self._line:
            batch = self._file.read(self._line - self._file.line, self._use, self._broken)
            if not batch.items:
                break
            self._batches.append(batch)
            records.append(batch.records)
        if records:
            lines = Records.joined(records).lines
            self._blocks += _whole(self._waiting, lines, self._file.line)
        self._waiting = []


def _whole(blocks: Sequence[Block], lines: Sequence[int], stop: int) -> Iterator[Block]:
    """Yield the blocks that are of whole records, told how many.

    Records begin on `lines`, and the next one after them on line `stop`.
    """
    starts = range(lines[0], stop + 1) if isinstance(lines, range) else {*lines, stop}
    for block in blocks:
        records = bisect_left(lines, block.end) - bisect_left(lines, block.line)
        if records and block.line in starts and block.end in starts:
            yield block._replace(records=records)
