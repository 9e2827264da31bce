"""Imports a small file again and again, each time killed at the next point.

    python crashing_import.py DATABASE_URL FOLDER

For N = 0, 1, 2, … a child process runs the job from its beginning and is killed at
its N-th point (see kill_points); then the next attempt runs to the end. It stops
when a child ends before its N-th point, and prints which points there were, and
what differed from an undisturbed run.
"""

import json
import sys
from pathlib import Path

from import_job import ImportJob, small_chunks

from pimjob_api.phases import OutcomeKind
from pimjob_runner.testing.kill_points import KillPoints, do_not_sync, in_child


def disturbed(job: ImportJob, point: int, report: Path) -> bool:
    """Run the first attempt, killed at a point; True if it ended before."""
    points = KillPoints(point)
    points.watch_files(job.files_root)
    outcome = job.run(1, points.connect)
    report.write_text(json.dumps(points.passed))
    return outcome.kind is OutcomeKind.COMPLETED


def differences(job: ImportJob, wanted: dict[str, object]) -> list[str]:
    """Run the next attempt and say what is not as it was without a crash."""
    outcome = job.run(2)
    if outcome.kind is not OutcomeKind.COMPLETED:
        return [str(outcome)]
    found = job.result()
    return [
        f"{name}: {found[name]} != {wanted[name]}" for name in wanted if found[name] != wanted[name]
    ]


def main(url: str, folder: Path) -> None:
    small_chunks()
    do_not_sync()
    job, report = ImportJob(url, folder), folder.parent / "points.json"
    job.prepare()
    job.run(1)
    wanted = job.result()
    problems: dict[int, list[str]] = {}
    point = 0
    while True:
        job.reset()
        if in_child(lambda point=point: disturbed(job, point, report)):  # type: ignore[misc]
            break
        if found := differences(job, wanted):
            problems[point] = found
        point += 1
    print(json.dumps({"points": json.loads(report.read_text()), "problems": problems}))  # noqa: T201 - its result


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
