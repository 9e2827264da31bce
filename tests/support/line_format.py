"""A format of files that is as plain as can be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from pimjob_runner.sdk import Row


@dataclass(frozen=True)
class Lines:
    """Columns, then one record a line, as Python writes them."""

    suffix: str = ".txt"

    def write(self, file: BinaryIO, columns: Sequence[str], rows: Iterable[Row]) -> None:
        file.writelines(f"{list(row)}\n".encode() for row in (columns, *rows))
