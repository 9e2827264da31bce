"""Records of a CSV file as they were in another one, below its header."""

from collections.abc import Iterable
from typing import BinaryIO, Final

from pimjob_runner.sdk import RefusedRecords


def write_records(file: BinaryIO, header: str, records: Iterable[str]) -> None:
    """Write the header, then each record; all of them without their line ends."""
    file.write(f"{header}\n".encode())
    file.writelines(f"{record}\n".encode() for record in records)


REFUSED_CSV: Final = RefusedRecords(".csv", write_records)
