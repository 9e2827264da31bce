"""Parts of an output: written and synced before the commit that names them.

What no commit has named does not count, so attempts that are killed, or wake up late, may
leave what they like. The name of a part is unique to the epoch and to what is committed.
"""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pimjob_runner.sdk import OutputPart, Records
from pimjob_runner.sdk.record_parts import OUTPUT, write_part
from pimjob_runner.stores.database import Database, Transaction
from pimjob_runner.stores.files import made_folder

PARTS: Final = "parts"

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What one attempt adds to the output of one step. `folder` is the attempt's own."""

    job_id: str
    step: str
    folder: Path

    @contextmanager
    def written(self, transaction: Transaction, records: Records | None) -> Iterator[None]:
        """Write records, as part of what is committed next; what fails inside removes them."""
        if records is None or not records.rows:
            yield
            return
        ((number,),) = transaction.query(
            "SELECT COALESCE(MAX(seq) + 1, 0) FROM output_part WHERE job_id = ? AND step = ?",
            (self.job_id, self.step),
        )
        folder = self.folder / PARTS
        path = folder / f"{self.step}-{number}.jsonl"
        try:
            made_folder(folder)
            self._name(transaction, number, write_part(path, records))
            yield
        except BaseException:
            # Before the commit, so it is sure that there will be none. This attempt may have
            # been replaced, and nobody come after it to clear up.
            with suppress(OSError):
                path.unlink(missing_ok=True)
                folder.rmdir()
            raise

    def _name(self, transaction: Transaction, number: int, part: OutputPart) -> None:
        # The files volume may be somewhere else in the next attempt.
        path = part.path.relative_to(self.folder.parent)
        transaction.execute(
            "INSERT INTO output_part (job_id, step, seq, path, records, bytes)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (self.job_id, self.step, number, str(path), part.records, part.bytes),
        )


def parts_of(database: Database, job_id: str, folder: Path, step: str) -> list[OutputPart]:
    """Return the committed parts of a step, in order. `folder` is the job's."""
    rows = database.query(
        "SELECT path, records, bytes FROM output_part WHERE job_id = ? AND step = ? ORDER BY seq",
        (job_id, step),
    )
    return [OutputPart(folder / path, records, size) for path, records, size in rows]


def forget_parts(transaction: Transaction, job_id: str) -> None:
    """Let no part of a job count any more. Part of a commit."""
    transaction.execute("DELETE FROM output_part WHERE job_id = ?", (job_id,))


def remove_leftovers(folder: Path, kept: Collection[Path]) -> None:
    """Remove all parts of a job that has ended, and outputs of attempts that came to nothing."""
    # By the end of the path: the files volume may have been somewhere else.
    named = {path.parts[-3:] for path in kept}
    for name in (PARTS, OUTPUT):
        for own in folder.glob(f"epoch-*/{name}"):
            try:
                _clear(own, named)
            except OSError as error:
                log.warning("%s: cannot be cleared up: %s", own, error)


def _clear(folder: Path, named: Collection[tuple[str, ...]]) -> None:
    left = list(folder.iterdir())
    unnamed = [path for path in left if path.parts[-3:] not in named]
    for path in unnamed:
        path.unlink(missing_ok=True)
    if unnamed == left:
        folder.rmdir()
