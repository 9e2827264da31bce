"""Files of parts: the columns, then one record a line, each a JSON array.

The engine writes them, `WriteOutput` makes files of them.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from pimjob_runner.sdk.errors import JobFailedError
from pimjob_runner.sdk.output import OutputPart, Records, Row
from pimjob_runner.stores.files import replaced_file

OUTPUT: Final = "output"
"""The folder of files that are made of parts, below that of the attempt."""
AT_ONCE: Final = 500
"""Records that are encoded together: wide ones would be many megabytes."""

_encode_lines = msgspec.json.Encoder().encode_lines
_decode = msgspec.json.Decoder(list[Any]).decode


def write_part(path: Path, records: Records) -> OutputPart:
    """Write a part: whole and synced, or not at all."""
    size = 0
    with replaced_file(path) as file:
        size += file.write(_encode_lines([records.columns]))
        rows = iter(records.rows)
        while some := list(islice(rows, AT_ONCE)):
            size += file.write(_encode_lines(some))
    return OutputPart(path, len(records.rows), size)


def columns_of(parts: Sequence[OutputPart]) -> frozenset[str]:
    """Return the columns that any of the parts has. Raises JobFailedError."""
    found: set[str] = set()
    for part in parts:
        with _opened(part) as file:
            found.update(_decode(file.readline()))
    return frozenset(found)


def rows_of(parts: Sequence[OutputPart], columns: Sequence[str]) -> Iterator[Row]:
    """Yield all records, with a cell for each of `columns`. Raises JobFailedError."""
    for part in parts:
        with _opened(part) as file:
            own = _decode(file.readline())
            arranged = _arranged(own, columns)
            yield from map(arranged, map(_decode, file))


def _arranged(own: Sequence[str], columns: Sequence[str]) -> Callable[[list[Any]], Row]:
    """Return what puts the cells of a part's record under other columns."""
    if list(own) == list(columns):
        return lambda cells: cells
    at = {column: number for number, column in enumerate(own)}
    # One cell more, for the columns that the part has not.
    places = [at.get(column, len(own)) for column in columns]
    if len(places) == 1:
        return lambda cells: ([*cells, None][places[0]],)
    pick: Callable[[list[Any]], Row] = itemgetter(*places)
    return lambda cells: pick([*cells, None])


def _opened(part: OutputPart) -> BinaryIO:
    try:
        file = part.path.open("rb")
        size = part.path.stat().st_size
    except FileNotFoundError as error:
        raise _lost(f"{part.path.name} is gone") from error
    if size != part.bytes:
        file.close()
        raise _lost(f"{part.path.name} has {size} bytes instead of {part.bytes}")
    return file


def _lost(what: str) -> JobFailedError:
    return JobFailedError(
        "OutputPartsLost",
        f"A part of what the job has written is no longer as it was: {what}. Nothing may write to"
        " the folders of jobs in the files volume; start a new job.",
    )
