"""Runs the numbers job again and again, each time killed at the next database call.

    python crashing.py DATABASE_URL FOLDER

For N = 0, 1, 2, … a child process runs a fresh job and kills itself (SIGKILL:
nothing is cleaned up) right before its N-th call; another child then runs the
next attempt to the end. It stops when a child ends before its N-th call, and
prints how many calls there were, and what differed from an undisturbed run.
"""

import json
import sys
from pathlib import Path

from kill_points import KillPoints, in_child
from runs import Job

from pimjob_api.phases import OutcomeKind
from pimjob_runner.engine.control import Control
from pimjob_runner.engine.progress import JobProgress
from pimjob_runner.launch import run

PARAMETERS = {"count": 30, "chunk": 10, "refuseEvery": 4}


def disturbed(job: Job, calls: int) -> bool:
    job.attempts = 1

    def ignore(_progress: JobProgress) -> None:
        return

    outcome = run(job.launch(), Control(), ignore, KillPoints(calls).connect)
    return outcome.kind is OutcomeKind.COMPLETED


def differences(job: Job) -> list[str]:
    """Say what is not as in an undisturbed run."""
    refused = range(0, PARAMETERS["count"], PARAMETERS["refuseEvery"])
    found = {
        "numbers": (job.numbers(), [n for n in range(PARAMETERS["count"]) if n not in refused]),
        "counters": (job.write.counters, {"read": 30, "invalid": 8, "created": 22}),
        "warnings": (job.write.warnings, 8),
        "records": (
            [a.path.read_text() for a in job.last.artifacts],
            ["number;square\n" + "".join(f"{n};{n * n}\n" for n in refused)],
        ),
    }
    return [f"{what}: {is_} != {want}" for what, (is_, want) in found.items() if is_ != want]


def main(url: str, folder: Path) -> None:
    problems: dict[int, list[str]] = {}
    calls = 0
    while True:
        job = Job(url, folder, id=f"job-{calls}", parameters=PARAMETERS)
        if in_child(lambda job=job, calls=calls: disturbed(job, calls)):  # type: ignore[misc]
            break
        outcome = job.run(attempt=2)
        found = differences(job) if outcome.kind is OutcomeKind.COMPLETED else [str(outcome)]
        if found:
            problems[calls] = found
        calls += 1
    print(json.dumps({"calls": calls, "problems": problems}))  # noqa: T201 - its result


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
