"""Migrations: in order, once, also when two runners start together."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from pimjob_runner.engine.schema import COMPONENT, MIGRATIONS
from pimjob_runner.stores.migrations import Migrations, migrate
from pimjob_runner.stores.url import open_database


def of(*statements: str) -> Migrations:
    return {"sqlite": statements, "postgresql": statements}


FIRST = "CREATE TABLE word (text TEXT)"
SECOND = "ALTER TABLE word ADD COLUMN language TEXT"


def test_migrations_run_once_each_and_new_ones_are_added(database_url: str) -> None:
    with closing(open_database(database_url)) as database:
        migrate(database, "words", of(FIRST))
        migrate(database, "words", of(FIRST))
        migrate(database, "words", of(FIRST, SECOND))

        assert database.query("SELECT text, language FROM word") == []
        assert database.query("SELECT component, version FROM schema_version") == [("words", 2)]


def test_components_have_versions_of_their_own(database_url: str) -> None:
    with closing(open_database(database_url)) as database:
        migrate(database, "words", of(FIRST))
        migrate(database, COMPONENT, MIGRATIONS)

        found = database.query("SELECT component, version FROM schema_version ORDER BY component")
        assert found == [(COMPONENT, len(MIGRATIONS[database.dialect])), ("words", 1)]


def test_a_migration_that_fails_leaves_nothing_half_done(database_url: str) -> None:
    with closing(open_database(database_url)) as database:
        with pytest.raises(Exception, match="nowhere"):
            migrate(database, "words", of(FIRST, "DROP TABLE nowhere"))
        migrate(database, "words", of(FIRST, SECOND))

        assert database.query("SELECT version FROM schema_version") == [(2,)]


def test_runners_that_start_together_migrate_once(database_url: str) -> None:
    def start(_number: int) -> None:
        with closing(open_database(database_url)) as database:
            migrate(database, COMPONENT, MIGRATIONS)
            migrate(database, "words", of(FIRST, SECOND))

    with ThreadPoolExecutor(8) as starting:
        list(starting.map(start, range(8)))

    with closing(open_database(database_url)) as database:
        assert database.query("SELECT count(*) FROM word") == [(0,)]


def test_tables_newer_than_this_runner_are_left_as_they_are(database_url: str) -> None:
    with closing(open_database(database_url)) as database:
        migrate(database, "words", of(FIRST, SECOND))
        migrate(database, "words", of(FIRST))

        assert database.query("SELECT version FROM schema_version") == [(2,)]


def test_an_up_to_date_database_is_not_locked(database_url: str) -> None:
    with closing(open_database(database_url)) as busy, closing(open_database(database_url)) as own:
        migrate(own, "words", of(FIRST))
        with busy.transaction() as transaction:
            transaction.execute("INSERT INTO word (text) VALUES ('being written')")
            migrate(own, "words", of(FIRST))
