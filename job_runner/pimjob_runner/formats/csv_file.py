"""Reading a CSV file record by record, from any position, with exact lines and offsets."""

import codecs
import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Generic, Self, TypeVar

from pimjob_runner.formats.csv_dialect import CsvDialect
from pimjob_runner.formats.errors import UnreadableFileError

BATCH_BYTES = 4 << 20
"""A batch ends after the record that reaches this: wide or long rows make smaller batches."""
LONGEST_LINE = 1 << 20


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


class CsvFile:
    """A CSV file that is open at `offset`, where line number `line` begins."""

    def __init__(self, path: Path, dialect: CsvDialect, *, offset: int, line: int) -> None:
        self.offset = offset
        self.line = line
        self._delimiter = dialect.delimiter
        self._enclosure = dialect.enclosure
        self._file: BinaryIO = path.open("rb")
        self._file.seek(offset)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def read(self, limit: int, use: Callable[[Cells], T]) -> Batch[T]:
        """Read up to `limit` records; blank lines are none. Empty at the end of the file.

        `use` is called with each record at once: thousands of cells that wait for
        it would fall out of the processor's cache.
        """
        raw = b"".join(self._take(limit))
        text = decode(raw, self.line)
        lines = plain_lines(text, self._enclosure)
        if lines is not None:
            self.offset += len(raw)
            return self._read_plain(lines, text, use)
        # Where its records end is known only to the reader: one line at a time.
        self._file.seek(self.offset)
        return self._read_by_line(limit, use)

    def _take(self, limit: int) -> list[bytes]:
        """Take up to `limit` lines, or as many as a batch may have bytes."""
        raw: list[bytes] = []
        size = 0
        while len(raw) < limit and size < BATCH_BYTES:
            more = list(islice(self._file, min(limit - len(raw), 16)))
            if not more:
                break
            size += sum(map(len, more))
            raw += more
        return raw

    def _read_plain(self, lines: list[str], text: str, use: Callable[[Cells], T]) -> Batch[T]:
        """Read lines of which each is one record."""
        first = self.line
        reader = csv.reader(lines, delimiter=self._delimiter, quotechar=self._enclosure)
        try:
            items = [use(cells) for cells in reader]
        except csv.Error as error:
            raise self._unreadable(first + reader.line_num - 1, error) from error
        self.line += len(lines)
        return Batch(items, Records(first, range(len(lines) + 1), text))

    def _read_by_line(self, limit: int, use: Callable[[Cells], T]) -> Batch[T]:
        """Read records that may have several lines, or none."""
        first, lines, items = self.line, list[str](), list[T]()
        reader = csv.reader(
            self._lines(lines), delimiter=self._delimiter, quotechar=self._enclosure
        )
        starts, end, began = [], 0, self.offset
        try:
            for cells in reader:
                start, end = end, reader.line_num
                if cells:
                    items.append(use(cells))
                    starts.append(start)
                    if len(starts) == limit or self.offset - began >= BATCH_BYTES:
                        break
        except csv.Error as error:
            raise self._unreadable(self.line + end, error) from error
        self.line += end
        return Batch(items, Records(first, [*starts, end], "".join(lines)))

    def _lines(self, kept: list[str]) -> Iterator[str]:
        """Yield lines one by one: the reader takes no more than its record needs."""
        while raw := self._file.readline(LONGEST_LINE):
            self.offset += len(raw)
            text = decode(raw, self.line + len(kept))
            kept.append(text)
            yield text

    def _unreadable(self, line: int, error: csv.Error) -> UnreadableFileError:
        return UnreadableFileError(
            "InvalidFile",
            f"Line {line}: {error}. A cell that begins with {self._enclosure} may lack the one at"
            " its end.",
        )


def never_ends(record: str, dialect: CsvDialect) -> bool:
    """Say whether a file's last record is still inside an enclosure.

    Python's reader takes the end of the file for the end of the cell. So it is given
    one more line: an empty cell, unless that line is inside an enclosure, too.
    """
    more = [*record.split("\n"), dialect.enclosure * 2]
    reader = csv.reader(more, delimiter=dialect.delimiter, quotechar=dialect.enclosure)
    return list(reader)[-1] != [""]


def read_header(path: Path, dialect: CsvDialect) -> tuple[list[str], str, int, int]:
    """Return the header's cells, its text, the offset after it, and the line after it.

    Raises UnreadableFileError if there is none, or if it is not UTF-8.
    """
    with CsvFile(path, dialect, offset=bom_bytes(path), line=1) as source:
        batch = source.read(1, list)
        if not batch.items:
            raise UnreadableFileError("InvalidFile", "The file is empty; a header is needed.")
        return batch.items[0], batch.records.of(0), source.offset, source.line


def bom_bytes(path: Path) -> int:
    """Return the length of a file's byte order mark, 0 if it has none."""
    with path.open("rb") as file:
        return len(codecs.BOM_UTF8) if file.read(3) == codecs.BOM_UTF8 else 0


def plain_lines(text: str, enclosure: str) -> list[str] | None:
    """Return the lines of a text of whole lines, None unless each of them is one record."""
    if not is_plain(text, enclosure):
        return None
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return lines


def is_plain(text: str, enclosure: str) -> bool:
    """Whether each line is one record: no enclosures, blank lines or odd line ends."""
    if enclosure in text or "\n\n" in text or text.startswith("\n"):
        return False
    if "\r" not in text:
        return True
    blank = "\n\r\n" in text or text.startswith("\r\n")
    return not blank and text.count("\r") == text.count("\r\n")


def decode(raw: bytes, line: int) -> str:
    """Decode whole lines, the first of which is number `line`. Raises UnreadableFileError."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        bad = line + raw.count(b"\n", 0, error.start)
        raise UnreadableFileError(
            "InvalidCharset",
            f"Line {bad} is not UTF-8 (byte 0x{raw[error.start]:02x}). Save the file as UTF-8 and"
            " import it again.",
        ) from error
    if "\0" in text:
        bad = line + text.count("\n", 0, text.index("\0"))
        raise UnreadableFileError(
            "InvalidCharset",
            f"Line {bad} has a NUL character: this is no text file, or one in UTF-16. Save it as"
            " UTF-8 and import it again.",
        )
    return text
