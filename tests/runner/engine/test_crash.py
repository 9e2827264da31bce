"""Killed at any moment, a job loses nothing and does nothing twice."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import runs
import yaml
from numbers_job import JOB_TYPE, Parameters
from runs import Job

from pimjob_api.phases import OutcomeKind
from pimjob_runner.sdk import (
    Database,
    Migration,
    StepContext,
    TaskletFrom,
    TaskletResult,
    migrate,
)
from pimjob_runner.testing import (
    KilledDifferentlyError,
    Left,
    TestedJob,
    fresh_job,
    killed_at_each_write,
    type_of,
)

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(runs.__file__).parent)}


PARAMETERS = {"count": 30, "chunk": 10, "refuseEvery": 4}
REFUSED = range(0, 30, 4)


def test_killed_at_each_write_in_turn(database_url: str, tmp_path: Path) -> None:
    def job(number: int) -> TestedJob:
        folder, name = tmp_path / str(number), f"job-{number}"
        return fresh_job(JOB_TYPE, folder, PARAMETERS, database_url=database_url, job_id=name)

    def result(job: TestedJob) -> tuple[list[int], dict[str, int], Left]:
        rows = job.query("SELECT n FROM number WHERE job_id = ? ORDER BY n", job.id)
        left = job.left()
        # How often a tasklet runs is up to it.
        return [n for (n,) in rows], left.counters["write"], replace(left, counters={})

    points = killed_at_each_write(job, result)

    assert len(points) > 40, "it went through the whole job"
    numbers, counters, left = result(job_of(tmp_path, database_url))
    assert numbers == [n for n in range(30) if n not in REFUSED]
    assert counters == {"read": 30, "invalid": 8, "created": 22}
    refused = [f"{n};{n * n}\n" for n in REFUSED]
    assert left.files == {"invalid-write.csv": "".join(["number;square\n", *refused]).encode()}


def job_of(tmp_path: Path, database_url: str) -> TestedJob:
    """Return the job that nobody killed."""
    return TestedJob(
        job_type=JOB_TYPE,
        parameters=PARAMETERS,
        files_root=tmp_path / "0" / "files",
        database_url=database_url,
        id="job-0",
    )


def test_the_kit_finds_a_job_that_counts_twice(sqlite_url: str, tmp_path: Path) -> None:
    def run(context: StepContext) -> TaskletResult:
        with context.database.transaction() as transaction:
            transaction.execute("INSERT INTO twice (job_id) VALUES (?)", (context.job_id,))
        return TaskletResult()

    def prepare(database: Database) -> None:
        migrate(database, "twice", [Migration("create twice", "CREATE TABLE twice (job_id TEXT)")])

    broken = type_of(TaskletFrom(name="insert", label="Insert", run=run), Parameters, prepare)

    def job(number: int) -> TestedJob:
        folder, name = tmp_path / str(number), f"job-{number}"
        parameters = {"count": 0}
        return fresh_job(broken, folder, parameters, database_url=sqlite_url, job_id=name)

    def result(job: TestedJob) -> list[tuple[int]]:
        return job.query("SELECT count(*) FROM twice WHERE job_id = ?", job.id)

    with pytest.raises(KilledDifferentlyError, match=r"\(committed\) and resumed \(Completed"):
        killed_at_each_write(job, result)


def pimjob(tmp_path: Path, **parameters: object) -> Path:
    file = tmp_path / "job.yaml"
    file.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "pimjobs.dev/v1alpha1",
                "kind": "PimJob",
                "metadata": {"name": "numbers"},
                "spec": {"type": "numbers", "parameters": parameters},
            }
        )
    )
    return file


def start(file: Path, data: Path, database_url: str) -> "subprocess.Popen[str]":
    runner = [sys.executable, "-m", "pimjob_runner.main", "run", str(file)]
    return subprocess.Popen(
        [*runner, "--data", str(data), "--database", database_url, "--json"],
        env=ENVIRONMENT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_killed_at_random_moments(database_url: str, tmp_path: Path) -> None:
    chance = random.Random(7)  # noqa: S311 - reproducible, not secret
    file = pimjob(tmp_path, count=4_000, chunk=40, refuseEvery=9, secondsPerNumber=0.00025)
    kills = 0
    while True:
        with start(file, tmp_path, database_url) as process:
            try:
                # Later and later: however slow the machine is, an attempt gets something done.
                assert process.wait(chance.uniform(0.1, 0.7) + kills / 10) == 0
                break
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                kills += 1
        # Killed between its end and that of its process, it has ended all the same.
        if _ended(Job(database_url, tmp_path)):
            break

    assert kills >= 2, "it was killed at all"
    (job_id,) = Job(database_url, tmp_path).query("SELECT id FROM job_execution")[0]
    job = Job(database_url, tmp_path, id=str(job_id))
    assert job.numbers() == [n for n in range(4_000) if n % 9]
    counters = job.query("SELECT counters, warnings FROM step_execution WHERE name = 'write'")
    assert counters == [('{"created": 3555, "invalid": 445, "read": 4000}', 445)]
    (path,) = job.query("SELECT path FROM artifact")[0]
    assert len(Path(path).read_text().splitlines()) == 446


def _ended(job: Job) -> bool:
    try:
        return bool(job.query("SELECT 1 FROM job_execution WHERE phase = 'Completed'"))
    except (sqlite3.Error, psycopg.Error):
        return False  # killed before it had made its tables


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_commits_the_chunk_and_leaves(
    sqlite_url: str, tmp_path: Path, number: signal.Signals
) -> None:
    file = pimjob(tmp_path, count=100_000, chunk=10, secondsPerChunk=0.02)
    job = Job(sqlite_url, tmp_path)
    with start(file, tmp_path, sqlite_url) as process:
        while not _processed(job):
            assert process.poll() is None, "it goes on until it is asked to leave"
        process.send_signal(number)
        output, _ = process.communicate()

    assert process.returncode == 130
    said = json.loads(output)
    assert said["outcome"] == OutcomeKind.INTERRUPTED
    (step,) = [step for step in said["status"]["steps"] if step["name"] == "write"]
    assert step["processed"] == _processed(job) == len(job.query("SELECT n FROM number"))


def _processed(job: Job) -> int:
    path = Path(job.database_url.removeprefix("sqlite:///"))
    if not path.exists() or not job.query(
        "SELECT 1 FROM sqlite_master WHERE name='step_execution'"
    ):
        return 0
    rows = job.query("SELECT processed FROM step_execution WHERE name = 'write'")
    return int(rows[0][0]) if rows else 0
