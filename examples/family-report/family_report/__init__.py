"""A job type that reports how many products each family has, as a CSV file.

It imports `pimjob_runner.sdk` only. The step `count` walks over the families and keeps what
it has found out in a table of its own, family by family; `write` makes the file from that
table. Both may be interrupted anywhere, and leave the same file as if they had not been.
"""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from pimjob_runner.sdk import (
    ArtifactFile,
    Chunk,
    ChunkResult,
    Database,
    ItemStepFrom,
    ItemWarning,
    JobType,
    Migration,
    Position,
    SessionFrom,
    StepContext,
    TaskletFrom,
    TaskletResult,
    Transaction,
    migrate,
    replaced_file,
)

MIGRATIONS = (
    Migration(
        "create family_report",
        """
        CREATE TABLE family_report (
            job_id TEXT NOT NULL,
            family TEXT NOT NULL,
            products BIGINT NOT NULL,
            PRIMARY KEY (job_id, family)
        )
        """,
    ),
)


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """`fewest`: a family with fewer products is told in a warning."""

    fewest: int = 0


def prepare(database: Database) -> None:
    """Create or migrate the type's own table."""
    migrate(database, "family_report", MIGRATIONS)


@contextmanager
def open_families(
    context: StepContext, position: Position | None
) -> Iterator[SessionFrom[list[str]]]:
    """Open the step at the family after `position`, which is a key and never a number."""
    parameters: Parameters = context.parameters
    after = "" if position is None else str(position["after"])
    ((total,),) = context.database.query("SELECT count(*) FROM family")
    rows = context.database.query("SELECT code FROM family WHERE code > ? ORDER BY code", (after,))
    left = [str(code) for (code,) in rows]

    def read(limit: int) -> Chunk[list[str]] | None:
        # On another thread, ahead of `write`: no database here.
        families, left[:limit] = left[:limit], []
        if not families:
            return None
        return Chunk(families, read=len(families), position={"after": families[-1]})

    def write(transaction: Transaction, chunk: Chunk[list[str]]) -> ChunkResult:
        # What is done here is committed together with the position, or not at all.
        result = ChunkResult({"counted": len(chunk.items)})
        for family in chunk.items:
            products = _count(transaction, family)
            transaction.execute(
                "INSERT INTO family_report (job_id, family, products) VALUES (?, ?, ?)",
                (context.job_id, family, products),
            )
            if products < parameters.fewest:
                result.warnings.append(
                    ItemWarning("it has fewer products than wanted", value=f"{family}: {products}")
                )
        return result

    yield SessionFrom(read=read, write=write, total=total)


def _count(transaction: Transaction, family: str) -> int:
    ((products,),) = transaction.query("SELECT count(*) FROM product WHERE family = ?", (family,))
    return int(products)


def write_report(context: StepContext) -> TaskletResult:
    """Write the file. It is made from the table, so writing it again changes nothing."""
    rows = context.database.query(
        "SELECT family, products FROM family_report WHERE job_id = ? ORDER BY family",
        (context.job_id,),
    )
    context.folder.mkdir(parents=True, exist_ok=True)
    path = context.folder / "family-report.csv"
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows([("family", "products"), *rows])
    with replaced_file(path) as file:
        file.write(text.getvalue().encode())
    return TaskletResult(
        counters={"families": len(rows)}, artifacts=(ArtifactFile("output", path.name, path),)
    )


FAMILY_REPORT = JobType(
    name="family_report",
    label="Products by family",
    kind="report",
    parameters=Parameters,
    steps=lambda _parameters: [
        ItemStepFrom(name="count", label="Count the products", open=open_families),
        TaskletFrom(name="write", label="Write the report", run=write_report),
    ],
    prepare=prepare,
)
