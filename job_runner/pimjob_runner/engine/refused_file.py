"""The file of refused records: made from the database, so the same after any interruption."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pimjob_runner.sdk import ArtifactFile, RefusedRecords
from pimjob_runner.stores.database import Database, Transaction
from pimjob_runner.stores.files import replaced_file

PAGE = 1_000


def write_refused_file(
    database: Database,
    how: RefusedRecords,
    *,
    job_id: str,
    step: str,
    preamble: str,
    folder: Path,
) -> ArtifactFile | None:
    """Write `invalid-<step><suffix>`: each refused record as it was in the source.

    Returns None, and writes nothing, if no record was refused.
    """
    if not _page(database, job_id, step, after=-1, limit=1):
        return None
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"invalid-{step}{how.suffix}"
    with replaced_file(path) as file:
        how.write(file, preamble, _records(database, job_id, step))
    return ArtifactFile("invalid", path.name, path)


def _records(database: Database, job_id: str, step: str) -> Iterator[str]:
    after = -1
    while page := _page(database, job_id, step, after, PAGE):
        yield from (record for _, record in page)
        after = page[-1][0]


def refused_lines(
    job_id: str, transaction: Transaction, steps: Sequence[str], first: int, last: int
) -> set[int]:
    """Return the lines, from `first` to `last`, of records that these steps have refused."""
    marks = ", ".join("?" * len(steps))
    rows = transaction.query(
        f"SELECT line FROM item_warning WHERE job_id = ? AND step IN ({marks})"  # noqa: S608 - marks
        " AND line BETWEEN ? AND ? AND record IS NOT NULL",
        (job_id, *steps, first, last),
    )
    return {int(line) for (line,) in rows}


def _page(
    database: Database, job_id: str, step: str, after: int, limit: int
) -> list[tuple[int, str]]:
    rows = database.query(
        "SELECT seq, record FROM item_warning WHERE job_id = ? AND step = ?"
        " AND seq > ? AND record IS NOT NULL ORDER BY seq LIMIT ?",
        (job_id, step, after, limit),
    )
    return [(int(seq), str(record)) for seq, record in rows]
