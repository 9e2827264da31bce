"""An export that is killed at each of its writes, or stands still there while another one runs."""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pimjob_api.phases import OutcomeKind
from pimjob_runner.engine import take_over
from pimjob_runner.engine.progress import JobProgress
from pimjob_runner.formats.csv_write import CsvFormat
from pimjob_runner.stores import sqlite
from pimjob_runner.stores.errors import DatabaseUnavailableError
from pimjob_runner.testing import Control, KillPoints, TestedJob, killed_at_each_write, small_chunks
from support.export_job import export_job, left_of_parts

PATIENCE = 0.3
"""Seconds, instead of ten or sixty, that the second attempt waits for the first."""
ENDS = ("Completed", "Superseded", "Lost", "Locked")


@pytest.fixture(autouse=True)
def chunks_of_three(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(take_over, "HOLDER_SECONDS", PATIENCE)
    defaults = sqlite.SqliteDatabase.__init__.__kwdefaults__
    monkeypatch.setitem(defaults, "busy_seconds", PATIENCE)
    with small_chunks(3):
        yield


def result(job: TestedJob) -> Any:
    """All that a job may leave, but for what no commit names."""
    steps = job.query(
        "SELECT name, phase, processed, counters, warnings FROM step_execution"
        " WHERE job_id = ? ORDER BY ordinal",
        job.id,
    )
    parts = job.query("SELECT * FROM output_part WHERE job_id = ?", job.id)
    return job.left(), steps, parts


@pytest.mark.parametrize("most", [None, 4])
def test_killed_at_each_write_and_resumed_it_leaves_the_same(
    database_url: str, tmp_path: Path, most: int | None
) -> None:
    def job(number: int) -> TestedJob:
        return export_job(
            tmp_path / str(number),
            job_id=str(number),
            form=CsvFormat(),
            database_url=database_url,
            mostRecords=most,
        )

    points = killed_at_each_write(job, lambda found: (result(found), left_of_parts(found)))

    found = Counter(points)
    # Three parts and the output: each is synced with its folder, and so are new folders.
    assert found["rename"] == (4 if most is None else 5)
    assert found["fsync"] >= 2 * found["rename"] + 2
    # The parts and their folder go, besides the names under which files are written.
    assert (found["remove"], found["rmdir"]) == (found["rename"] + 3, 1)


def attempt(job: TestedJob, number: int, points: KillPoints) -> str:
    """Run an attempt; say in a word how it ended."""
    try:
        return job.run(number, connect=points.connect).kind.value
    except take_over.LockedError:
        return "Locked"
    except (DatabaseUnavailableError, FileNotFoundError):
        # Its connection was ended, or its successor has cleared up.
        return "Lost"


def frozen(job: TestedJob, point: int) -> int | None:
    """Start the first attempt; return its process once it stands still, None if it has ended."""
    child = os.fork()
    if child == 0:
        points = KillPoints(point, signal.SIGSTOP)
        points.watch_files(job.files_root)
        os._exit(ENDS.index(attempt(job, 1, points)))
    _, status = os.waitpid(child, os.WUNTRACED)
    return child if os.WIFSTOPPED(status) else None


def woken(child: int) -> str:
    os.kill(child, signal.SIGCONT)
    _, status = os.waitpid(child, 0)
    return ENDS[os.waitstatus_to_exitcode(status)]


def until_items(job: TestedJob, number: int, items: int) -> str:
    """Run an attempt, with other chunks, that leaves once so many items are committed."""
    control = Control()

    def listen(progress: JobProgress) -> None:
        if progress.processed >= items:
            control.terminate()

    with small_chunks(2):
        try:
            return job.run(number, control=control, listener=listen).kind.value
        except take_over.LockedError:
            return "Locked"


def test_an_attempt_that_wakes_up_while_others_go_on_adds_nothing_and_replaces_nothing(
    database_url: str, tmp_path: Path
) -> None:
    undisturbed = export_job(tmp_path / "undisturbed", database_url=database_url, job_id="own")
    undisturbed.run()
    wanted, point, ends = result(undisturbed), 0, Counter[tuple[str, str]]()
    while True:
        name = f"job-{point}"
        job = export_job(tmp_path / name, database_url=database_url, job_id=name)
        child = frozen(job, point)
        if child is None:
            break
        second = until_items(job, 2, 4)
        first = woken(child)
        assert job.run(3).kind is OutcomeKind.COMPLETED
        assert (result(job), left_of_parts(job)) == (wanted, []), (point, first, second)
        ends[first, second] += 1
        point += 2

    assert point > 40
    assert ends["Superseded", "Interrupted"] > 5
    assert {second for _, second in ends} <= {"Interrupted", "Completed", "Locked"}, ends


def test_an_attempt_that_wakes_up_after_the_end_adds_nothing_and_replaces_nothing(
    database_url: str, tmp_path: Path
) -> None:
    undisturbed = export_job(tmp_path / "undisturbed", database_url=database_url, job_id="own")
    undisturbed.run()
    wanted, point, ends, left = result(undisturbed), 1, Counter[tuple[str, str]](), Counter[str]()
    while True:
        name = f"job-{point}"
        job = export_job(tmp_path / name, database_url=database_url, job_id=name)
        child = frozen(job, point)
        if child is None:
            break
        second = attempt(job, 2, KillPoints())
        first = woken(child)
        assert result(job) == wanted, (point, first, second)
        ends[first, second] += 1
        left.update(left_of_parts(job))
        point += 2

    assert point > 40
    assert ends["Superseded", "Completed"] > 2
    assert {second for _, second in ends} <= {"Completed", "Locked"}, ends
    # A whole file that it had begun before it could know may stay, where nobody looks.
    assert set(left) <= {"animals.txt"}
