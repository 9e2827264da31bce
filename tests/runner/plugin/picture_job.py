"""A job type that reads by a picture of the database, and whose write finds out that it changed.

The picture is the factor in table `factor`: `read` multiplies by it, `write` compares it
with what is stored. Items are multiplied once, in whichever session wrote them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import msgspec

from pimjob_runner.sdk import (
    Chunk,
    ChunkResult,
    JobType,
    Position,
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


@dataclass
class _Session:
    context: StepContext
    next: int
    factor: int

    @property
    def reads_apart(self) -> bool:
        return bool(self.context.parameters.apart)

    @property
    def total(self) -> int:
        """Whatever the picture says."""
        return int(self.context.parameters.count * self.factor)

    @property
    def header(self) -> str:
        return f"times {self.factor}"

    def read(self, limit: int) -> Chunk | None:
        parameters = self.context.parameters
        first = self.next
        self.next = min(first + min(limit, parameters.chunk), parameters.count)
        found = [(n, n * self.factor) for n in range(first, self.next)]
        return Chunk(found, len(found), {"next": self.next}) if found else None

    def write(self, transaction: Transaction, chunk: Chunk) -> ChunkResult:
        Listener.told("write", chunk.items[0][0])
        transaction.execute_many(
            "INSERT INTO product_of (job_id, n, factor) VALUES (?, ?, ?)",
            [(self.context.job_id, n, self.factor) for n, _ in chunk.items],
        )
        if transaction.query("SELECT factor FROM factor") != [(self.factor,)]:
            raise StaleReadError("The factor has changed.")
        return ChunkResult({"created": len(chunk.items)})


class Multiply:
    """The item step."""

    name = "write"
    label = "Multiply"

    @contextmanager
    def open(self, context: StepContext, position: Position | None) -> Iterator[_Session]:
        first = 0 if position is None else int(position["next"])
        ((factor,),) = context.database.query("SELECT factor FROM factor")
        Listener.told("open", first)
        try:
            yield _Session(context, first, factor)
        finally:
            Listener.told("close", first)


def _prepare(database: Database) -> None:
    migrate(database, "picture_job", [Migration("create tables", _TABLE)])


JOB_TYPE = JobType(
    name="picture",
    label="Multiply",
    kind="import",
    parameters=Parameters,
    steps=lambda _parameters: [Multiply()],
    prepare=_prepare,
)
