"""A job type that exports a table: each row has a name, and is handed over with what it has.

Columns differ from row to row: a row of an odd number has a column that the others have not.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from pimjob_runner.sdk import (
    Chunk,
    ChunkResult,
    Database,
    ItemStepFrom,
    ItemWarning,
    JobType,
    Migration,
    Position,
    RecordFormat,
    Records,
    SessionFrom,
    StepContext,
    Transaction,
    WriteOutput,
    migrate,
)
from pimjob_runner.testing import TestedJob, fresh_job
from support.line_format import Lines

NAMES = ("ant", "bee", "cat", "dog", "elk", "fox", "gnu")
WITHOUT_NAME = 4


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """`most_records`: of a file."""

    most_records: int | None = None


def _prepare(database: Database) -> None:
    table = "CREATE TABLE exported (n BIGINT PRIMARY KEY, name TEXT NOT NULL)"
    migrate(database, "export_job", [Migration("create exported", table)])


@contextmanager
def _open(context: StepContext, position: Position | None) -> Iterator[SessionFrom[Any]]:
    after = 0 if position is None else int(position["after"])
    found = context.database.query("SELECT n, name FROM exported WHERE n > ? ORDER BY n", (after,))

    def read(limit: int) -> Chunk[Any] | None:
        rows, found[:limit] = found[:limit], []
        return Chunk(rows, len(rows), {"after": rows[-1][0]}) if rows else None

    def write(transaction: Transaction, chunk: Chunk[Any]) -> ChunkResult:
        del transaction
        named = [row for row in chunk.items if row[0] != WITHOUT_NAME]
        result = ChunkResult({"exported": len(named)}, records=records(named))
        if len(named) != len(chunk.items):
            result.warnings.append(ItemWarning("left out", line=WITHOUT_NAME))
        return result

    yield SessionFrom(read=read, write=write, total=len(found))


def records(rows: Sequence[tuple[int, str]]) -> Records:
    """Return what is handed over of some rows."""
    odd = any(number % 2 for number, _ in rows)
    columns = ["odd", "name", "n"] if odd else ["name", "n"]
    cells = [[name, number] for number, name in rows]
    if odd:
        cells = [[True if row[1] % 2 else None, *row] for row in cells]
    return Records(columns, cells)


def export_type(form: RecordFormat) -> JobType:
    """Return the type, with the format of its file."""

    def steps(parameters: Parameters) -> list[ItemStepFrom | WriteOutput]:
        most = parameters.most_records
        output = WriteOutput(step="export", file="animals", format=form, most_records=most)
        return [ItemStepFrom(name="export", label="Export", open=_open), output]

    return JobType(
        name="animals_export",
        label="Animals",
        kind="export",
        parameters=Parameters,
        steps=steps,
        prepare=_prepare,
    )


def export_job(
    folder: Path, *, job_id: str = "job", form: RecordFormat | None = None, **how: Any
) -> TestedJob:
    """Return a job on a table with some animals. `how`: the database's URL, and parameters."""
    url = how.pop("database_url", None)
    job = fresh_job(export_type(form or Lines()), folder, how, database_url=url, job_id=job_id)
    with job.database() as database, database.transaction() as transaction:
        transaction.execute_many(
            "INSERT INTO exported (n, name) VALUES (?, ?) ON CONFLICT DO NOTHING",
            list(enumerate(NAMES, start=1)),
        )
    return job


def left_of_parts(job: TestedJob) -> list[str]:
    """Return the names of files below the job's folder that are no artifacts."""
    artifacts = {
        Path(path) for (path,) in job.query("SELECT path FROM artifact WHERE job_id = ?", job.id)
    }
    below = (job.files_root / "executions").rglob("*")
    return sorted(path.name for path in below if path.is_file() and path not in artifacts)
