"""A tasklet's run: progress that never falls back, and one commit at its end."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from pimjob_api.phases import StepPhase
from pimjob_runner.engine.checkpoint import Checkpoint, Clock
from pimjob_runner.engine.progress import StepProgress
from pimjob_runner.engine.stopwatch import Stopwatch
from pimjob_runner.sdk import StepContext, Tasklet, TaskletResult
from pimjob_runner.stores.conflicts import retried
from pimjob_runner.stores.database import Transaction


@dataclass(kw_only=True)
class TaskletRun:
    """One run of a tasklet, from its beginning."""

    checkpoint: Checkpoint
    progress: StepProgress
    watch: Stopwatch
    tell: Callable[[], None]
    clock: Clock
    save_seconds: float = 1.0

    def __post_init__(self) -> None:
        self._saved_at = monotonic()

    def run(self, step: Tasklet, context: StepContext) -> bool:
        """Run it and commit what it did; False if it returned early because it was asked to."""
        result = retried(lambda: step.run(context))
        self.progress.active_seconds += self.watch.lap()
        if result.done:
            self._complete(result)
            self.tell()
        return result.done

    def show(self, processed: int, total: int | None) -> None:
        """Take the tasklet's own count.

        A tasklet that is run again counts from zero, but what people saw does not
        go back; so the number is also kept in the checkpoint, every
        `save_seconds`.
        """
        progress = self.progress
        progress.processed, progress.total = max(progress.processed, processed), total
        progress.active_seconds += self.watch.lap()
        if monotonic() - self._saved_at >= self.save_seconds:
            self.checkpoint.commit(lambda transaction: self.checkpoint.save(transaction, progress))
            self._saved_at = monotonic()
        self.tell()

    def _complete(self, result: TaskletResult) -> None:
        def save(transaction: Transaction) -> StepProgress:
            draft = self.progress.copy()
            draft.count(result.counters)
            self.checkpoint.add_warnings(transaction, draft, result.warnings)
            self.checkpoint.add_artifacts(transaction, result.artifacts)
            draft.phase, draft.ended_at = StepPhase.COMPLETED, self.clock()
            self.checkpoint.save(transaction, draft)
            return draft

        self.progress.become(self.checkpoint.commit(save))
