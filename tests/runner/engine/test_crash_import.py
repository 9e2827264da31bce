"""An import killed at any point leaves what an undisturbed one leaves, byte for byte."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import crashing_import
import pytest
from import_job import CHUNK, ROWS, ImportJob

from pimjob_api.phases import OutcomeKind
from pimjob_runner.engine import chunk_size
from pimjob_runner.engine.read_ahead import ReaderDiedError
from pimjob_runner.jobs.imports.products import ProductSession
from pimjob_runner.sdk import Chunk

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(crashing_import.__file__).parent)}


@pytest.fixture
def job(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ImportJob]:
    for bound in ("FIRST", "LARGEST", "SMALLEST"):
        monkeypatch.setattr(chunk_size, bound, CHUNK)
    prepared = ImportJob(database_url, tmp_path / "files")
    prepared.prepare()
    return prepared


def test_the_import_meets_everything_and_counts_each_row_once(job: ImportJob) -> None:
    job.run(1)

    counters = {name: json.loads(found) for name, *_, found, _, _ in job.result()["steps"]}
    assert counters["import"] == {
        "read": ROWS, "created": 4, "updated": 3, "unchanged": 1, "invalid": 4
    }  # fmt: skip
    assert counters["associations"] == {
        "read": ROWS, "updated": 4, "unchanged": 3, "skipped": 4, "invalid": 1
    }  # fmt: skip
    invalid = [name for kind, name, _ in job.result()["files"] if kind == "invalid"]
    assert invalid == ["invalid-associations.csv", "invalid-import.csv"]


def test_killed_before_and_after_each_statement_and_file_operation(
    database_url: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, crashing_import.__file__, database_url, str(tmp_path / "files")],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        check=True,
    )

    result = json.loads(done.stdout)
    assert result["problems"] == {}
    points = Counter(result["points"])
    # Three chunks in each of two steps, what opens and closes four steps, and the job itself.
    assert points["begin"] == points["commit"] == points["committed"] >= 15
    assert points["statement"] > 80
    # The copy, its facts, two files of refused records: each torn, synced, named.
    assert points["open"] == points["rename"] + points["link"] == 4
    assert points["fsync"] == 8
    assert points["write"] > 10
    if database_url.startswith("postgresql"):
        assert points["copy"] == points["end of copy"] > 3


class Killed:
    """Instead of the session's `read`: kills the reader's process before or after one of them."""

    def __init__(self, number: int, *, after: bool) -> None:
        self.left = number
        self.after = after
        self.plain = ProductSession.read
        self.runner = os.getpid()

    def __call__(self, session: Any, limit: int) -> Chunk[Any] | None:
        if self.left == 0 and not self.after:
            self.kill()
        chunk = self.plain(session, limit)
        if self.left == 0:
            self.kill()
        self.left -= 1
        return chunk

    def kill(self) -> None:
        assert os.getpid() != self.runner
        os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("after", [False, True])
def test_a_reader_killed_at_each_of_its_chunks(
    job: ImportJob, monkeypatch: pytest.MonkeyPatch, *, after: bool
) -> None:
    job.run(1)
    wanted = job.result()
    for number in range(ROWS // CHUNK + 1):
        job.reset()
        with monkeypatch.context() as patch:
            killed = Killed(number, after=after)
            patch.setattr(ProductSession, "read", lambda *args, killed=killed: killed(*args))
            with pytest.raises(ReaderDiedError):
                job.run(1)
        assert job.run(2).kind is OutcomeKind.COMPLETED
        assert job.result() == wanted
