"""Runs the steps of a job from its checkpoint until they are done or it has to leave."""

import logging
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pimjob_api.outcome import Outcome
from pimjob_api.phases import RELEASE_IN_PROGRESS, OutcomeKind, StepPhase
from pimjob_runner.engine.checkpoint import Checkpoint, Clock
from pimjob_runner.engine.chunk_loop import ChunkLoop
from pimjob_runner.engine.control import Control, Intent
from pimjob_runner.engine.open_step import OpenStep
from pimjob_runner.engine.output_parts import Parts, parts_of, remove_leftovers
from pimjob_runner.engine.progress import JobProgress, StepProgress
from pimjob_runner.engine.refused_file import refused_lines, write_refused_file
from pimjob_runner.engine.stopwatch import Stopwatch
from pimjob_runner.engine.tasklet_run import TaskletRun
from pimjob_runner.sdk import (
    ArtifactFile,
    ItemStep,
    JobFailedError,
    StepContext,
    Tasklet,
)
from pimjob_runner.stores.database import Database, Transaction

Listener = Callable[[JobProgress], None]
"""Told after each chunk and each change of step. Must not block."""

log = logging.getLogger(__name__)

_ON_INTENT = {
    Intent.STOP: (StepPhase.STOPPED, OutcomeKind.STOPPED, "Stopped", "Stopped on request."),
    Intent.PAUSE: (StepPhase.PAUSED, OutcomeKind.PAUSED, "Paused", "Paused on request."),
    Intent.MAKE_ROOM: (
        StepPhase.PAUSED,
        OutcomeKind.PAUSED,
        RELEASE_IN_PROGRESS,
        "Paused for a release.",
    ),
    Intent.LEAVE: (
        StepPhase.PAUSED,
        OutcomeKind.INTERRUPTED,
        "Interrupted",
        "The runner was asked to leave; the job goes on in the next attempt.",
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
    urgent: Listener
    """Like `listener`, but reports before it returns, if that can be done in a few seconds."""
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
                    return self._fail(step, progress, error)
            if intent is not None:
                return self._leave(step, progress, intent)
        return self._end(OutcomeKind.COMPLETED, "Completed", "All steps are done.")

    def _run_step(self, step: ItemStep | Tasklet, progress: StepProgress) -> Intent | None:
        log.info("%s: begins after %d items", progress.name, progress.processed)
        progress.phase = StepPhase.RUNNING
        progress.started_at = progress.started_at or self.clock()
        progress.ended_at = None
        self.tell()
        if isinstance(step, Tasklet):
            intent = self._run_tasklet(step, progress)
        else:
            intent = self._run_items(step, progress)
        log.info("%s: %s, %s", progress.name, progress.phase.value, progress.counters)
        return intent

    def _run_items(self, step: ItemStep, progress: StepProgress) -> Intent | None:
        watch, context = Stopwatch(), self._context(progress)
        with closing(OpenStep(step, context, progress)) as opened:
            intent = ChunkLoop(
                checkpoint=self.checkpoint,
                control=self.control,
                step=opened,
                progress=progress,
                parts=Parts(job_id=self.job_id, step=step.name, folder=context.own_folder),
                watch=watch,
                tell=self.tell,
                urgent=lambda: self.urgent(self.snapshot()),
            ).run()
        self._close(step, progress, _phase_after(intent))
        return intent

    def _run_tasklet(self, step: Tasklet, progress: StepProgress) -> Intent | None:
        run = TaskletRun(
            checkpoint=self.checkpoint,
            progress=progress,
            watch=Stopwatch(),
            tell=self.tell,
            clock=self.clock,
        )
        if run.run(step, self._context(progress, run.show, run.share)):
            return None
        intent = self.control.intent() or Intent.LEAVE
        self._close(step, progress, _phase_after(intent))
        return intent

    def _close(self, step: ItemStep | Tasklet, progress: StepProgress, phase: StepPhase) -> None:
        """Leave a step in `phase`; unless it will go on, with its file of refused records."""
        goes_on = phase is StepPhase.PAUSED
        artifact = None if goes_on else self._refused_file(step, progress)
        progress.phase = phase
        progress.eta_seconds = None
        progress.ended_at = None if goes_on else self.clock()

        def save(transaction: Transaction) -> None:
            self.checkpoint.add_artifacts(transaction, [] if artifact is None else [artifact])
            self.checkpoint.save(transaction, progress)

        self.checkpoint.commit(save)
        self.tell()

    def _refused_file(
        self, step: ItemStep | Tasklet, progress: StepProgress
    ) -> ArtifactFile | None:
        how = None if isinstance(step, Tasklet) else step.refused
        if how is None or progress.preamble is None:
            return None
        return write_refused_file(
            self.database,
            how,
            job_id=self.job_id,
            step=progress.name,
            preamble=progress.preamble,
            # What counts is the one that the database names.
            folder=self._context(progress).own_folder,
        )

    def _leave(self, step: ItemStep | Tasklet, progress: StepProgress, intent: Intent) -> Outcome:
        phase, kind, reason, message = _ON_INTENT[intent]
        # A step that has not begun stays Pending; one that was paused before and
        # is now stopped has nothing to run, but must show it.
        if progress.phase is not StepPhase.PENDING and progress.phase is not phase:
            self._close(step, progress, phase)
        return self._end(kind, reason, message)

    def _fail(
        self, step: ItemStep | Tasklet, progress: StepProgress, error: JobFailedError
    ) -> Outcome:
        self._close(step, progress, StepPhase.FAILED)
        return self._end(OutcomeKind.FAILED, error.reason, str(error))

    def _end(self, kind: OutcomeKind, reason: str, message: str) -> Outcome:
        self.checkpoint.end(kind.value, reason)
        if kind in {OutcomeKind.COMPLETED, OutcomeKind.STOPPED}:
            remove_leftovers(self.folder, [artifact.path for artifact in self.checkpoint.artifacts])
        return Outcome(
            kind=kind, reason=reason, message=message, processed=self.snapshot().processed
        )

    def _context(
        self,
        progress: StepProgress,
        show: Callable[[int, int | None], None] = lambda _processed, _total: None,
        share: Callable[[float], None] = lambda _done: None,
    ) -> StepContext:
        return StepContext(
            job_id=self.job_id,
            step=progress.name,
            parameters=self.parameters,
            files_root=self.files_root,
            folder=self.folder,
            database=self.database,
            interrupted=lambda: self.control.intent() is not None,
            progress=show,
            share=share,
            refused_lines=partial(refused_lines, self.job_id),
            parts_of=partial(parts_of, self.database, self.job_id, self.folder),
            epoch=self.checkpoint.epoch,
        )

    def snapshot(self) -> JobProgress:
        """Copy the progress, so that other threads may read it."""
        return JobProgress(
            steps=tuple(step.copy() for step in self.checkpoint.steps),
            artifacts=tuple(self.checkpoint.artifacts),
        )

    def tell(self) -> None:
        """Hand the progress to the listener."""
        self.listener(self.snapshot())


def _phase_after(intent: Intent | None) -> StepPhase:
    return StepPhase.COMPLETED if intent is None else _ON_INTENT[intent][0]
