"""Runs the numbers job again and again, each time killed at the next database call.

    python crashing.py DATABASE_URL FOLDER

For N = 0, 1, 2, … a child process runs a fresh job and kills itself (SIGKILL:
nothing is cleaned up) right before its N-th call; another child then runs the
next attempt to the end. It stops when a child ends before its N-th call, and
prints how many calls there were, and what differed from an undisturbed run.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from runs import Job

from pimjob_api.phases import OutcomeKind
from pimjob_runner.engine.control import Control
from pimjob_runner.engine.progress import JobProgress
from pimjob_runner.launch import run
from pimjob_runner.stores.database import Database, Dialect, Transaction
from pimjob_runner.stores.url import open_database

PARAMETERS = {"count": 30, "chunk": 10, "refuseEvery": 4}


class Countdown:
    """Kills this process at the N-th call."""

    def __init__(self, calls: int) -> None:
        self._left = calls

    def __call__(self) -> None:
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1


class CrashingTransaction:
    def __init__(self, transaction: Transaction, call: Countdown) -> None:
        self.dialect: Dialect = transaction.dialect
        self.connection = transaction.connection
        self._transaction = transaction
        self._call = call

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        self._call()
        return self._transaction.execute(sql, parameters)

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        self._call()
        return self._transaction.query(sql, parameters)

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        self._call()
        self._transaction.execute_many(sql, rows)


class CrashingDatabase:
    def __init__(self, database: Database, call: Countdown) -> None:
        self.dialect: Dialect = database.dialect
        self._database = database
        self._call = call

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        self._call()
        with self._database.transaction() as transaction:
            yield CrashingTransaction(transaction, self._call)
            self._call()  # before the commit; the next transaction's begin is after it

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        self._call()
        return self._database.query(sql, parameters)

    def close(self) -> None:
        self._call()
        self._database.close()


def in_child(work: Callable[[], bool]) -> bool:
    """Run `work` in a child process; True if it returned True and was not killed."""
    child = os.fork()
    if child == 0:
        os._exit(0 if work() else 1)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 0


def disturbed(job: Job, calls: int) -> bool:
    job.attempts = 1
    call = Countdown(calls)

    def ignore(_progress: JobProgress) -> None:
        return

    outcome = run(
        job.launch(), Control(), ignore, lambda url: CrashingDatabase(open_database(url), call)
    )
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
