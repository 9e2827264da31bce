"""SQLite's log is copied back while others write, and nothing depends on it."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from pimjob_runner.stores.backfill import Backfill
from pimjob_runner.stores.sqlite import SqliteDatabase
from support.control_plane import wait_for

ROWS = [("x" * 1000,)] * 2000


def fill(database: SqliteDatabase) -> None:
    with database.transaction() as transaction:
        transaction.execute("CREATE TABLE IF NOT EXISTS word (text TEXT)")
        transaction.execute_many("INSERT INTO word VALUES (?)", ROWS)


def running() -> bool:
    return any(thread.name == "backfill" for thread in threading.enumerate())


def test_what_is_committed_reaches_the_file_while_the_writer_has_a_transaction_open(
    tmp_path: Path,
) -> None:
    path = tmp_path / "catalog.db"
    with closing(SqliteDatabase(path)) as database:
        fill(database)
        with database.transaction() as transaction:
            transaction.execute("INSERT INTO word VALUES ('y')")
            wait_for(lambda: path.stat().st_size > 2_000_000, "the copy", seconds=20)
        assert database.query("SELECT count(*) FROM word") == [(len(ROWS) + 1,)]


def test_it_starts_with_the_first_commit_and_ends_with_the_database(tmp_path: Path) -> None:
    with closing(SqliteDatabase(tmp_path / "catalog.db")) as database:
        assert not running()
        fill(database)
        assert running()
    assert not running()


@pytest.mark.parametrize("state", ["missing", "foreign"])
def test_its_trouble_is_nobody_elses(tmp_path: Path, state: str) -> None:
    path = tmp_path / "none" / "catalog.db"
    if state == "foreign":
        path = tmp_path / "catalog.db"
        path.write_text("no database", encoding="ascii")
    backfill = Backfill(path, pause_seconds=0)
    for _ in range(3):
        backfill.committed()
    backfill.close()


def test_a_reader_of_an_older_state_only_delays_it(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    with closing(SqliteDatabase(path)) as database, closing(sqlite3.connect(path)) as reader:
        fill(database)
        reader.execute("BEGIN")
        before = reader.execute("SELECT count(*) FROM word").fetchall()
        fill(database)
        assert reader.execute("SELECT count(*) FROM word").fetchall() == before
        reader.execute("COMMIT")
        fill(database)
        assert database.query("SELECT count(*) FROM word") == [(3 * len(ROWS),)]


def test_it_ends_at_whatever_moment_it_is_closed(tmp_path: Path) -> None:
    """Closed between the pause and the copy, it once waited for ever."""
    path = tmp_path / "catalog.db"
    with closing(SqliteDatabase(path)) as database:
        fill(database)
    for pause in [n / 1_000_000 for n in range(0, 2_000, 4)]:
        backfill = Backfill(path, pause_seconds=pause)
        backfill.committed()
        if backfill._thread is not None:
            backfill._thread.join(0.001)
        backfill._closed.set()
        backfill._committed.set()
        assert backfill._thread is not None
        backfill._thread.join(10)
        assert not backfill._thread.is_alive(), f"with a pause of {pause} s"
