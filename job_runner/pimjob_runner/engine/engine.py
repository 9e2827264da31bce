"""Runs the steps of a job from its checkpoint until they are done or it has to leave."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import Any

from pimjob_api.outcome import Outcome
from pimjob_api.phases import OutcomeKind, StepPhase
from pimjob_runner.engine.checkpoint import Checkpoint, Clock
from pimjob_runner.engine.chunk_size import ChunkSize
from pimjob_runner.engine.control import Control, Intent
from pimjob_runner.engine.estimate import Estimate
from pimjob_runner.engine.progress import JobProgress, StepProgress
from pimjob_runner.engine.refused_records import write_refused_records
from pimjob_runner.engine.steps import (
    Chunk,
    ItemSession,
    ItemStep,
    JobFailedError,
    StepContext,
    Tasklet,
)
from pimjob_runner.stores.database import Database

Listener = Callable[[JobProgress], None]
"""Told after each chunk and each change of step. Must not block."""

_ON_INTENT = {
    Intent.STOP: (StepPhase.STOPPED, OutcomeKind.STOPPED, "Stopped", "Stopped on request."),
    Intent.PAUSE: (StepPhase.PAUSED, OutcomeKind.PAUSED, "Paused", "Paused on request."),
    Intent.LEAVE: (
        StepPhase.PAUSED,
        OutcomeKind.INTERRUPTED,
        "Interrupted",
        "The pod was asked to leave; the job goes on in the next attempt.",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Engine:
    """One run of one job. `checkpoint` has been taken over by this attempt."""

    job_id: str
    steps: Sequence[ItemStep | Tasklet]
    parameters: Any
    database: Database
    checkpoint: Checkpoint
    control: Control
    listener: Listener
    files_root: Path
    folder: Path
    clock: Clock

    def run(self) -> Outcome:
        """Run what is left and return how it ended.

        Raises SupersededError when the epoch is lost; any other exception is a
        crash, after which the next attempt goes on from the last commit.
        """
        for step, progress in zip(self.steps, self.checkpoint.steps, strict=True):
            if progress.phase is StepPhase.COMPLETED:
                continue
            intent = self.control.intent()
            if intent is None:
                try:
                    intent = self._run_step(step, progress)
                except JobFailedError as error:
                    return self._fail(progress, error)
            if intent is not None:
                return self._leave(progress, intent)
        return self._end(OutcomeKind.COMPLETED, "Completed", "All steps are done.")

    def _run_step(self, step: ItemStep | Tasklet, progress: StepProgress) -> Intent | None:
        progress.phase = StepPhase.RUNNING
        progress.started_at = progress.started_at or self.clock()
        progress.ended_at = None
        self.tell()
        if isinstance(step, Tasklet):
            return self._run_tasklet(step, progress)
        return self._run_items(step, progress)

    def _run_items(self, step: ItemStep, progress: StepProgress) -> Intent | None:
        with step.open(self._context(progress), progress.position) as session:
            progress.total = session.total
            try:
                intent = _ChunkLoop(self, session, progress).run()
            except JobFailedError:
                self._close(progress, StepPhase.FAILED, session.header)
                raise
            phase = StepPhase.COMPLETED if intent is None else _ON_INTENT[intent][0]
            self._close(progress, phase, session.header)
        return intent

    def _run_tasklet(self, step: Tasklet, progress: StepProgress) -> Intent | None:
        began, before = monotonic(), progress.active_seconds

        def tell(processed: int, total: int | None) -> None:
            progress.processed, progress.total = processed, total
            progress.active_seconds = before + monotonic() - began
            self.tell()

        result = step.run(self._context(progress, tell))
        progress.active_seconds = before + monotonic() - began
        if not result.done:
            intent = self.control.intent() or Intent.LEAVE
            self._close(progress, _ON_INTENT[intent][0], None)
            return intent
        with self.database.transaction() as transaction:
            self.checkpoint.fence(transaction)
            progress.count(result.counters)
            progress.sample(result.warnings)
            self.checkpoint.add_warnings(transaction, progress, result.warnings)
            self.checkpoint.add_artifacts(transaction, result.artifacts)
            progress.phase, progress.ended_at = StepPhase.COMPLETED, self.clock()
            self.checkpoint.save(transaction, progress)
        self.tell()
        return None

    def _close(self, progress: StepProgress, phase: StepPhase, header: str | None) -> None:
        """Leave a step in `phase`, with its file of refused records written."""
        artifact = None
        if header is not None and phase is not StepPhase.PAUSED:
            artifact = write_refused_records(
                self.database,
                job_id=self.job_id,
                step=progress.name,
                header=header,
                # A replaced attempt that wakes up late must not overwrite this
                # file: what counts is the one that the database names.
                folder=self.folder / f"epoch-{self.checkpoint.epoch}",
            )
        with self.database.transaction() as transaction:
            self.checkpoint.fence(transaction)
            progress.phase = phase
            progress.eta_seconds = None
            if phase is not StepPhase.PAUSED:
                progress.ended_at = self.clock()
            if artifact is not None:
                self.checkpoint.add_artifacts(transaction, [artifact])
            self.checkpoint.save(transaction, progress)
        self.tell()

    def _leave(self, progress: StepProgress, intent: Intent) -> Outcome:
        phase, kind, reason, message = _ON_INTENT[intent]
        # A step that has not begun stays Pending; one that was paused before and
        # is now stopped has nothing to run, but must show it.
        if progress.phase is not StepPhase.PENDING and progress.phase is not phase:
            self._close(progress, phase, None)
        return self._end(kind, reason, message)

    def _fail(self, progress: StepProgress, error: JobFailedError) -> Outcome:
        if progress.phase is not StepPhase.FAILED:
            self._close(progress, StepPhase.FAILED, None)
        return self._end(OutcomeKind.FAILED, error.reason, str(error))

    def _end(self, kind: OutcomeKind, reason: str, message: str) -> Outcome:
        self.checkpoint.end(kind.value, reason)
        return Outcome(
            kind=kind, reason=reason, message=message, processed=self.snapshot().processed
        )

    def _context(
        self,
        progress: StepProgress,
        tell: Callable[[int, int | None], None] = lambda _processed, _total: None,
    ) -> StepContext:
        return StepContext(
            job_id=self.job_id,
            step=progress.name,
            parameters=self.parameters,
            files_root=self.files_root,
            folder=self.folder,
            database=self.database,
            interrupted=lambda: self.control.intent() is not None,
            progress=tell,
        )

    def snapshot(self) -> JobProgress:
        """Copy the progress, so that other threads may read it."""
        steps = self.checkpoint.steps
        return JobProgress(
            steps=tuple(
                replace(s, counters=dict(s.counters), samples=list(s.samples)) for s in steps
            ),
            artifacts=tuple(self.checkpoint.artifacts),
        )

    def tell(self) -> None:
        """Hand the progress to the listener."""
        self.listener(self.snapshot())


class _ChunkLoop:
    """Reads one chunk ahead of the one being written."""

    def __init__(self, engine: Engine, session: ItemSession, progress: StepProgress) -> None:
        self._engine = engine
        self._session = session
        self._progress = progress
        self._size = ChunkSize()
        self._estimate = Estimate(progress.rate)

    def run(self) -> Intent | None:
        """Go on until the end of the source (None) or until there is a reason to leave.

        The chunk read ahead is dropped on leaving: its position was not committed.
        """
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="reader") as reader:
            ahead = self._read(reader)
            while (intent := self._engine.control.intent()) is None:
                began = monotonic()
                chunk = ahead.result()
                if chunk is None:
                    return None
                ahead = self._read(reader)
                self._write(chunk, began)
        return intent

    def _read(self, reader: ThreadPoolExecutor) -> "Future[Chunk | None]":
        return reader.submit(self._session.read, self._size.limit)

    def _write(self, chunk: Chunk, began: float) -> None:
        engine, progress = self._engine, self._progress
        writing = monotonic()
        with engine.database.transaction() as transaction:
            engine.checkpoint.fence(transaction)
            result = self._session.write(transaction, chunk)
            warnings = [*chunk.warnings, *result.warnings]
            engine.checkpoint.add_warnings(transaction, progress, warnings)
            progress.count({"read": chunk.read})
            progress.count(chunk.counters)
            progress.count(result.counters)
            progress.sample(warnings)
            progress.processed += chunk.read
            progress.position = chunk.position
            self._learn(chunk.read, monotonic() - began)
            engine.checkpoint.save(transaction, progress)
        self._size.took(chunk.read, monotonic() - writing)
        engine.tell()

    def _learn(self, items: int, seconds: float) -> None:
        progress = self._progress
        progress.active_seconds += seconds
        self._estimate.learn(items, seconds)
        progress.rate = self._estimate.rate
        progress.eta_seconds = self._estimate.seconds_left(progress.processed, progress.total)
