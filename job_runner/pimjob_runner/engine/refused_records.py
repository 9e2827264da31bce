"""The file of refused records: made from the database, so the same after any interruption."""

from pathlib import Path

from pimjob_runner.sdk import ArtifactFile
from pimjob_runner.stores.database import Database
from pimjob_runner.stores.files import replaced_file

PAGE = 1_000


def write_refused_records(
    database: Database, *, job_id: str, step: str, header: str, folder: Path
) -> ArtifactFile | None:
    """Write `invalid-<step>.csv`: the header, then each refused record as it was in the source.

    Returns None, and writes nothing, if no record was refused.
    """
    after, lines = -1, _page(database, job_id, step, -1)
    if not lines:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"invalid-{step}.csv"
    with replaced_file(path) as file:
        file.write(f"{header}\n".encode())
        while lines:
            file.writelines(f"{record}\n".encode() for _, record in lines)
            after = lines[-1][0]
            lines = _page(database, job_id, step, after)
    return ArtifactFile("invalid", path.name, path)


def _page(database: Database, job_id: str, step: str, after: int) -> list[tuple[int, str]]:
    rows = database.query(
        "SELECT seq, record FROM item_warning WHERE job_id = ? AND step = ?"
        " AND seq > ? AND record IS NOT NULL ORDER BY seq LIMIT ?",
        (job_id, step, after, PAGE),
    )
    return [(int(seq), str(record)) for seq, record in rows]
