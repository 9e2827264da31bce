"""Records that a step hands over are written out exactly once, whatever dies."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pimjob_api.phases import OutcomeKind
from pimjob_runner.sdk import ConflictError, Database, StepContext, record_parts, write_output
from pimjob_runner.stores.url import open_database
from pimjob_runner.testing import Control, TestedJob, small_chunks
from support.export_job import NAMES, export_job, left_of_parts

ANIMALS = b"""\
['n', 'name', 'odd']
[1, 'ant', True]
[2, 'bee', None]
[3, 'cat', True]
[5, 'elk', True]
[6, 'fox', None]
[7, 'gnu', True]
"""


def parts_in_the_database(job: TestedJob) -> list[tuple[str, int, str, int]]:
    rows = job.query(
        "SELECT step, seq, path, records FROM output_part WHERE job_id = ? ORDER BY step, seq",
        job.id,
    )
    return [(str(step), int(seq), str(path), int(records)) for step, seq, path, records in rows]


def after_items(job: TestedJob, items: int, action: str) -> OutcomeKind:
    """Run an attempt that is asked to leave once so many items are committed."""
    control = Control()

    def listen(progress: object) -> None:
        if progress.processed >= items:  # type: ignore[attr-defined]
            control.terminate() if action == "terminate" else control.desire(action)

    return job.run(control=control, listener=listen).kind


@pytest.mark.parametrize("chunk", [1, 2, 3, 100])
def test_all_records_are_in_the_file_in_order_wherever_chunks_end(
    tmp_path: Path, database_url: str, chunk: int
) -> None:
    job = export_job(tmp_path, database_url=database_url)
    with small_chunks(chunk):
        assert job.run().kind is OutcomeKind.COMPLETED
    left = job.left()
    assert left.files == {"animals.txt": ANIMALS}
    assert left.counters["output"] == {"written": len(NAMES) - 1}
    assert job.query("SELECT kind FROM artifact") == [("output",)]
    assert (left_of_parts(job), parts_in_the_database(job)) == ([], [])


def test_many_records_are_split_among_files_each_with_the_columns(tmp_path: Path) -> None:
    job = export_job(tmp_path, mostRecords=4)
    job.run()
    columns, *records = ANIMALS.splitlines(keepends=True)
    assert job.left().files == {
        "animals_1.txt": columns + b"".join(records[:4]),
        "animals_2.txt": columns + b"".join(records[4:]),
    }


@pytest.mark.parametrize(("most", "files"), [(6, ["animals.txt"]), (7, ["animals.txt"])])
def test_records_that_fit_into_one_file_are_not_numbered(
    tmp_path: Path, most: int, files: list[str]
) -> None:
    job = export_job(tmp_path, mostRecords=most)
    job.run()
    assert list(job.left().files) == files


def test_without_records_there_is_no_file(tmp_path: Path) -> None:
    job = export_job(tmp_path)
    with job.database() as database, database.transaction() as transaction:
        transaction.execute("DELETE FROM exported")
    assert job.run().kind is OutcomeKind.COMPLETED
    assert (job.left().files, job.left().counters["output"]) == ({}, {"written": 0})


def test_a_part_is_named_by_the_commit_of_its_chunk(tmp_path: Path) -> None:
    job = export_job(tmp_path)
    with small_chunks(2):
        assert after_items(job, 4, "terminate") is OutcomeKind.INTERRUPTED
    assert parts_in_the_database(job) == [
        ("export", 0, "epoch-1/parts/export-0.jsonl", 2),
        ("export", 1, "epoch-1/parts/export-1.jsonl", 1),
    ]
    assert left_of_parts(job) == ["export-0.jsonl", "export-1.jsonl"]


def test_a_job_that_was_paused_goes_on_and_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    job = export_job(tmp_path)
    with small_chunks(2):
        assert after_items(job, 3, "Paused") is OutcomeKind.PAUSED
    assert job.run(2).kind is OutcomeKind.COMPLETED
    assert job.left().files == {"animals.txt": ANIMALS}
    assert left_of_parts(job) == []


def test_a_job_that_was_stopped_leaves_neither_a_file_nor_parts(tmp_path: Path) -> None:
    job = export_job(tmp_path)
    with small_chunks(2):
        assert after_items(job, 3, "Stopped") is OutcomeKind.STOPPED
    assert job.left().files == {}
    assert (left_of_parts(job), parts_in_the_database(job)) == ([], [])


def test_who_is_asked_to_leave_while_the_file_is_written_writes_it_anew_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_output, "LOOKS", 2)
    job, control, looks = export_job(tmp_path, mostRecords=3), Control(), list[int]()
    plain = write_output._looking

    def looking(context: StepContext, rows: object, records: int) -> object:
        for number, row in enumerate(plain(context, rows, records)):  # type: ignore[arg-type]
            looks.append(number)
            if number == 3:
                control.terminate()
            yield row

    monkeypatch.setattr(write_output, "_looking", looking)
    assert job.run(control=control).kind is OutcomeKind.INTERRUPTED
    assert looks == [0, 1, 2, 3]
    assert job.left().files == {}

    assert job.run(2).kind is OutcomeKind.COMPLETED
    assert list(job.left().files) == ["animals_1.txt", "animals_2.txt"]
    assert left_of_parts(job) == []


def test_a_job_that_fails_keeps_its_parts_for_a_retry(tmp_path: Path) -> None:
    job = export_job(tmp_path)
    with small_chunks(2):
        after_items(job, 3, "terminate")
    (part, *_) = (job.files_root / "executions").rglob("*.jsonl")
    content = part.read_bytes()
    part.write_bytes(content[:-1])

    outcome = job.run(2)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.FAILED, "OutputPartsLost")
    assert f"{part.name} has {len(content) - 1} bytes instead of {len(content)}" in outcome.message

    part.write_bytes(content)
    assert job.run(3).kind is OutcomeKind.COMPLETED
    assert job.left().files == {"animals.txt": ANIMALS}


def test_a_part_that_is_gone_is_no_record_less(tmp_path: Path) -> None:
    job = export_job(tmp_path)
    with small_chunks(2):
        after_items(job, 3, "terminate")
    next((job.files_root / "executions").rglob("*.jsonl")).unlink()
    outcome = job.run(2)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.FAILED, "OutputPartsLost")
    assert "is gone" in outcome.message


def test_the_parts_are_found_where_the_volume_is_now(tmp_path: Path) -> None:
    job = export_job(tmp_path / "job")
    with small_chunks(2):
        after_items(job, 3, "terminate")
    moved = tmp_path / "elsewhere"
    job.files_root.rename(moved)
    there = TestedJob(**{**vars(job), "files_root": moved})
    assert there.run(2).kind is OutcomeKind.COMPLETED
    assert there.left().files == {"animals.txt": ANIMALS}


@pytest.mark.parametrize("at_once", [1, 2, 500])
def test_records_are_encoded_a_few_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(record_parts, "AT_ONCE", at_once)
    job = export_job(tmp_path)
    job.run()
    assert job.left().files == {"animals.txt": ANIMALS}


class _Meets:
    """A database in which each transaction that ends a chunk meets another one, the first time."""

    def __init__(self, database: Database) -> None:
        self.met: set[str] = set()
        self._database = database

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    @contextmanager
    def transaction(self, **how: Any) -> Iterator[Any]:
        with self._database.transaction(**how) as transaction:
            plain = transaction.execute

            def execute(sql: str, parameters: Sequence[Any] = ()) -> int:
                position = str(parameters[1:2])
                if sql.startswith("UPDATE step_execution SET phase") and position not in self.met:
                    self.met.add(position)
                    raise ConflictError(position)
                return plain(sql, parameters)

            transaction.execute = execute  # type: ignore[method-assign]
            yield transaction


def test_records_of_a_chunk_that_is_tried_again_are_handed_over_once(
    tmp_path: Path, database_url: str
) -> None:
    job, opened = export_job(tmp_path, database_url=database_url), list[_Meets]()

    def connect(url: str) -> Database:
        opened.append(_Meets(open_database(url)))
        return opened[-1]

    with small_chunks(2):
        assert job.run(connect=connect).kind is OutcomeKind.COMPLETED
    assert len(opened[0].met) > 4
    assert job.left().files == {"animals.txt": ANIMALS}
    assert left_of_parts(job) == []
