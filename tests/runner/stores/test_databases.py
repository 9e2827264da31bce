"""Both databases keep the same promises behind the same interface."""

import os
import signal
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from pimjob_runner.stores import postgresql
from pimjob_runner.stores.database import Database
from pimjob_runner.stores.errors import DatabaseMisconfiguredError, DatabaseUnavailableError
from pimjob_runner.stores.url import open_database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    with opened.transaction() as transaction:
        transaction.execute("CREATE TABLE word (text TEXT PRIMARY KEY)")
    yield opened
    opened.close()


def words(database: Database) -> list[str]:
    return [text for (text,) in database.query("SELECT text FROM word ORDER BY text")]


def add(database: Database, *texts: str) -> None:
    with database.transaction() as transaction:
        transaction.execute_many("INSERT INTO word (text) VALUES (?)", [(t,) for t in texts])


def test_a_transaction_commits_on_leaving(database: Database) -> None:
    add(database, "a", "b")

    assert words(database) == ["a", "b"]


def test_an_exception_rolls_back_and_comes_out_as_it_is(database: Database) -> None:
    def add_and_fail() -> None:
        with database.transaction() as transaction:
            transaction.execute("INSERT INTO word (text) VALUES (?)", ("a",))
            raise KeyError

    with pytest.raises(KeyError):
        add_and_fail()

    assert words(database) == []
    add(database, "usable again")


def test_execute_tells_how_many_rows_it_changed(database: Database) -> None:
    add(database, "a", "b")

    with database.transaction() as transaction:
        assert transaction.execute("DELETE FROM word WHERE text = ?", ("a",)) == 1
        assert transaction.execute("DELETE FROM word WHERE text = ?", ("a",)) == 0


def test_a_percent_sign_is_only_a_percent_sign(database: Database) -> None:
    add(database, "100%")

    assert database.query("SELECT text FROM word WHERE text LIKE '1%' AND text = ?", ("100%",))


def test_query_sees_what_is_committed_and_waits_for_no_writer(
    database: Database, database_url: str
) -> None:
    with closing(open_database(database_url)) as other, other.transaction() as transaction:
        transaction.execute("INSERT INTO word (text) VALUES ('not yet')")
        assert words(database) == []

    assert words(database) == ["not yet"]


def test_transactions_do_not_nest(database: Database) -> None:
    with database.transaction() as transaction:
        transaction.execute("INSERT INTO word (text) VALUES ('outer')")
        with pytest.raises(RuntimeError, match="don't nest"), database.transaction():
            pass

    assert words(database) == ["outer"]


def test_a_mistake_in_a_statement_is_not_taken_for_an_outage(database: Database) -> None:
    with pytest.raises(Exception, match="nowhere") as raised:
        database.query("SELECT * FROM nowhere")

    assert not isinstance(raised.value, DatabaseUnavailableError)


def test_a_lost_postgresql_connection_is_an_outage(postgres_url: str) -> None:
    with closing(open_database(postgres_url)) as database:
        (pid,) = database.query("SELECT pg_backend_pid()")[0]
        with psycopg.connect(postgres_url, autocommit=True) as other:
            assert other.execute("SELECT pg_terminate_backend(%s, 10000)", (pid,)).fetchone()

        with pytest.raises(DatabaseUnavailableError, match=r"^PostgreSQL: "):
            add(database, "a")
        with pytest.raises(DatabaseUnavailableError):
            add(database, "b")


def test_a_statement_that_takes_too_long_is_none(postgres_url: str) -> None:
    """A role's statement_timeout: to try again for ever would help nobody."""
    with closing(open_database(postgres_url)) as database:

        def sleep() -> None:
            with database.transaction() as transaction:
                transaction.execute("SET LOCAL statement_timeout = '20ms'")
                transaction.query("SELECT pg_sleep(10)")

        with pytest.raises(psycopg.errors.QueryCanceled):
            sleep()
        assert database.query("SELECT 1") == [(1,)]


def test_a_server_that_says_nothing_is_an_outage(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as a frozen one: its machine still answers whatever TCP asks."""
    with closing(open_database(postgres_url)) as database:
        (pid,) = database.query("SELECT pg_backend_pid()")[0]
        monkeypatch.setattr(postgresql, "SILENCE_SECONDS", 0.2)
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(DatabaseUnavailableError, match="timeout"), database.transaction():
                pytest.fail("there is no answer")
            with pytest.raises(DatabaseUnavailableError, match="closed"):
                database.query("SELECT 1")
        finally:
            os.kill(pid, signal.SIGCONT)


def test_a_statement_may_take_longer_than_a_tick(postgres_url: str) -> None:
    with closing(open_database(postgres_url)) as database:
        assert database.query("SELECT 1 FROM pg_sleep(0.3)") == [(1,)]


def test_postgresql_sessions_can_be_told_apart(postgres_url: str) -> None:
    with closing(open_database(postgres_url)) as database:
        assert database.query("SHOW application_name") == [("pimjob-runner",)]
        assert database.query("SHOW lock_timeout") == [("1min",)]
        assert database.query("SHOW idle_in_transaction_session_timeout") == [("30s",)]


def test_a_postgresql_that_is_not_there_is_an_outage(tmp_path: object) -> None:
    with pytest.raises(DatabaseUnavailableError, match=r"^PostgreSQL does not answer: "):
        open_database(f"postgresql:///pim?host={tmp_path}")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://root:secret@host/pim", "Unknown database scheme 'mysql'"),
        ("/data/catalog.db", "Unknown database scheme ''"),
        ("sqlite:////no/such/folder/catalog.db", "Check that the folder exists"),
        ("postgresql://host/pim?colour=red", "is not a PostgreSQL URL"),
    ],
)
def test_a_wrong_url_is_refused_without_showing_its_password(url: str, message: str) -> None:
    with pytest.raises(DatabaseMisconfiguredError, match=message) as raised:
        open_database(url)

    assert "secret" not in str(raised.value)
