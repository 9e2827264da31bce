"""Reading a CSV file record by record, from any position, with exact lines and offsets."""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self

from pimjob_runner.engine.steps import JobFailedError
from pimjob_runner.jobs.imports.parameters import CsvParameters

BLOCK = 1 << 20
LONGEST_LINE = 1 << 20


class Record(NamedTuple):
    """One record: the line that it begins on, its cells, and where its lines are in the batch."""

    line: int
    cells: list[str]
    first: int
    last: int


@dataclass(slots=True)
class Batch:
    """Records read together, with the physical lines that they came from."""

    records: list[Record]
    lines: list[str]

    def text(self, record: Record) -> str:
        """Return a record as it was in the file, without its line end."""
        return "".join(self.lines[record.first : record.last]).rstrip("\r\n")


class CsvFile:
    """A CSV file that is open at `offset`, where line number `line` begins."""

    def __init__(self, path: Path, parameters: CsvParameters, *, offset: int, line: int) -> None:
        self.offset = offset
        self.line = line
        self._delimiter = parameters.delimiter
        self._enclosure = parameters.enclosure
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

    def read(self, limit: int) -> Batch:
        """Read up to `limit` records; blank lines are none. Empty at the end of the file."""
        batch = Batch([], [])
        reader = csv.reader(
            self._lines(batch.lines), delimiter=self._delimiter, quotechar=self._enclosure
        )
        first_line, end = self.line, 0
        append = batch.records.append
        try:
            for cells in reader:
                start, end = end, reader.line_num
                if cells:
                    append(Record(first_line + start, cells, start, end))
                    if len(batch.records) == limit:
                        break
        except csv.Error as error:
            raise JobFailedError(
                "InvalidFile",
                f"Line {first_line + end}: {error}. A cell that begins with {self._enclosure} may"
                " lack the one at its end.",
            ) from error
        self.line = first_line + end
        return batch

    def _lines(self, kept: list[str]) -> Iterator[str]:
        """Yield lines one by one: the reader takes no more than its record needs."""
        readline = self._file.readline
        while raw := readline(LONGEST_LINE):
            self.offset += len(raw)
            text = raw.decode("utf-8")
            kept.append(text)
            yield text


def read_header(path: Path, parameters: CsvParameters) -> tuple[list[str], str, int, int]:
    """Return the header's cells, its text, the offset after it, and the bytes of the BOM."""
    with path.open("rb") as file:
        bom = len(codecs.BOM_UTF8) if file.read(3) == codecs.BOM_UTF8 else 0
    with CsvFile(path, parameters, offset=bom, line=1) as source:
        batch = source.read(1)
        if not batch.records:
            raise JobFailedError("InvalidFile", "The file is empty; a header is needed.")
        record = batch.records[0]
        return record.cells, batch.text(record), source.offset, bom


def count_records(path: Path, enclosure: str) -> int:
    """Count the records of a file, header included, by its line ends outside of enclosures.

    Raises JobFailedError naming the first line that is not UTF-8.
    """
    quote = enclosure.encode()
    decoder = codecs.getincrementaldecoder("utf-8")()
    count, inside, last, lines = 0, False, b"\n", 1
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            _decode(decoder, block, lines)
            lines += block.count(b"\n")
            for index, piece in enumerate(block.split(quote)):
                inside = inside if index == 0 else not inside
                if not inside:
                    count += piece.count(b"\n")
            last = block[-1:]
    _decode(decoder, b"", lines, final=True)
    return count + (last != b"\n")


def _decode(
    decoder: codecs.IncrementalDecoder, block: bytes, line: int, *, final: bool = False
) -> None:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError as error:
        bad = line + bytes(error.object[: error.start]).count(b"\n")
        raise JobFailedError(
            "InvalidCharset",
            f"Line {bad} is not UTF-8 (byte 0x{error.object[error.start]:02x}). Save the file as"
            " UTF-8 and import it again.",
        ) from error
