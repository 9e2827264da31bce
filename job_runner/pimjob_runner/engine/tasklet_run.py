"""A tasklet's run: progress that never falls back, and one commit at its end."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from pimjob_api.phases import StepPhase
from pimjob_runner.engine.checkpoint import Checkpoint, Clock
from pimjob_runner.engine.estimate import Estimate
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
        self._estimate = Estimate()

    def run(self, step: Tasklet, context: StepContext) -> bool:
        """Run it and commit what it did; False if it returned early because it was asked to."""
        result = retried(lambda: step.run(context))
        self.progress.active_seconds += self.watch.lap()
        if result.done:
            self._complete(result)
            self.tell()
        return result.done

    def show(self, processed: int, total: int | None) -> None:
        """Show the tasklet's own count.

        A tasklet that is run again counts from zero, but what people saw does not
        go back; so the number is also kept in the checkpoint, every
        `save_seconds`.
        """
        progress = self.progress
        progress.processed, progress.total = max(progress.processed, processed), total
        self._tell(self.watch.lap())

    def share(self, done: float) -> None:
        """Show how much of the work is done, from 0 to 1, and estimate the time left.

        It never becomes items: those are added up over all steps, and tell whether an
        attempt got anywhere.
        """
        progress, seconds = self.progress, self.watch.lap()
        before = progress.share or 0.0
        progress.share = max(before, min(done, 1.0))
        self._estimate.learn(progress.share - before, seconds)
        progress.eta_seconds = self._estimate.seconds_left(progress.share, 1.0)
        self._tell(seconds)

    def _tell(self, seconds: float) -> None:
        """Show what has changed, and commit it now and then, which needs the epoch."""
        progress = self.progress
        progress.active_seconds += seconds
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
            draft.eta_seconds = None
            self.checkpoint.save(transaction, draft)
            return draft

        self.progress.become(self.checkpoint.commit(save))
