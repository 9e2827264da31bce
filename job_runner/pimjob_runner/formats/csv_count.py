"""Counting the records of a file before the first of them is imported.

What only the whole file can show is found here, early: characters that are not
UTF-8, an enclosure that is never closed, lines and cells beyond all measure.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from pimjob_runner.formats.csv_dialect import CsvDialect
from pimjob_runner.formats.csv_file import (
    LONGEST_LINE,
    CsvFile,
    bom_bytes,
    decode,
    is_plain,
    never_ends,
)
from pimjob_runner.formats.errors import UnreadableFileError

BLOCK = 1 << 20
WINDOW = 1 << 16
"""Half of the longest cell that Python's CSV reader takes."""


def count_records(path: Path, dialect: CsvDialect) -> int:
    """Return the number of records, the header included.

    Files without enclosures and blank lines are counted by their line ends, ten
    times as fast as by the CSV reader; the reader is asked only about the others.
    Raises UnreadableFileError naming the first line that cannot be read.
    """
    plain, line = True, 1
    with path.open("rb") as file:
        for block in _whole_lines(file):
            whole = is_plain(decode(block, line), dialect.enclosure)
            plain = plain and whole and not _has_long_line(block)
            line += block.count(b"\n") + (not block.endswith(b"\n"))
    return line - 1 if plain else _count_by_reader(path, dialect)


def _whole_lines(file: BinaryIO) -> Iterator[bytes]:
    rest, line = b"", 1
    while block := file.read(BLOCK):
        head, end, tail = (rest + block).rpartition(b"\n")
        if end:
            yield head + end
            line += head.count(b"\n") + 1
        if len(tail) >= LONGEST_LINE:
            raise _too_long(line)
        rest = tail
    if rest:
        yield rest


def _has_long_line(block: bytes) -> bool:
    """Say whether a line may have a cell that is longer than what the CSV reader takes.

    Such a line has no end in at least one of these windows.
    """
    starts = range(0, len(block) - WINDOW, WINDOW)
    return any(block.find(b"\n", start, start + WINDOW) < 0 for start in starts)


def _count_by_reader(path: Path, dialect: CsvDialect) -> int:
    count, last = 0, None
    with CsvFile(path, dialect, offset=bom_bytes(path), line=1) as source:
        while (batch := source.read(1_000, len)).items:
            count += len(batch.items)
            last = batch
    end = -1 if last is None else len(last.items) - 1
    if last is not None and never_ends(last.records.of(end), dialect):
        raise UnreadableFileError(
            "InvalidFile",
            f"Line {last.records.line(end)}: a cell begins with {dialect.enclosure} and"
            " never ends. Close it, or write the character twice where it is meant.",
        )
    return count


def _too_long(line: int) -> UnreadableFileError:
    return UnreadableFileError(
        "InvalidFile",
        f"Line {line} is longer than {LONGEST_LINE >> 20} MiB. This is hardly a CSV file; check"
        " its line ends.",
    )
