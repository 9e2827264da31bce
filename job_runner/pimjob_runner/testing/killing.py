"""A job that is killed at each of its writes in turn, resumed, and compared."""

import json
from collections.abc import Callable
from typing import Any

from pimjob_runner.testing.kill_points import KillPoints, in_child
from pimjob_runner.testing.tested_job import TestedJob

Result = Callable[[TestedJob], Any]


class KilledDifferentlyError(AssertionError):
    """A job that was killed and resumed has not left what an uninterrupted one leaves."""


def what_it_left(job: TestedJob) -> Any:
    """Return what the runner itself knows of: counters, warnings, files."""
    return job.left()


def killed_at_each_write(
    make: Callable[[int], TestedJob], result: Result = what_it_left
) -> list[str]:
    """Kill a job at each of its writes in turn, resume it, and compare what is left.

    `make` makes a job that is always the same but for its id, prepared and not yet run: on
    a database and in a folder of its own each time, or on one database, if what jobs leave
    can be told apart. It is called with 0, 1, 2, …. `result` returns what must be equal.

    Each job runs in a fork that is killed (SIGKILL: nothing is cleaned up) right before a
    statement of the database, a begin, a commit, or a change of a file below its folder;
    what is written to a file is written in two halves. Then the next attempt runs.
    Returns what was killed at. Raises KilledDifferentlyError for the first difference.
    """
    undisturbed = _with_tables(make(0))
    points = _points_of(undisturbed)
    wanted, number = result(undisturbed), 0
    while not _runs_through(job := _with_tables(make(number + 1)), number):
        outcome = job.run(2)
        found = result(job)
        if found != wanted:
            raise KilledDifferentlyError(
                f"Killed at write {number} ({_name(points, number)}) and resumed"
                f" ({outcome.kind.value}: {outcome.message}) it has left\n{found}\ninstead of"
                f"\n{wanted}"
            )
        number += 1
        if number > 2 * len(points) + 100:
            raise KilledDifferentlyError("It crashes by itself, or writes more each time.")
    return points


def _with_tables(job: TestedJob) -> TestedJob:
    """Migrate first, so that every run has the same writes."""
    with job.database():
        return job


def _name(points: list[str], number: int) -> str:
    return points[number] if number < len(points) else "one that the first run had not"


def _points_of(job: TestedJob) -> list[str]:
    """Run a job to its end, in a fork, and return its writes."""
    report = job.files_root.parent / f"{job.id}-writes.json"

    def run() -> bool:
        points = KillPoints()
        points.watch_files(job.files_root)
        job.run(connect=points.connect)
        report.write_text(json.dumps(points.passed), encoding="utf-8")
        return True

    if not in_child(run):
        raise KilledDifferentlyError("It crashes without being killed: run it alone first.")
    points: list[str] = json.loads(report.read_text(encoding="utf-8"))
    return points


def _runs_through(job: TestedJob, number: int) -> bool:
    """Run a job in a fork that is killed at a write; True if it ends before."""

    def run() -> bool:
        points = KillPoints(number)
        points.watch_files(job.files_root)
        job.run(connect=points.connect)
        return True

    return in_child(run)
