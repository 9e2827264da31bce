"""What is SQLite's own: its one writer, its file systems, its files."""

import errno
import fcntl
import itertools
import os
import re
import resource
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from pimjob_runner.stores.errors import DatabaseMisconfiguredError, DatabaseUnavailableError
from pimjob_runner.stores.filesystem import network_filesystem
from pimjob_runner.stores.sqlite import SqliteDatabase

# Short transactions, one right after the other, for as long as standard input
# is open: what an import does. Then it tells how many there were.
BUSY_WRITER = """
import select, sys, time
from pathlib import Path
from pimjob_runner.stores.sqlite import SqliteDatabase

database, count = SqliteDatabase(Path(sys.argv[1])), 0
while not select.select([sys.stdin], [], [], 0)[0]:
    with database.transaction() as transaction:
        transaction.execute("UPDATE counter SET n = n + 1")
        time.sleep(0.05)
    count += 1
    if count == 1:
        print("writing", flush=True)
print(count)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalog.db"


def test_waiting_for_another_writer_ends_with_a_message_that_says_so(path: Path) -> None:
    with (
        closing(SqliteDatabase(path)) as busy,
        closing(SqliteDatabase(path, busy_seconds=0.1)) as waiting,
        busy.transaction(),
        pytest.raises(DatabaseUnavailableError) as raised,
        waiting.transaction(),
    ):
        pass
    assert str(raised.value) == (
        f"SQLite {path}: another process has held the write lock for 0.1 s. SQLite has one"
        " writer at a time; if many jobs shall write at once, use PostgreSQL."
    )


def test_writers_take_turns(path: Path) -> None:
    """Without turns whoever has just committed wins nearly each time; the other one starves."""
    with closing(SqliteDatabase(path)) as database:
        with database.transaction() as transaction:
            transaction.execute("CREATE TABLE counter (n INTEGER)")
            transaction.execute("INSERT INTO counter VALUES (0)")
        with subprocess.Popen(
            [sys.executable, "-c", BUSY_WRITER, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as writer:
            assert writer.stdout
            assert writer.stdout.readline() == "writing\n"
            seen = [1]
            for _ in range(10):
                with database.transaction() as transaction:
                    seen.append(transaction.query("SELECT n FROM counter")[0][0])
                    time.sleep(0.02)  # the work of a chunk
            output, _ = writer.communicate("stop")

    between = [after - before for before, after in itertools.pairwise(seen)]
    # One that the machine did not let run in time misses its turn; without turns most would be 0.
    assert max(between) <= 2, f"transactions of the other writer in between: {between}"
    assert between.count(0) <= 2, f"transactions of the other writer in between: {between}"
    assert int(output) >= sum(between)


def test_the_lock_file_is_opened_for_reading_so_that_another_user_may_own_it(path: Path) -> None:
    with closing(SqliteDatabase(path)) as database:
        descriptor = database._turn._file.fileno()
        assert fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY
        assert os.fstat(descriptor).st_mode & 0o777 == 0o644


def test_a_lock_file_that_cannot_be_opened_is_named(path: Path) -> None:
    path.with_name("catalog.db-turn").symlink_to(path / "nowhere" / "at-all")

    with pytest.raises(DatabaseMisconfiguredError, match=r"catalog\.db-turn cannot be opened"):
        SqliteDatabase(path)


def test_a_full_disk_is_an_outage_that_rolls_back(path: Path) -> None:
    with closing(SqliteDatabase(path)) as database:
        with database.transaction() as transaction:
            transaction.execute("CREATE TABLE word (text TEXT)")
        (pages,) = database.query("PRAGMA page_count")[0]
        database.query(f"PRAGMA max_page_count = {pages + 2}")

        with (
            pytest.raises(DatabaseUnavailableError, match="disk is full"),
            database.transaction() as transaction,
        ):
            transaction.execute_many("INSERT INTO word VALUES (?)", [("x" * 4_000,)] * 100)

        assert database.query("SELECT count(*) FROM word") == [(0,)]


@pytest.mark.parametrize("left", ["*", "catalog.db", "catalog.db*"])
def test_a_disk_that_is_full_when_it_is_opened_is_an_outage_too(path: Path, left: str) -> None:
    """Beside the database there must be room for its log, its index and the turn."""
    with closing(SqliteDatabase(path)) as database, database.transaction() as transaction:
        transaction.execute("CREATE TABLE word (text TEXT)")
    for file in set(path.parent.iterdir()) - set(path.parent.glob(left)):
        file.unlink()
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Files cannot grow: as near to a full disk as everybody can get.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, most))
    try:
        with pytest.raises(DatabaseUnavailableError, match="disk I/O error"):
            SqliteDatabase(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))
    SqliteDatabase(path).close()


def test_a_full_disk_is_told_from_a_file_that_may_not_be_opened(path: Path) -> None:
    path.mkdir()
    with pytest.raises(DatabaseMisconfiguredError, match="Check that the folder exists"):
        SqliteDatabase(path)


def test_no_room_for_the_turn_is_an_outage(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pimjob_runner.stores.sqlite.Turn", full)
    with pytest.raises(DatabaseUnavailableError, match="No space left on device"):
        SqliteDatabase(path)


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.write_text("sku;name\n" * 1_000)

    with pytest.raises(DatabaseMisconfiguredError, match="is not a SQLite database"):
        SqliteDatabase(path)


MOUNTS = """\
/dev/vda / ext4 rw 0 0
server:/export /data nfs4 rw 0 0
/dev/vdb /data/block ext4 rw 0 0
server:/other /with\\040space nfs rw 0 0
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/home", None),
        ("/data", "nfs4"),
        ("/data/in", "nfs4"),
        ("/database", None),
        ("/data/block/deep", None),
        ("/with space", "nfs"),
    ],
)
def test_network_file_systems_are_recognised(tmp_path: Path, folder: str, kind: str | None) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS)

    assert network_filesystem(Path(folder), mounts) == kind


def test_a_system_without_a_mount_table_is_taken_for_local(tmp_path: Path) -> None:
    assert network_filesystem(tmp_path, tmp_path / "none") is None


def test_durability_and_memory_are_set(path: Path) -> None:
    with closing(SqliteDatabase(path)) as database:
        settings = {
            name: database.query(f"PRAGMA {name}")[0][0]
            for name in ("journal_mode", "synchronous", "cache_size", "foreign_keys")
        }

    assert settings == {
        "journal_mode": "wal",
        "synchronous": 1,
        "cache_size": -32 * 1024,
        "foreign_keys": 1,
    }


def test_relative_and_escaped_paths_in_urls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pimjob_runner.stores.url import open_database  # noqa: PLC0415 - only here

    monkeypatch.chdir(tmp_path)
    open_database("sqlite:///relative%20name.db").close()

    assert sorted(p.name for p in tmp_path.iterdir() if re.fullmatch(r".*\.db", p.name)) == [
        "relative name.db"
    ]


def test_many_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    """Of two that switch a new file to WAL, SQLite refuses one without waiting."""
    code = (
        "import sys; from pathlib import Path;"
        " from pimjob_runner.stores.sqlite import SqliteDatabase;"
        " sys.stdin.readline(); [SqliteDatabase(Path(p)).close() for p in sys.argv[1:]]"
    )
    files = [str(tmp_path / f"{number}.db") for number in range(50)]
    openers = [
        subprocess.Popen([sys.executable, "-c", code, *files], stdin=subprocess.PIPE)
        for _ in range(3)
    ]
    for opener in openers:
        assert opener.stdin is not None
        opener.stdin.write(b"\n")
        opener.stdin.close()
    assert [opener.wait() for opener in openers] == [0, 0, 0]
