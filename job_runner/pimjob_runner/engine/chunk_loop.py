"""The item step's loop: read ahead, write each chunk in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from pimjob_runner.engine.checkpoint import Checkpoint
from pimjob_runner.engine.chunk_size import ChunkSize
from pimjob_runner.engine.control import Control, Intent
from pimjob_runner.engine.estimate import Estimate
from pimjob_runner.engine.one_by_one import OneByOne
from pimjob_runner.engine.progress import StepProgress
from pimjob_runner.engine.read_ahead import read_ahead
from pimjob_runner.engine.stopwatch import Stopwatch
from pimjob_runner.engine.suspicion import FEW, Suspicion
from pimjob_runner.sdk import Chunk, ChunkResult, ItemSession, ItemWarning
from pimjob_runner.stores.database import Database, Transaction


@dataclass(kw_only=True)
class ChunkLoop:
    """The loop over one open session.

    While a chunk is written, the next ones are read: at most one, or two in a process
    of its own, so memory is bounded by that and one more. On leaving they are dropped,
    because their positions were not committed.
    """

    database: Database
    checkpoint: Checkpoint
    control: Control
    session: ItemSession
    progress: StepProgress
    watch: Stopwatch
    tell: Callable[[], None]
    urgent: Callable[[], None]
    size: ChunkSize = field(default_factory=ChunkSize)

    def __post_init__(self) -> None:
        self._estimate = Estimate(self.progress.rate)

    def run(self) -> Intent | None:
        """Go on until the end of the source (None) or until there is a reason to leave."""
        self.progress.active_seconds += self.watch.lap()
        if self.progress.suspicion is not None:
            self._run_suspected(self.progress.suspicion)
        with read_ahead(self.session) as next_chunk:
            while (intent := self.control.intent()) is None:
                chunk, reading = next_chunk(self._limit())
                if chunk is None:
                    return None
                began = monotonic()
                self._write(chunk)
                self.size.took(chunk.read, max(reading, monotonic() - began))
        return intent

    def _run_suspected(self, suspicion: Suspicion) -> None:
        if suspicion.covers(self.progress.processed):
            # What attempts before this one have done counts as progress only if it is known.
            self.urgent()
        OneByOne(
            database=self.database,
            checkpoint=self.checkpoint,
            control=self.control,
            session=self.session,
            progress=self.progress,
            write=self._write,
            write_skipped=self._write_skipped,
            urgent=self.urgent,
        ).run()

    def _limit(self) -> int:
        suspicion = self.progress.suspicion
        if suspicion is not None and suspicion.covers(self.progress.processed):
            return min(self.size.limit, FEW)
        return self.size.limit

    def _write(self, chunk: Chunk) -> None:
        self._commit(chunk, lambda transaction: self.session.write(transaction, chunk))
        self.tell()

    def _write_skipped(self, chunk: Chunk, more: Callable[[Transaction], None]) -> None:
        def write(transaction: Transaction) -> ChunkResult:
            more(transaction)
            return ChunkResult()

        self._commit(chunk, write)

    def _commit(self, chunk: Chunk, write: Callable[[Transaction], ChunkResult]) -> None:
        with self.database.transaction() as transaction:
            self.checkpoint.fence(transaction)
            result = write(transaction)
            self.checkpoint.add_warnings(
                transaction, self.progress, _in_order(chunk.warnings, result.warnings)
            )
            self._count(chunk, result)
            self.checkpoint.save(transaction, self.progress)

    def _count(self, chunk: Chunk, result: ChunkResult) -> None:
        progress, seconds = self.progress, self.watch.lap()
        progress.count({"read": chunk.read})
        progress.count(chunk.counters)
        progress.count(result.counters)
        progress.processed += chunk.read
        progress.position = chunk.position
        progress.active_seconds += seconds
        self._estimate.learn(chunk.read, seconds)
        progress.rate = self._estimate.rate
        progress.eta_seconds = self._estimate.seconds_left(progress.processed, progress.total)


def _in_order(read: list[ItemWarning], written: list[ItemWarning]) -> list[ItemWarning]:
    """Return the warnings of a chunk in the order of the source, wherever chunks begin and end."""
    return sorted([*read, *written], key=lambda warning: warning.line or 0)
