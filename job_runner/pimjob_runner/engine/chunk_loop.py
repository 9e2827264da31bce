"""The item step's loop: read ahead, write each chunk in one transaction."""

import logging
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field, replace
from functools import partial
from time import monotonic
from typing import Any

from pimjob_runner.engine.checkpoint import Checkpoint
from pimjob_runner.engine.chunk_size import ChunkSize
from pimjob_runner.engine.control import Control, Intent
from pimjob_runner.engine.estimate import Estimate
from pimjob_runner.engine.first_items import fail_early
from pimjob_runner.engine.one_by_one import OneByOne
from pimjob_runner.engine.open_step import OpenStep
from pimjob_runner.engine.output_parts import Parts
from pimjob_runner.engine.progress import StepProgress
from pimjob_runner.engine.stopwatch import Stopwatch
from pimjob_runner.engine.suspicion import FEW, Suspicion
from pimjob_runner.sdk import Chunk, ChunkResult, ItemWarning, SkippedItem, StaleReadError
from pimjob_runner.stores.conflicts import Retries
from pimjob_runner.stores.database import Transaction
from pimjob_runner.stores.errors import ConflictError

Write = Callable[[Transaction, Chunk[Any]], ChunkResult]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _How:
    """How a chunk is tried, by what became of the tries before."""

    anew: bool = False
    """Whether the step is opened, and the chunk read, as part of its transaction."""
    contended: bool = False
    """Whether another transaction got in the way."""


@dataclass(kw_only=True)
class ChunkLoop:
    """The loop over one open step.

    While a chunk is written, the next ones are read: at most one, or two in a process
    of its own, so memory is bounded by that and one more. On leaving they are dropped,
    because their positions were not committed.
    """

    checkpoint: Checkpoint
    control: Control
    step: OpenStep
    progress: StepProgress
    parts: Parts
    watch: Stopwatch
    tell: Callable[[], None]
    urgent: Callable[[], None]
    size: ChunkSize = field(default_factory=ChunkSize)

    def __post_init__(self) -> None:
        self._estimate = Estimate(self.progress.rate)
        self._seconds = 0.0
        """What the last chunk took to write, without the waiting for others before it."""

    def run(self) -> Intent | None:
        """Go on until the end of the source (None) or until there is a reason to leave."""
        self.progress.active_seconds += self.watch.lap()
        self._fail_early()
        if self.progress.suspicion is not None:
            intent = self._run_suspected(self.progress.suspicion)
            if intent is not None:
                return intent
        while (intent := self.control.intent()) is None:
            chunk, reading = self.step.next(self._limit())
            if chunk is None:
                self._fail_early(at_the_end=True)
                return None
            intent = self._write(chunk)
            if intent is not None:
                return intent
            self.size.took(chunk.read, max(reading, self._seconds))
        return intent

    def _run_suspected(self, suspicion: Suspicion) -> Intent | None:
        if suspicion.covers(self.progress.processed):
            # What attempts before this one have done counts as progress only if it is known.
            self.urgent()
        return OneByOne(
            checkpoint=self.checkpoint,
            control=self.control,
            step=self.step,
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

    def _write(self, chunk: Chunk[Any]) -> Intent | None:
        return self._commit(chunk, self.step.write)

    def _write_skipped(self, item: SkippedItem, suspicion: Suspicion) -> Intent | None:
        chunk = Chunk(None, 1, item.position, [item.warning], {"invalid": 1})
        return self._commit(chunk, lambda _transaction, _chunk: ChunkResult(), suspicion)

    def _commit(
        self, chunk: Chunk[Any], write: Write, suspicion: Suspicion | None = None
    ) -> Intent | None:
        """Commit a chunk; or return why to leave, if it is not to be tried again."""
        retries, how = Retries(), _How()
        while True:
            try:
                self._try(chunk, write, suspicion, how)
            except (StaleReadError, ConflictError) as error:
                how = self._after(error, how)
                seconds = retries.pause(error)
                log.info("%s: tried again in %.2f s: %s", self.progress.name, seconds, error)
            else:
                self.tell()
                self._fail_early()
                return None
            self.control.wait_terminated(seconds)
            intent = self.control.intent()
            if intent is not None:
                return intent

    def _after(self, error: StaleReadError | ConflictError, how: _How) -> _How:
        """Return how a chunk is to be tried next."""
        if isinstance(error, ConflictError):
            return replace(how, contended=True)
        # Before the next transaction: it would hold its locks while the reader ends.
        self.step.close()
        return replace(how, anew=True)

    def _fail_early(self, *, at_the_end: bool = False) -> None:
        if self.step.session.fails_early:
            stored = partial(self.checkpoint.stored_warnings, self.progress.name)
            fail_early(self.progress, stored, at_the_end=at_the_end)

    def _try(self, chunk: Chunk[Any], write: Write, suspicion: Suspicion | None, how: _How) -> None:
        """Commit a chunk. What is known in memory changes with the commit, and not before."""
        draft, estimate, watch = self.progress.copy(), copy(self._estimate), copy(self.watch)
        began = 0.0

        def work(transaction: Transaction) -> None:
            nonlocal began
            if how.anew:
                self.step.open_within(transaction, contended=how.contended)
                self.step.describe(draft)
            began = monotonic()
            current = self.step.session.read(chunk.read) if how.anew else chunk
            if current is None:
                return
            result = write(transaction, current)
            with self.parts.written(transaction, result.records):
                found = _in_order(current, result)
                self.checkpoint.add_warnings(transaction, draft, found)
                _count(draft, current, result, estimate, watch.lap())
                self.checkpoint.save(transaction, draft)
                if suspicion is not None:
                    draft.suspicion = suspicion
                    self.checkpoint.save_suspicion(transaction, draft)

        self.checkpoint.commit_once(work)
        self._seconds = monotonic() - began
        self.progress.become(draft)
        self._estimate, self.watch = estimate, watch


def _count(
    progress: StepProgress,
    chunk: Chunk[Any],
    result: ChunkResult,
    estimate: Estimate,
    seconds: float,
) -> None:
    """Take in a chunk that took `seconds`."""
    progress.count({"read": chunk.read})
    progress.count(chunk.counters)
    progress.count(result.counters)
    progress.processed += chunk.read
    progress.position = chunk.position
    progress.active_seconds += seconds
    estimate.learn(chunk.read, seconds)
    progress.rate = estimate.rate
    progress.eta_seconds = estimate.seconds_left(progress.processed, progress.total)


def _in_order(chunk: Chunk[Any], result: ChunkResult) -> list[ItemWarning]:
    """Return the warnings of a chunk in the order of its items, wherever chunks begin and end."""
    found = [*chunk.warnings, *result.warnings]
    if not found:
        return found
    place = {line: number for number, line in enumerate(chunk.lines)}
    return sorted(found, key=lambda warning: place.get(warning.line or 0, warning.line or 0))
