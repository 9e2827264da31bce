"""The beginning of a CSV file: byte order mark, `sep=`, header, and what contradicts them."""

import codecs
import re
from dataclasses import dataclass, replace
from pathlib import Path

from pimjob_runner.formats.charset import refuse_utf_16
from pimjob_runner.formats.csv_dialect import DELIMITERS, CsvDialect
from pimjob_runner.formats.csv_file import CsvFile
from pimjob_runner.formats.csv_record import LONGEST_RECORD, too_long
from pimjob_runner.formats.errors import UnreadableFileError
from pimjob_runner.formats.records import Cells

_SEPARATOR = re.compile(rb'(?i:"?sep=(.)"?[;,|\t]*\r?\n)', re.DOTALL)
"""A first line by which Excel is told the delimiter."""


@dataclass(frozen=True)
class CsvHead:
    """What a file's beginning says: its columns, and where its records begin."""

    columns: tuple[str, ...]
    text: str
    """The header as it is in the file, with the line `sep=` before it, if there is one."""
    dialect: CsvDialect
    offset: int
    line: int


def read_head(path: Path, dialect: CsvDialect) -> CsvHead:
    """Read the header. Raises UnreadableFileError if there is none, or none in this dialect."""
    first, offset = _first_line(path)
    line, before = 1, ""
    if found := _SEPARATOR.fullmatch(first):
        dialect = replace(dialect, delimiter=_delimiter(found.group(1)))
        offset, line = offset + len(first), 2
        before = f"sep={dialect.delimiter}\n"
    with CsvFile(path, dialect, offset=offset, line=line) as file:
        batch = file.read(1, Cells, _refuse)
        if not batch.items:
            raise UnreadableFileError("InvalidFile", "The file is empty; a header is needed.")
        columns, text = batch.items[0], before + batch.records.of(0)
        _refuse_other_delimiter(columns, dialect)
        return CsvHead(tuple(columns), text, dialect, file.offset, file.line)


def _first_line(path: Path) -> tuple[bytes, int]:
    """Return a file's first line, and where it begins: after the byte order mark."""
    with path.open("rb") as file:
        raw = file.readline(LONGEST_RECORD + 1)
    refuse_utf_16(raw)
    text = raw.removeprefix(codecs.BOM_UTF8)
    if b"\r" in text.rstrip(b"\r\n") and b'"' not in text and b"'" not in text:
        raise _carriage_returns()
    if len(raw) > LONGEST_RECORD:
        raise too_long(1)
    return text, len(raw) - len(text)


def _refuse(reason: str) -> Cells:
    if "CR" in reason:
        raise _carriage_returns()
    raise UnreadableFileError("InvalidFile", f"The header cannot be read: {reason}.")


def _carriage_returns() -> UnreadableFileError:
    return UnreadableFileError(
        "InvalidFile",
        "Line 1 has a carriage return (CR) that ends no line. Save the file with the line ends of"
        " Windows (CRLF) or Unix (LF): those of old Macintosh programs (CR alone) are not read.",
    )


def _delimiter(named: bytes) -> str:
    delimiter = named.decode("latin-1")
    if delimiter not in DELIMITERS:
        raise UnreadableFileError(
            "InvalidFile",
            f"Line 1 (sep=) names {delimiter!r} as delimiter; use one of"
            f" {', '.join(DELIMITERS.values())}.",
        )
    return delimiter


def _refuse_other_delimiter(columns: Cells, dialect: CsvDialect) -> None:
    """Refuse a header that is one cell only because another delimiter was used."""
    counts = {other: columns[0].count(other) for other in DELIMITERS} if len(columns) == 1 else {}
    other = max(counts, key=counts.__getitem__, default="")
    if counts.get(other):
        raise UnreadableFileError(
            "InvalidFile",
            f"The file seems to be separated by {DELIMITERS[other]}, not by"
            f" {DELIMITERS[dialect.delimiter]}: set the parameter delimiter to {other!r}.",
        )
