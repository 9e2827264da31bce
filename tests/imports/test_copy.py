"""The job's copy of its source: whole or not there, and never changed after it was checked."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from pimjob_runner.jobs.imports.parameters import CsvParameters
from pimjob_runner.jobs.imports.source import BLOCK, Copy, Download
from pimjob_runner.registry import job_type
from pimjob_runner.sdk import JobFailedError, StepContext, Tasklet
from pimjob_runner.stores.url import open_database

SIZE = 3 * BLOCK
CATEGORIES = job_type("csv_category_import")
VALIDATE = CATEGORIES.steps(None)[1]


@dataclass
class Ground:
    """A job with a source of three blocks."""

    context: StepContext = field(init=False)
    told: list[float] = field(default_factory=list)
    """How much of a step was done, whenever it told."""
    items: list[int] = field(default_factory=list)
    leave_after: int = 10**9
    replaced_after: int = 10**9

    def tell(self, done: float) -> None:
        self.told.append(done)
        if len(self.told) >= self.replaced_after:
            raise ReplacedError

    def interrupted(self) -> bool:
        return len(self.told) >= self.leave_after

    @property
    def copy(self) -> Copy:
        return Copy(self.context.folder)


@pytest.fixture
def ground(tmp_path: Path, database_url: str) -> Iterator[Ground]:
    (tmp_path / "in").mkdir()
    row = b"code_12345;\n"
    (tmp_path / "in" / "x.csv").write_bytes((b"code;parent\n" + row * (SIZE // len(row)))[:SIZE])
    database = open_database(database_url)
    CATEGORIES.prepare(database)
    ground = Ground()
    ground.context = StepContext(
        job_id="1",
        step="download",
        parameters=CsvParameters(source="file:///data/in/x.csv"),
        files_root=tmp_path,
        folder=tmp_path / "jobs" / "1",
        database=database,
        interrupted=ground.interrupted,
        progress=lambda processed, _total: ground.items.append(processed),
        share=ground.tell,
    )
    yield ground
    database.close()


def run(step: object, ground: Ground) -> bool:
    assert isinstance(step, Tasklet)
    return step.run(ground.context).done


class ReplacedError(Exception):
    """Another attempt has taken over."""


@pytest.mark.parametrize("step", [Download(), VALIDATE], ids=["download", "validate"])
def test_both_steps_notice_on_their_way_that_another_attempt_has_taken_over(
    ground: Ground, step: Tasklet
) -> None:
    run(Download(), ground)
    if step.name == "download":
        ground.copy.file.unlink()
    ground.replaced_after = len(ground.told) + 2
    with pytest.raises(ReplacedError):
        run(step, ground)
    assert not ground.copy.facts_file.exists()


@pytest.mark.parametrize("quote", [b"", b'"'], ids=["by its lines", "by the CSV reader"])
def test_both_steps_tell_how_much_is_done_and_count_no_items(ground: Ground, quote: bytes) -> None:
    source = ground.context.files_root / "in" / "x.csv"
    source.write_bytes(source.read_bytes().replace(b"code_12345", quote + b"code_12345" + quote))
    for step in (Download(), VALIDATE):
        ground.told.clear()
        run(step, ground)
        assert len(ground.told) >= 3
        assert ground.told == sorted(ground.told)
        assert (ground.told[0] < 0.5, 0.6 < ground.told[-1] <= 1) == (True, True)
    assert ground.items == []


def test_a_search_for_repeated_codes_can_be_left_too(ground: Ground) -> None:
    run(Download(), ground)
    before = len(ground.told)
    run(VALIDATE, ground)
    # Three blocks are counted; all beyond them is the search, for every code is the same.
    told = len(ground.told) - before
    assert told > 2 * 3
    forget(ground)
    ground.told.clear()
    ground.leave_after = told - 1
    assert not run(VALIDATE, ground)
    assert not ground.copy.facts_file.exists()


def test_a_download_that_is_asked_to_leave_leaves_nothing_behind(ground: Ground) -> None:
    ground.leave_after = 2
    assert not run(Download(), ground)
    assert list(ground.copy.file.parent.iterdir()) == []
    ground.leave_after = 10**9
    assert run(Download(), ground)


def test_a_validation_that_is_asked_to_leave_has_found_out_nothing(ground: Ground) -> None:
    run(Download(), ground)
    ground.leave_after = 4
    assert not run(VALIDATE, ground)
    assert not ground.copy.facts_file.exists()


def forget(ground: Ground) -> None:
    ground.copy.facts_file.unlink()
    with ground.context.database.transaction() as transaction:
        transaction.execute("DELETE FROM checked_file")


def test_the_same_bytes_are_gone_through_once(ground: Ground) -> None:
    run(Download(), ground)
    first = VALIDATE.run(ground.context)
    facts, told = ground.copy.facts(), len(ground.told)
    ground.copy.facts_file.unlink()
    again = VALIDATE.run(ground.context)
    assert len(ground.told) == told
    assert (again, ground.copy.facts()) == (first, facts)
    assert [w.reason[:37] for w in again.warnings] == ["Rows name the same thing more than on"]


@pytest.mark.parametrize("other", ["bytes", "dialect"])
def test_other_bytes_are_gone_through_and_so_is_another_dialect(ground: Ground, other: str) -> None:
    source = ground.context.files_root / "in" / "x.csv"
    source.write_bytes(b"code;parent\nA;\nA;\n")
    run(Download(), ground)
    assert VALIDATE.run(ground.context).warnings
    if other == "bytes":
        ground.copy.file.write_bytes(b"code;parent\nA;\nB;\n")
    else:
        parameters = CsvParameters(source="file:///data/in/x.csv", enclosure="'")
        ground.context = replace(ground.context, parameters=parameters)
    ground.told.clear()
    VALIDATE.run(ground.context)
    assert ground.told


def torn(file: Path) -> None:
    os.truncate(file, SIZE - 7)


def written_to(file: Path) -> None:
    with file.open("r+b") as copy:
        copy.seek(SIZE // 2)
        copy.write(b"X")


@pytest.mark.parametrize(
    ("harm", "what"),
    [
        (torn, f"it has {SIZE - 7} bytes instead of {SIZE}"),
        (written_to, "its content is another one"),
        (Path.unlink, "is gone"),
    ],
)
def test_a_copy_that_was_changed_after_the_validation_fails_the_job(
    ground: Ground, harm: object, what: str
) -> None:
    run(Download(), ground)
    run(VALIDATE, ground)
    assert ground.copy.facts().bytes == SIZE
    assert callable(harm)
    harm(ground.copy.file)
    with pytest.raises(JobFailedError, match=what) as failed:
        ground.copy.facts()
    assert failed.value.reason == "CopyChanged"
    assert "start a new job" in str(failed.value)
