"""Tasklets: done once, safe to repeat, progress that people see never falls back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from runs import begin

from pimjob_api.phases import StepPhase
from pimjob_runner.engine.checkpoint import Checkpoint, utc_now
from pimjob_runner.engine.errors import SupersededError
from pimjob_runner.engine.stopwatch import Stopwatch
from pimjob_runner.engine.tasklet_run import TaskletRun
from pimjob_runner.sdk import ArtifactFile, ItemWarning, StepContext, TaskletResult
from pimjob_runner.stores.database import Database
from pimjob_runner.stores.url import open_database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    yield opened
    opened.close()


class Steps:
    """Counts from zero to `last`, and dies there if told to."""

    name = "count"
    label = "Count"

    def __init__(self, last: int, *, dies: bool = False, done: bool = True) -> None:
        self._last = last
        self._dies = dies
        self._done = done

    def run(self, context: StepContext) -> TaskletResult:
        for n in range(1, self._last + 1):
            context.progress(n, 10)
        if self._dies:
            raise KeyboardInterrupt
        return TaskletResult(
            counters={"counted": self._last},
            warnings=[ItemWarning("is round")],
            artifacts=(ArtifactFile("output", "count.txt", context.folder / "count.txt"),),
            done=self._done,
        )


class Shares(Steps):
    """Says how much is done, and counts no items."""

    def run(self, context: StepContext) -> TaskletResult:
        for n in range(self._last):
            context.share(n / 10)
        if self._dies:
            raise KeyboardInterrupt
        return TaskletResult()


def run(database: Database, checkpoint: Checkpoint, step: Steps, shown: list[int]) -> bool:
    progress = checkpoint.steps[0]
    tasklet = TaskletRun(
        checkpoint=checkpoint,
        progress=progress,
        watch=Stopwatch(),
        tell=lambda: shown.append(progress.processed),
        clock=utc_now,
        save_seconds=0,
    )
    context = StepContext(
        job_id="1",
        step=step.name,
        parameters=None,
        files_root=Path("/data"),
        folder=Path("/data/executions/1"),
        database=database,
        interrupted=lambda: False,
        progress=tasklet.show,
        share=tasklet.share,
    )
    return tasklet.run(step, context)


class Seconds(Stopwatch):
    """Each lap is as long as the test says."""

    seconds = 0.0

    def lap(self) -> float:
        return self.seconds


def test_what_a_tasklet_did_is_committed_together(database: Database) -> None:
    checkpoint = begin(database, "count")

    assert run(database, checkpoint, Steps(10), [])

    assert database.query("SELECT phase, processed, total, counters FROM step_execution") == [
        (StepPhase.COMPLETED, 10, 10, '{"counted": 10}')
    ]
    assert database.query("SELECT reason FROM item_warning") == [("is round",)]
    assert database.query("SELECT kind, name FROM artifact") == [("output", "count.txt")]


def test_a_tasklet_that_is_run_again_does_not_show_less_than_before(database: Database) -> None:
    shown: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        run(database, begin(database, "count"), Steps(7, dies=True), shown)

    run(database, begin(database, "count", attempt=2), Steps(10), shown)

    assert shown == sorted(shown)
    assert shown[6:9] == [7, 7, 7]
    assert shown[-1] == 10


def test_a_share_is_no_item_and_begins_anew_with_each_attempt(database: Database) -> None:
    checkpoint = begin(database, "count")
    with pytest.raises(KeyboardInterrupt):
        run(database, checkpoint, Shares(8, dies=True), [])
    assert checkpoint.steps[0].share == 0.7
    assert checkpoint.steps[0].processed == 0

    checkpoint = begin(database, "count", attempt=2)
    assert checkpoint.steps[0].share is None
    run(database, checkpoint, Shares(3), [])
    assert database.query("SELECT phase, processed, total FROM step_execution") == [
        (StepPhase.COMPLETED, 0, None)
    ]


def test_a_share_tells_the_time_left(database: Database) -> None:
    progress, watch = begin(database, "count").steps[0], Seconds()
    tasklet = TaskletRun(
        checkpoint=begin(database, "count", attempt=2),
        progress=progress,
        watch=watch,
        tell=lambda: None,
        clock=utc_now,
    )
    for done in (0.0, 0.1, 0.2, 0.3):
        assert progress.eta_seconds is None
        tasklet.share(done)
        watch.seconds = 2.0
    assert 13 <= (progress.eta_seconds or 0) <= 15
    tasklet.share(0.1)
    assert progress.share == 0.3


def test_a_tasklet_that_returns_early_is_not_completed(database: Database) -> None:
    checkpoint = begin(database, "count")

    assert not run(database, checkpoint, Steps(3, done=False), [])

    assert checkpoint.steps[0].phase is not StepPhase.COMPLETED
    assert database.query("SELECT counters FROM step_execution") == [("{}",)]


def test_a_tasklet_of_a_replaced_attempt_ends_at_its_next_sign_of_life(database: Database) -> None:
    replaced = begin(database, "count")
    begin(database, "count", attempt=2)

    with pytest.raises(SupersededError):
        run(database, replaced, Steps(10), [])

    with pytest.raises(SupersededError):
        run(database, replaced, Shares(10), [])
    assert database.query("SELECT processed FROM step_execution") == [(0,)]
