r"""Records that the CSV reader gives up on: where they end, and what is wrong with them.

A reader that goes on with the next line would take the rest of a broken record of several
lines for rows of their own, and a catalogue would get products named `</p>`.
"""

import csv
import re
from dataclasses import dataclass
from functools import lru_cache

from pimjob_runner.formats.csv_dialect import CsvDialect
from pimjob_runner.formats.errors import UnreadableFileError

LONGEST_RECORD = 1 << 20
"""Bytes; also of a line."""
LONGEST_CELL = 131_072
"""Characters. What Python's CSV reader takes, unless a program tells it otherwise."""


@dataclass(frozen=True)
class BrokenRecord:
    """A record that is refused: how long its text is, and why, in a sentence for people."""

    length: int
    reason: str


def broken_record(
    text: str, read: int, error: csv.Error, dialect: CsvDialect, line: int
) -> BrokenRecord:
    """Return the record that `text` begins with, of which `read` characters raised `error`.

    `text` is whole lines: as many as a record may have, or all to the end of the file.
    Raises UnreadableFileError if the record has no end: nothing after it can be read.
    """
    old_way = f"\\{dialect.enclosure}" in text[:read] and "expected after" in str(error)
    found = _record(dialect, old_way=True).match(text) if old_way else None
    if found is None or found.end() < read:
        found = _record(dialect, old_way=False).match(text)
    if found is None:
        raise never_ends(line, dialect)
    return BrokenRecord(found.end(), _reason(str(error), dialect, old_way=old_way))


def never_ends(line: int, dialect: CsvDialect) -> UnreadableFileError:
    """Return what is wrong with a file whose record on `line` has no end."""
    quote = dialect.enclosure
    return UnreadableFileError(
        "InvalidFile",
        f"Line {line}: a cell begins with {quote} and never ends, or not within"
        f" {LONGEST_RECORD >> 20} MiB. Close it, or write the character twice where it is meant.",
    )


def too_long(line: int) -> UnreadableFileError:
    """Return what is wrong with a file that has such a line."""
    return UnreadableFileError(
        "InvalidFile",
        f"Line {line} is longer than {LONGEST_RECORD >> 20} MiB. This is hardly a CSV file; check"
        " its line ends.",
    )


@lru_cache
def _record(dialect: CsvDialect, *, old_way: bool) -> re.Pattern[str]:
    r"""Return what matches one record, with its line end. `old_way`: quotes inside are `\"`.

    Nothing is tried twice (`*+`), so it takes time in proportion to the text.
    """
    quote, delimiter = re.escape(dialect.enclosure), re.escape(dialect.delimiter)
    inside = rf"[^{quote}\\]++|\\.|{quote}{quote}" if old_way else rf"[^{quote}]++|{quote}{quote}"
    bare = rf"[^{delimiter}\n]*+"
    cell = rf"(?:{quote}(?:{inside})*+{quote}{bare}|(?!{quote}){bare})"
    return re.compile(rf"{cell}(?:{delimiter}{cell})*+(?:\n|\Z)", re.DOTALL)


def _reason(error: str, dialect: CsvDialect, *, old_way: bool) -> str:
    quote = dialect.enclosure
    if "field limit" in error:
        return f"a cell has more than {LONGEST_CELL:,} characters: shorten it"
    if "new-line" in error:
        return (
            "a cell has a carriage return (CR) outside of quotes: remove it, or put the cell"
            f" between {quote}"
        )
    if old_way:
        return (
            f"a quote inside of a cell is written as \\{quote}, as old exports do: write it as"
            f" {quote}{quote}"
        )
    return (
        f"a cell goes on after its closing {quote}: a quote inside of it is written as"
        f" {quote}{quote}"
    )
