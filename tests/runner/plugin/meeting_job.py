"""A job type whose jobs meet: all of them count up the same rows, or take the same names.

`order` is the order in which a job goes through the rows. So that two of them surely get in
each other's way, `MEET` is called in each chunk's transaction: after the first row that is
counted up, and between looking for a name and taking it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import msgspec

from pimjob_runner.catalogue.writing.rows import insert_new
from pimjob_runner.sdk import (
    Chunk,
    ChunkResult,
    ItemStepFrom,
    ItemWarning,
    JobType,
    Position,
    SessionFrom,
    StepContext,
)
from pimjob_runner.stores.database import Database, Transaction
from pimjob_runner.stores.migrations import Migration, migrate

_TABLE = (
    "CREATE TABLE tally (n BIGINT PRIMARY KEY, count BIGINT NOT NULL)",
    "CREATE TABLE name (name TEXT PRIMARY KEY)",
)


class Meeting:
    """What is called where jobs may meet; tests set it."""

    meet: Callable[[str], None] = staticmethod(lambda _job_id: None)


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """`order`: the rows, `chunk` of them to a chunk."""

    order: tuple[int, ...]
    chunk: int = 1_000_000
    what: Literal["tallies", "names"] = "tallies"


@dataclass
class _Session:
    context: StepContext
    parameters: Parameters
    next: int

    def read(self, limit: int) -> Chunk[list[int]] | None:
        rows = self.parameters.order[self.next : self.next + min(limit, self.parameters.chunk)]
        if not rows:
            return None
        self.next += len(rows)
        warnings = [ItemWarning("was here", line=self.next)]
        return Chunk(list(rows), len(rows), {"next": self.next}, warnings)

    def write(self, transaction: Transaction, chunk: Chunk[list[int]]) -> ChunkResult:
        return self._names(transaction) if self.parameters.what == "names" else self._tallies(
            transaction, chunk.items
        )  # fmt: skip

    def _tallies(self, transaction: Transaction, rows: list[int]) -> ChunkResult:
        for number, row in enumerate(rows):
            transaction.execute("UPDATE tally SET count = count + 1 WHERE n = ?", (row,))
            if number == 0:
                Meeting.meet(self.context.job_id)
        return ChunkResult({"updated": len(rows)}, [ItemWarning("was counted up")])

    def _names(self, transaction: Transaction) -> ChunkResult:
        if transaction.query("SELECT 1 FROM name WHERE name = 'x'"):
            return ChunkResult({"unchanged": 1})
        Meeting.meet(self.context.job_id)
        insert_new(transaction, "name", ["name"], [("x",)])
        return ChunkResult({"created": 1})


@contextmanager
def count_up(context: StepContext, position: Position | None) -> Iterator[SessionFrom[list[int]]]:
    """Open the item step."""
    parameters: Parameters = context.parameters
    session = _Session(context, parameters, 0 if position is None else position["next"])
    yield SessionFrom(read=session.read, write=session.write, total=len(parameters.order))


def _prepare(database: Database) -> None:
    migrate(database, "meeting_job", [Migration("create tables", _TABLE)])


JOB_TYPE = JobType(
    name="meeting",
    label="Count up",
    kind="import",
    parameters=Parameters,
    steps=lambda _parameters: [ItemStepFrom(name="write", label="Count up", open=count_up)],
    prepare=_prepare,
)
