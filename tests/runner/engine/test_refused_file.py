"""The file of refused records: in whatever form the step gives it."""

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

import pytest
from runs import begin

from pimjob_runner.engine import refused_file
from pimjob_runner.engine.refused_file import write_refused_file
from pimjob_runner.sdk import ItemWarning, RefusedRecords
from pimjob_runner.stores.url import open_database


def as_list(file: BinaryIO, preamble: str, records: Iterable[str]) -> None:
    file.write(repr((preamble, list(records))).encode())


LIST = RefusedRecords(".list", as_list)


@pytest.mark.parametrize("page", [1, 2, 1_000])
def test_the_step_writes_all_records_of_its_own_in_order(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(refused_file, "PAGE", page)
    with closing(open_database(database_url)) as database:
        checkpoint = begin(database, "write")
        found = [
            ItemWarning("why", record="b"),
            ItemWarning("also"),
            ItemWarning("why", record="a"),
            ItemWarning("why", record=""),
        ]
        checkpoint.commit(lambda t: checkpoint.add_warnings(t, checkpoint.steps[0], found))

        artifact = write_refused_file(
            database, LIST, job_id="1", step="write", preamble="first", folder=tmp_path / "new"
        )

    assert artifact is not None
    assert (artifact.kind, artifact.name) == ("invalid", "invalid-write.list")
    assert artifact.path.read_text() == "('first', ['b', 'a', ''])"


def test_without_refused_records_there_is_no_file(sqlite_url: str, tmp_path: Path) -> None:
    with closing(open_database(sqlite_url)) as database:
        begin(database, "write")
        assert (
            write_refused_file(
                database, LIST, job_id="1", step="write", preamble="", folder=tmp_path / "new"
            )
            is None
        )
    assert not (tmp_path / "new").exists()
