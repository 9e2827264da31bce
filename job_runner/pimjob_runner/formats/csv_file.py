"""Reading a CSV file record by record, from any position, with exact lines and offsets."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, TypeVar

from pimjob_runner.formats.charset import decode
from pimjob_runner.formats.csv_dialect import CsvDialect
from pimjob_runner.formats.csv_record import (
    LONGEST_CELL,
    LONGEST_RECORD,
    broken_record,
    never_ends,
    too_long,
)
from pimjob_runner.formats.records import Batch, Cells, Records

BATCH_BYTES = 4 << 20
"""A batch ends after the record that reaches this: wide or long rows make smaller batches."""

T = TypeVar("T")


class CsvFile:
    """A CSV file that is open at `offset`, where line number `line` begins."""

    def __init__(self, path: Path, dialect: CsvDialect, *, offset: int, line: int) -> None:
        self.offset = offset
        self.line = line
        self._dialect = dialect
        self._seen: list[bytes] = []
        self._next = 0
        """Of the lines that were looked at, the first that was not read yet."""
        self._file: BinaryIO = path.open("rb")
        self._file.seek(offset)

    @property
    def position(self) -> dict[str, int]:
        """Where the next record begins, small enough for a checkpoint."""
        return {"offset": self.offset, "line": self.line}

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def read(self, limit: int, use: Callable[[Cells], T], broken: Callable[[str], T]) -> Batch[T]:
        """Read up to `limit` records; blank lines are none. Empty at the end of the file.

        `use` is called with each record at once: thousands of cells that wait for it
        would fall out of the processor's cache. `broken` is called instead where a
        record's cells cannot be told, with what is wrong with it.
        Raises UnreadableFileError where nothing after a record can be read.
        """
        raw = b"".join(self._take(limit))
        text = decode(raw, self.line)
        lines = plain_lines(text, self._dialect.enclosure)
        # Shorter lines have no cell beyond all measure.
        if lines is not None and len(max(lines, key=len, default="")) <= LONGEST_CELL:
            self.offset += len(raw)
            return self._read_plain(lines, text, use)
        # Where its records end is known only to the reader: one line at a time.
        self._seek()
        return self._read_by_line(limit, use, broken)

    def ahead(self, limit: int) -> tuple[list[bytes], bool]:
        """Return the next lines that `read` would look at, and whether they are the last ones."""
        if self._next < len(self._seen):
            self._seek()
        lines = self._seen = self._take(limit)
        self._next = 0
        # Of fewer lines that are not many bytes the file has no more.
        return lines, len(lines) < limit and sum(map(len, lines)) < BATCH_BYTES

    def pass_by(self, size: int, lines: int) -> None:
        """Go on behind so many bytes, which are so many whole lines."""
        self.offset += size
        self.line += lines
        if self._next < len(self._seen):
            self._next += lines
        else:
            self._seek()

    def _seek(self) -> None:
        """Go to where the next record begins, as if nothing after it had been looked at."""
        self._seen, self._next = [], 0
        self._file.seek(self.offset)

    def _take(self, limit: int) -> list[bytes]:
        """Take up to `limit` lines, or as many as a batch may have bytes."""
        if self._next < len(self._seen):
            first, self._next = self._next, self._next + limit
            return self._seen[first : self._next]
        raw: list[bytes] = []
        size = 0
        while len(raw) < limit and size < BATCH_BYTES:
            more = list(islice(self._file, min(limit - len(raw), 16)))
            if not more:
                break
            size += sum(map(len, more))
            raw += more
        if size > LONGEST_RECORD:
            self._refuse_long(raw)
        return raw

    def _refuse_long(self, lines: Sequence[bytes]) -> None:
        for number, line in enumerate(lines, start=self.line):
            if len(line) > LONGEST_RECORD:
                raise too_long(number)

    def _reader(self, lines: Iterable[str]) -> Iterator[Cells]:
        """Return a strict reader: a quote that is not doubled must not change a cell silently."""
        form = self._dialect
        return csv.reader(lines, delimiter=form.delimiter, quotechar=form.enclosure, strict=True)

    def _read_plain(self, lines: list[str], text: str, use: Callable[[Cells], T]) -> Batch[T]:
        """Read lines of which each is one record: to split them is three times as fast."""
        first, delimiter = self.line, self._dialect.delimiter
        items = [use(line.split(delimiter)) for line in lines]
        self.line += len(lines)
        return Batch(items, Records(range(first, self.line), range(len(lines) + 1), text))

    def _read_by_line(
        self, limit: int, use: Callable[[Cells], T], broken: Callable[[str], T]
    ) -> Batch[T]:
        """Read records that may have several lines, or none."""
        first, lines, items = self.line, list[str](), list[T]()
        starts, end, full = list[int](), 0, self.offset + BATCH_BYTES
        reader, more = self._reader(self._lines(lines)), True
        while more and len(starts) < limit and self.offset < full:
            try:
                for cells in reader:
                    start, end = end, len(lines)
                    if cells:
                        items.append(use(cells))
                        starts.append(start)
                        if len(starts) == limit or self.offset >= full:
                            break
                else:
                    more = False
            except csv.Error as error:
                items.append(broken(self._pass_broken(lines, end, error)))
                starts.append(end)
                end = len(lines)
        self.line += end
        at = [first + start for start in starts]
        return Batch(items, Records(at, [*starts, end], "".join(lines)))

    def _lines(self, kept: list[str]) -> Iterator[str]:
        """Yield lines one by one: the reader takes no more than its record needs."""
        while raw := self._file.readline(LONGEST_RECORD + 1):
            if len(raw) > LONGEST_RECORD:
                raise too_long(self.line + len(kept))
            self.offset += len(raw)
            text = decode(raw, self.line + len(kept))
            kept.append(text)
            yield text

    def _pass_broken(self, kept: list[str], start: int, error: csv.Error) -> str:
        """Take the rest of a record that begins with line `start` of those kept; return why."""
        line = self.line + start
        if "end of data" in str(error):
            raise never_ends(line, self._dialect)
        read = "".join(kept[start:])
        text = read + self._ahead(self.line + len(kept))
        record = broken_record(text, len(read), error, self._dialect, line)
        rest = text[len(read) : record.length]
        kept += io.StringIO(rest, newline="\n")
        self.offset += len(rest.encode())
        self._file.seek(self.offset)
        return record.reason

    def _ahead(self, line: int) -> str:
        """Look at the next lines, the first of which is number `line`."""
        raw = self._file.read(LONGEST_RECORD)
        whole = len(raw) < LONGEST_RECORD
        return decode(raw if whole else raw[: raw.rfind(b"\n") + 1], line)


def plain_lines(text: str, enclosure: str) -> list[str] | None:
    """Return the lines of a text of whole lines, without their ends.

    None unless each of them is one record: no enclosures, blank lines or odd line ends.
    """
    if enclosure in text:
        return None
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    if "\r" in text:
        if text.count("\r") > text.count("\r\n"):
            return None
        lines = [line.removesuffix("\r") for line in lines]
    return lines if all(lines) else None
