"""Imports a small file with two live attempts, the first of which is frozen at each point.

    python freezing_import.py DATABASE_URL FOLDER EVERY

A child process runs the first attempt and stops itself (SIGSTOP) at a point (see
kill_points); the second attempt runs while the first still holds whatever it holds.
Then the first is continued, at every other point killed. If the second could not do
it, a third does. Prints how both ended at which point, and what differed from an
undisturbed run. EVERY: 1 for all points, 2 for every second, …
"""

import json
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from import_job import ImportJob, small_chunks

from pimjob_api.phases import OutcomeKind
from pimjob_runner.engine import take_over
from pimjob_runner.stores import sqlite
from pimjob_runner.stores.errors import DatabaseUnavailableError, LockedError
from pimjob_runner.testing.kill_points import KillPoints, do_not_sync

PATIENCE = 0.3
"""Seconds, instead of ten or sixty, that the second attempt waits for the first."""
OUTCOMES = [*OutcomeKind, "Locked", "Lost"]


@dataclass
class Round:
    """One point: what it is, and how the attempts ended. Plain words, for JSON."""

    point: str
    first: str
    second: str
    problems: list[str]


def attempt(job: ImportJob, number: int, points: KillPoints) -> str:
    """Run an attempt; say in a word how it ended."""
    try:
        return job.run(number, points.connect).kind
    except LockedError:
        return "Locked"
    except DatabaseUnavailableError:
        return "Lost"


def frozen(job: ImportJob, point: int) -> int:
    """Start the first attempt; return its process once it is frozen, 0 if it ended before."""
    child = os.fork()
    if child == 0:
        points = KillPoints(point, signal.SIGSTOP)
        points.watch_files(job.files_root)
        os._exit(OUTCOMES.index(attempt(job, 1, points)))
    _, status = os.waitpid(child, os.WUNTRACED)
    return child if os.WIFSTOPPED(status) else 0


def ended(child: int, end: signal.Signals) -> str:
    """Continue or kill the first attempt; say how it ended."""
    os.kill(child, end)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return "Killed" if code < 0 else str(OUTCOMES[code])


def play(job: ImportJob, point: int, what: str, wanted: dict[str, object]) -> Round | None:
    """Play one round; None if there is no such point."""
    job.reset()
    child = frozen(job, point)
    if child == 0:
        return None
    second = attempt(job, 2, KillPoints())
    first = ended(child, signal.SIGKILL if point % 2 else signal.SIGCONT)
    if second != OutcomeKind.COMPLETED:
        attempt(job, 3, KillPoints())
    found = job.result()
    return Round(what, first, str(second), [n for n in wanted if found[n] != wanted[n]])


def undisturbed(job: ImportJob, report: Path) -> list[str]:
    """Return the points of an undisturbed run."""
    child = os.fork()
    if child == 0:
        points = KillPoints()
        points.watch_files(job.files_root)
        job.run(1, points.connect)
        report.write_text(json.dumps(points.passed))
        os._exit(0)
    os.waitpid(child, 0)
    return [str(point) for point in json.loads(report.read_text())]


def main(url: str, folder: Path, every: int) -> None:
    small_chunks()
    do_not_sync()
    take_over.HOLDER_SECONDS = PATIENCE
    sqlite.SqliteDatabase.__init__.__kwdefaults__["busy_seconds"] = PATIENCE
    job = ImportJob(url, folder)
    job.prepare()
    points = undisturbed(job, folder.parent / "points.json")
    wanted = job.result()
    rounds = [play(job, n, points[n], wanted) for n in range(0, len(points), every)]
    print(json.dumps([vars(one) for one in rounds if one is not None]))  # noqa: T201 - its result


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
