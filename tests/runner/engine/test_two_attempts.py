"""Two live attempts of one job, one of them frozen: one makes progress, the data is right."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import freezing_import
import pytest
from import_job import JOB_ID, ImportJob

from pimjob_api.phases import OutcomeKind
from pimjob_runner.engine import take_over
from pimjob_runner.stores.errors import LockedError

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(freezing_import.__file__).parent)}


def frozen_at_every_third_point(database_url: str, folder: Path) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, freezing_import.__file__, database_url, str(folder / "files"), "3"],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        check=True,
    )
    rounds: list[dict[str, Any]] = json.loads(done.stdout)
    assert len(rounds) > 50
    assert [one for one in rounds if one["problems"]] == []
    return rounds


def test_on_postgresql_the_second_attempt_always_goes_on(postgres_url: str, tmp_path: Path) -> None:
    rounds = frozen_at_every_third_point(postgres_url, tmp_path)

    assert {one["second"] for one in rounds} == {"Completed"}
    first = Counter(one["first"] for one in rounds)
    assert set(first) <= {"Superseded", "Lost", "Killed", "Completed"}
    # Frozen in a transaction it has lost its connection, else its epoch.
    assert first["Lost"] > 10
    assert first["Superseded"] > 3
    # Only where it had ended but for closing.
    assert first["Completed"] <= 1
    assert any(one["point"] in {"copy", "end of copy"} for one in rounds)


def test_on_sqlite_the_second_attempt_waits_for_a_frozen_transaction(
    sqlite_url: str, tmp_path: Path
) -> None:
    rounds = frozen_at_every_third_point(sqlite_url, tmp_path)

    ends = Counter((one["first"], one["second"]) for one in rounds if one["first"] != "Killed")
    # A file has no server that could end the holder: it keeps the job, or is superseded.
    # Both complete only where the first had ended but for closing.
    both = ends.pop(("Completed", "Completed"), 0)
    assert set(ends) == {("Superseded", "Completed"), ("Completed", "Locked")}
    assert both <= 1


def test_a_copy_of_the_source_is_not_replaced_by_an_attempt_that_wakes_up_late(
    sqlite_url: str, tmp_path: Path
) -> None:
    job = ImportJob(sqlite_url, tmp_path / "files")
    job.prepare()
    point = freezing_import.undisturbed(job, tmp_path / "points.json").index("link")
    job.reset()
    child = freezing_import.frozen(job, point)
    source = job.files_root / "in" / "products.csv"
    source.write_text("sku\nof-the-second\n")

    assert job.run(2).kind is OutcomeKind.COMPLETED
    assert freezing_import.ended(child, freezing_import.signal.SIGCONT) == "Superseded"
    assert job.result()["files"] == [("input", "products.csv", source.read_bytes())]


def test_a_frozen_holder_is_left_alone_by_an_attempt_that_is_older(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(take_over, "HOLDER_SECONDS", freezing_import.PATIENCE)
    job = ImportJob(postgres_url, tmp_path / "files")
    job.prepare()
    job.run(5)
    with job.database() as holder:
        holder.name_session(JOB_ID)
        with holder.transaction() as transaction:
            transaction.execute("UPDATE job_execution SET holder = 'frozen'")
            with pytest.raises(LockedError):
                job.run(4)
        assert holder.query("SELECT holder FROM job_execution") == [("frozen",)]


def test_a_holder_of_another_job_is_not_thrown_out(postgres_url: str, tmp_path: Path) -> None:
    job = ImportJob(postgres_url, tmp_path / "files")
    with job.database() as other, job.database() as mine:
        other.name_session("another")
        mine.name_session(JOB_ID)
        assert mine.end_sessions(JOB_ID) == 0
        assert other.query("SELECT 1") == [(1,)]
        assert mine.end_sessions("another") == 1
