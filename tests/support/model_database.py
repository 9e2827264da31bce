"""The execution of the model's one PimJob in a real database, written as runners write it."""

import json
import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from pimjob_api.phases import StepPhase
from pimjob_runner.engine import schema
from pimjob_runner.engine.checkpoint import Checkpoint
from pimjob_runner.engine.progress import StepProgress
from pimjob_runner.engine.take_over import JobIdentity, take_over
from pimjob_runner.stores.url import open_database
from support.model_cluster import Pod

CHUNK = 10
CHUNK_SECONDS = 2.0


class Execution:
    """A job with one step, in a database of its own."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="pimjobs-model-"))
        self._database = open_database(f"sqlite:///{self._folder / 'catalog.db'}")
        schema.prepare(self._database)

    def close(self) -> None:
        self._database.close()
        shutil.rmtree(self._folder)

    def take_over(self, pod: Pod, clock: Callable[[], datetime]) -> Checkpoint:
        """Let a pod's runner begin. SupersededError if a later attempt has."""
        identity = JobIdentity(
            id="u", namespace="ns", name="a", type="t", label=None, user=None, parameters="{}",
            attempt=pod.number, holder=pod.seen.name, runner_version="1",
        )  # fmt: skip
        steps = [StepProgress(name="count", label="Count", ordinal=0)]
        return take_over(self._database, identity, "plan", steps, clock)

    def commit(self, checkpoint: Checkpoint) -> None:
        """Let a runner commit a chunk. SupersededError if it may not."""
        step = checkpoint.steps[0].copy()
        step.phase, step.processed = StepPhase.RUNNING, step.processed + CHUNK
        step.count({"read": CHUNK})
        step.active_seconds += CHUNK_SECONDS
        checkpoint.commit(lambda transaction: checkpoint.save(transaction, step))
        checkpoint.steps = [step]

    def stored(self) -> tuple[int, dict[str, int], float]:
        """Return items processed, counters, and active seconds."""
        found = self._database.query("SELECT processed, counters, active_ms FROM step_execution")
        if not found:
            return 0, {}, 0.0
        ((processed, counters, active_ms),) = found
        return processed, json.loads(counters), active_ms / 1000

    def epoch(self) -> int:
        """Return the epoch of the attempt that may commit."""
        ((epoch,),) = self._database.query("SELECT epoch FROM job_execution")
        return int(epoch)
