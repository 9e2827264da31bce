"""A CSV file as a file of records."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pimjob_runner.formats.csv_blocks import CsvBlocks
from pimjob_runner.formats.csv_count import See, count_records
from pimjob_runner.formats.csv_dialect import CsvDialect
from pimjob_runner.formats.csv_file import CsvFile
from pimjob_runner.formats.csv_head import CsvHead, read_head
from pimjob_runner.formats.record_file import Position
from pimjob_runner.formats.records import Known


@dataclass(frozen=True)
class CsvRecords:
    """The records below the header of a CSV file: a RecordFile."""

    path: Path
    head: CsvHead

    @property
    def columns(self) -> tuple[str, ...]:
        """The names in its header, as they are there."""
        return self.head.columns

    @property
    def header(self) -> str:
        """The header as it is in the file, with a line `sep=` before it."""
        return self.head.text

    def open(
        self, position: Position | None = None, /, known: Known | None = None
    ) -> CsvFile | CsvBlocks:
        """Open it where a line begins: `offset` and `line`."""
        head = self.head
        at = {"offset": head.offset, "line": head.line} if position is None else position
        file = CsvFile(self.path, head.dialect, offset=at["offset"], line=at["line"])
        return file if known is None else CsvBlocks(file, known)

    def count(self, keys: Sequence[int], see: See, /) -> int:
        """Return the number of records; see `count_records`."""
        return count_records(self.path, self.head, keys, see)


def csv_records(path: Path, dialect: CsvDialect) -> CsvRecords:
    """Read the header. Raises UnreadableFileError if there is none, or none in this dialect."""
    return CsvRecords(path, read_head(path, dialect))
