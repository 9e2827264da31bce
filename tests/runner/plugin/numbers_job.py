"""A job type as a user would add one: writes the numbers from 0 to `count` into a table.

The table's primary key makes writing a number twice an error, so a finished job
whose numbers are all there has done each exactly once.
"""

import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from pimjob_runner.jobs.imports.refused_csv import REFUSED_CSV
from pimjob_runner.sdk import (
    CheckpointUnreadableError,
    Chunk,
    ChunkResult,
    Database,
    ItemWarning,
    JobFailedError,
    JobType,
    Migration,
    Position,
    SkippedItem,
    StepContext,
    TaskletResult,
    Transaction,
    migrate,
)

HEADER = "number;square"
_TABLE = ("CREATE TABLE number (job_id TEXT NOT NULL, n BIGINT NOT NULL, PRIMARY KEY (job_id, n))",)


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """`chunk` caps the chunks; `refuse_every` N refuses each N-th number.

    Each of those has so many `reasons`. Whoever reads, or writes, a number of `kill_at` is
    killed; `apart`: reads in a process.
    """

    count: int
    chunk: int = 1_000_000
    refuse_every: int = 0
    fail_at: int | None = None
    crash_at: int | None = None
    kill_at: tuple[int, ...] = ()
    kill_in: Literal["read", "write"] = "write"
    apart: bool = False
    seconds_per_chunk: float = 0.0
    seconds_per_number: float = 0.0
    total_known: bool = True
    reasons: int = 1
    fails_early: bool = False


def refused(parameters: Parameters, n: int) -> bool:
    """Say whether a number is refused."""
    return parameters.refuse_every > 0 and n % parameters.refuse_every == 0


@dataclass
class _Session:
    context: StepContext
    parameters: Parameters
    next: int
    preamble: str | None = HEADER
    fails_early: bool = field(init=False)
    total: int | None = field(init=False)
    reads_apart: bool = field(init=False)

    def __post_init__(self) -> None:
        self.reads_apart = self.parameters.apart
        self.fails_early = self.parameters.fails_early
        self.total = self.parameters.count if self.parameters.total_known else None

    def read(self, limit: int) -> Chunk[list[int]] | None:
        first, last = self.next, min(self.next + min(limit, self.parameters.chunk), self._end())
        if first == last:
            return self._at_the_end()
        self.next = last
        numbers = range(first, last)
        self._kill("read", numbers)
        bad = [n for n in numbers if refused(self.parameters, n)]
        return Chunk(
            items=[n for n in numbers if not refused(self.parameters, n)],
            read=len(numbers),
            position={"next": last},
            warnings=[w for n in bad for w in _warnings(n, self.parameters.reasons)],
            counters={"invalid": len(bad)} if bad else {},
        )

    def skip(self, reason: str) -> SkippedItem | None:
        n, self.next = self.next, self.next + 1
        return SkippedItem({"next": n + 1}, ItemWarning(reason, line=n + 2, record=f"{n};{n * n}"))

    def _kill(self, where: str, numbers: Sequence[int]) -> None:
        if where == self.parameters.kill_in and set(numbers).intersection(self.parameters.kill_at):
            os.kill(os.getpid(), signal.SIGKILL)

    def _end(self) -> int:
        fail_at = self.parameters.fail_at
        return self.parameters.count if fail_at is None else fail_at

    def _at_the_end(self) -> None:
        if self.parameters.fail_at is not None:
            raise JobFailedError("BadNumber", f"Number {self.next} cannot be read.")

    def write(self, transaction: Transaction, chunk: Chunk[list[int]]) -> ChunkResult:
        time.sleep(self.parameters.seconds_per_chunk)
        time.sleep(self.parameters.seconds_per_number * len(chunk.items))
        self._kill("write", chunk.items)
        transaction.execute_many(
            "INSERT INTO number (job_id, n) VALUES (?, ?)",
            [(self.context.job_id, n) for n in chunk.items],
        )
        if self.parameters.crash_at in chunk.items:
            raise ZeroDivisionError(f"number {self.parameters.crash_at}")
        return ChunkResult(counters={"created": len(chunk.items)})


def _warnings(n: int, reasons: int) -> list[ItemWarning]:
    first = ItemWarning(
        reason="is refused", line=n + 2, column="number", value=str(n), record=f"{n};{n * n}"
    )
    more = [ItemWarning(f"is not {r}", line=n + 2, value=str(n)) for r in range(1, reasons)]
    return [first, *more]


class Write:
    """The item step."""

    name = "write"
    label = "Write the numbers"
    refused = REFUSED_CSV

    @contextmanager
    def open(self, context: StepContext, position: Position | None) -> Iterator[_Session]:
        if position is not None and "next" not in position:
            raise CheckpointUnreadableError(f"Position {dict(position)} has no `next`.")
        first = 0 if position is None else int(position["next"])
        yield _Session(context, context.parameters, first)


@dataclass(frozen=True)
class Note:
    """A tasklet that leaves a trace of each of its runs."""

    name: str
    label: str = "Note"

    def run(self, context: StepContext) -> TaskletResult:
        context.folder.mkdir(parents=True, exist_ok=True)
        with (context.folder / f"{self.name}.runs").open("a") as runs:
            runs.write("run\n")
        return TaskletResult(counters={"noted": 1})


def _prepare(database: Database) -> None:
    migrate(database, "numbers_job", [Migration("create tables", _TABLE)])


def _type(name: str, steps: list[Any], *, stoppable: bool = True, pausable: bool = True) -> JobType:
    return JobType(
        name=name,
        label="Numbers",
        kind="import",
        parameters=Parameters,
        steps=lambda _parameters: steps,
        stoppable=stoppable,
        pausable=pausable,
        prepare=_prepare,
    )


JOB_TYPE = _type("numbers", [Note("before"), Write(), Note("after")])
OTHER_PLAN = _type("numbers_other_plan", [Note("before"), Note("between"), Write(), Note("after")])
UNSTOPPABLE = _type("numbers_unstoppable", [Write()], stoppable=False, pausable=False)


def more_types() -> Iterator[JobType]:
    """Yield the types of the entry point `numbers_*`."""
    yield OTHER_PLAN
    yield UNSTOPPABLE
