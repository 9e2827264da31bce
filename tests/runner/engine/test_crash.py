"""Killed at any moment, a job loses nothing and does nothing twice."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import crashing
import psycopg
import pytest
import yaml
from runs import Job

from pimjob_api.phases import OutcomeKind

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(crashing.__file__).parent)}


def test_killed_at_each_database_call_in_turn(database_url: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, crashing.__file__, database_url, str(tmp_path)],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        check=True,
    )

    result = json.loads(done.stdout)
    assert result["problems"] == {}
    assert result["calls"] > 40, "it went through the whole job"


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
