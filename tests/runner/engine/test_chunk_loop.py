"""The item step's loop alone: what overlaps, and what is dropped."""

import threading
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from runs import begin

from pimjob_runner.engine.chunk_loop import ChunkLoop
from pimjob_runner.engine.control import Control, Intent
from pimjob_runner.engine.open_step import OpenStep
from pimjob_runner.engine.output_parts import Parts
from pimjob_runner.engine.stopwatch import Stopwatch
from pimjob_runner.sdk import Chunk, ChunkResult, ItemStepFrom, StepContext
from pimjob_runner.stores.database import Database, Transaction
from pimjob_runner.stores.url import open_database


class Source:
    """Five chunks of one item; each is written only once the next one is being read."""

    preamble = None
    fails_early = False
    reads_apart = False
    total = 5

    def __init__(self, control: Control, stop_after: int = 5) -> None:
        self.begun = [threading.Event() for _ in range(self.total + 1)]
        self.reads = 0
        self.writes = 0
        self.furthest_ahead = 0
        self._control = control
        self._stop_after = stop_after

    def read(self, limit: int) -> Chunk[list[int]] | None:
        assert limit >= 1
        self.begun[self.reads].set()
        self.reads += 1
        self.furthest_ahead = max(self.furthest_ahead, self.reads - self.writes)
        if self.reads > self.total:
            return None
        return Chunk(items=[self.reads], read=1, position={"next": self.reads})

    def skip(self, reason: str) -> None:
        raise AssertionError(reason)

    def write(self, transaction: Transaction, chunk: Chunk[list[int]]) -> ChunkResult:
        assert transaction.query("SELECT 1") == [(1,)]
        (number,) = chunk.items
        assert self.begun[number].wait(10), "the next chunk is not being read meanwhile"
        self.writes += 1
        if self.writes == self._stop_after:
            self._control.desire("Stopped")
        return ChunkResult()


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    opened = open_database(sqlite_url)
    yield opened
    opened.close()


def loop(database: Database, source: Source, control: Control) -> ChunkLoop:
    checkpoint = begin(database, "write")
    step = ItemStepFrom(name="write", label="Write", open=lambda *_: nullcontext(source))
    context = StepContext(
        job_id="1",
        step="write",
        parameters=None,
        files_root=Path("unused"),
        folder=Path("unused"),
        database=database,
        interrupted=lambda: False,
        progress=lambda _processed, _total: None,
    )
    return ChunkLoop(
        checkpoint=checkpoint,
        control=control,
        step=OpenStep(step, context, checkpoint.steps[0]),
        progress=checkpoint.steps[0],
        parts=Parts(job_id="1", step="write", folder=Path("unused")),
        watch=Stopwatch(),
        tell=lambda: None,
        urgent=lambda: None,
    )


def test_the_next_chunk_is_read_while_one_is_written_and_never_more(database: Database) -> None:
    control = Control()
    source = Source(control, stop_after=99)

    assert loop(database, source, control).run() is None

    assert source.writes == 5
    assert source.furthest_ahead == 2


def test_a_chunk_that_was_read_ahead_is_dropped_on_leaving(database: Database) -> None:
    control = Control()
    source = Source(control, stop_after=2)

    assert loop(database, source, control).run() is Intent.STOP

    assert (source.reads, source.writes) == (3, 2)
    stored = database.query("SELECT processed, position FROM step_execution")
    assert stored == [(2, '{"next": 2}')]
