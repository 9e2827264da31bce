"""Counting the records of a file before the first of them is imported.

What only the whole file can show is found here, early: characters that are not
UTF-8, an enclosure that is never closed, lines beyond all measure.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from pimjob_runner.formats.charset import decode
from pimjob_runner.formats.csv_file import CsvFile, plain_lines
from pimjob_runner.formats.csv_head import CsvHead
from pimjob_runner.formats.csv_record import LONGEST_RECORD, too_long

BLOCK = 1 << 20
BATCH = 1_000

See = Callable[[Sequence[str], float], None]
"""Called with the keys of further records, one text each, and how much of the file they end:
from 0 to 1."""

KEY_SEPARATOR = "\x1f"
"""Between the fields of a key that has several."""


def count_records(path: Path, head: CsvHead, keys: Sequence[int], see: See) -> int:
    """Return the number of records after the header.

    `keys` are the columns that name a record; `see` is called now and then with what
    records have there. It may raise what it likes to end the counting.
    Lines without enclosures are counted by their line ends, ten times as fast as by
    the CSV reader; the reader is asked from the first enclosure on.
    Raises UnreadableFileError naming the first line that cannot be read.
    """
    count, offset, line, size = 0, head.offset, head.line, path.stat().st_size
    of_lines = _keys_of_lines(keys, head.dialect.delimiter)
    with path.open("rb") as file:
        file.seek(offset)
        for block in _whole_lines(file, line):
            lines = plain_lines(decode(block, line), head.dialect.enclosure)
            if lines is None:
                rest = replace(head, offset=offset, line=line)
                return count + _count_by_reader(path, rest, keys, see)
            count += len(lines)
            offset += len(block)
            line += len(lines)
            see(of_lines(lines), offset / size)
    return count


def key_of(cells: Sequence[str], keys: Sequence[int]) -> str:
    """Return what names a record; nothing if a field of it is missing."""
    fields = [cells[key] if key < len(cells) else "" for key in keys]
    return KEY_SEPARATOR.join(fields) if all(fields) else ""


def _whole_lines(file: BinaryIO, line: int) -> Iterator[bytes]:
    rest = b""
    while block := file.read(BLOCK):
        text = rest + block
        if _first_end(text) > LONGEST_RECORD:
            raise too_long(line)
        head, end, rest = text.rpartition(b"\n")
        if end:
            yield head + end
            line += head.count(b"\n") + 1
    if rest:
        yield rest


def _first_end(text: bytes) -> int:
    end = text.find(b"\n")
    return len(text) if end < 0 else end


def _keys_of_lines(keys: Sequence[int], delimiter: str) -> Callable[[Sequence[str]], Sequence[str]]:
    if not keys:
        return lambda _lines: ()
    if tuple(keys) == (0,):
        return lambda lines: [line.partition(delimiter)[0] for line in lines]
    splits = max(keys) + 1
    return lambda lines: [key_of(line.split(delimiter, splits), keys) for line in lines]


def _count_by_reader(path: Path, head: CsvHead, keys: Sequence[int], see: See) -> int:
    count, size = 0, path.stat().st_size
    with CsvFile(path, head.dialect, offset=head.offset, line=head.line) as file:
        while found := file.read(
            BATCH, lambda cells: key_of(cells, keys), lambda _reason: ""
        ).items:
            count += len(found)
            see(found if keys else (), file.position["offset"] / size)
    return count
