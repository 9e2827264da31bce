"""A job type that reads by a picture of the database, and whose write finds out that it changed.

The picture is the factor in table `factor`: `read` multiplies by it, `write` compares it
with what is stored. Items are multiplied once, in whichever session wrote them. Where the step
is opened as part of a transaction, the factor stays as it is until that ends.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import msgspec

from pimjob_runner.sdk import (
    Chunk,
    ChunkResult,
    ItemStepFrom,
    JobType,
    Position,
    SessionFrom,
    StaleReadError,
    StepContext,
)
from pimjob_runner.stores.database import Database, Transaction
from pimjob_runner.stores.migrations import Migration, migrate

_TABLE = (
    "CREATE TABLE factor (factor BIGINT NOT NULL)",
    "INSERT INTO factor VALUES (1)",
    "CREATE TABLE product_of (job_id TEXT, n BIGINT, factor BIGINT, PRIMARY KEY (job_id, n))",
)


class Listener:
    """Told of each session that is opened and closed, and of each write; tests set it."""

    told: Callable[[str, int], None] = staticmethod(lambda _what, _n: None)


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Numbers from 0 to `count`, `chunk` of them to a chunk; `apart`: read in a process."""

    count: int
    chunk: int
    apart: bool = False


Numbers = list[tuple[int, int]]
"""Each number, and what it is multiplied with."""


@dataclass
class _Reader:
    next: int
    factor: int
    parameters: Parameters

    def read(self, limit: int) -> Chunk[Numbers] | None:
        first, last = self.next, self.next + min(limit, self.parameters.chunk)
        self.next = min(last, self.parameters.count)
        found = [(n, self.factor) for n in range(first, self.next)]
        return Chunk(found, len(found), {"next": self.next}) if found else None


@contextmanager
def multiply(context: StepContext, position: Position | None) -> Iterator[SessionFrom[Numbers]]:
    """Open the item step."""
    first = 0 if position is None else int(position["next"])
    Listener.told("open contended" if context.contended else "open", first)
    with context.database.transaction() as begun:
        locked = " FOR SHARE" if begun.dialect == "postgresql" else ""
        ((factor,),) = begun.query(f"SELECT factor FROM factor{locked}")  # noqa: S608 - constants

    def write(transaction: Transaction, chunk: Chunk[Numbers]) -> ChunkResult:
        Listener.told("write", chunk.items[0][0])
        transaction.execute_many(
            "INSERT INTO product_of (job_id, n, factor) VALUES (?, ?, ?)",
            [(context.job_id, *number) for number in chunk.items],
        )
        if transaction.query("SELECT factor FROM factor") != [(factor,)]:
            raise StaleReadError("The factor has changed.")
        return ChunkResult({"created": len(chunk.items)})

    try:
        yield SessionFrom(
            read=_Reader(first, factor, context.parameters).read,
            write=write,
            total=context.parameters.count * factor,
            preamble=f"times {factor}",
            reads_apart=context.parameters.apart,
        )
    finally:
        Listener.told("close", first)


def _prepare(database: Database) -> None:
    migrate(database, "picture_job", [Migration("create tables", _TABLE)])


JOB_TYPE = JobType(
    name="picture",
    label="Multiply",
    kind="import",
    parameters=Parameters,
    steps=lambda _parameters: [ItemStepFrom(name="write", label="Multiply", open=multiply)],
    prepare=_prepare,
)
