"""Migrations: named steps, in order, once each, whoever else migrates at the same time."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from pimjob_runner.catalogue import schema as catalogue
from pimjob_runner.engine import schema as execution
from pimjob_runner.stores.database import Database, Transaction
from pimjob_runner.stores.migrations import Migration, migrate
from pimjob_runner.stores.url import open_database
from pimjob_runner.testing.kill_points import KillPoints, in_child

FIRST = Migration("create word", "CREATE TABLE word (text TEXT)")
SECOND = Migration("add word.language", "ALTER TABLE word ADD COLUMN language TEXT")
THIRD = Migration("add word.length", "ALTER TABLE word ADD COLUMN length INTEGER")


def names(database: Database, component: str = "words") -> list[str]:
    rows = database.query("SELECT name FROM schema_step WHERE component = ?", (component,))
    return sorted(str(name) for (name,) in rows)


def version(database: Database, component: str = "words") -> int | None:
    rows = database.query("SELECT version FROM schema_version WHERE component = ?", (component,))
    return int(rows[0][0]) if rows else None


def test_steps_are_done_once_each_and_new_ones_are_added(database_url: str) -> None:
    with closing(open_database(database_url)) as database:
        migrate(database, "words", [FIRST])
        migrate(database, "words", [FIRST])
        migrate(database, "words", [FIRST, SECOND])

        assert database.query("SELECT text, language FROM word") == []
        assert names(database) == ["add word.language", "create word"]


def test_components_have_steps_of_their_own(database_url: str) -> None:
    with closing(open_database(database_url)) as database:
        migrate(database, "words", [FIRST])
        migrate(database, "other", [Migration("create word", "CREATE TABLE other (n INTEGER)")])

        assert names(database) == names(database, "other") == ["create word"]
        assert database.query("SELECT n FROM other") == []


def test_a_step_that_fails_leaves_nothing_half_done(database_url: str) -> None:
    fails = Migration("fails", (str(SECOND.change), "DROP TABLE nowhere"))
    with closing(open_database(database_url)) as database:
        with pytest.raises(Exception, match="nowhere"):
            migrate(database, "words", [FIRST, fails])
        assert names(database) == ["create word"]

        migrate(database, "words", [FIRST, SECOND])
        assert database.query("SELECT language FROM word") == []


def test_a_step_may_be_computed(database_url: str) -> None:
    def fill(transaction: Transaction) -> None:
        rows = transaction.query("SELECT text FROM word")
        transaction.execute_many(
            "UPDATE word SET length = ? WHERE text = ?", [(len(text), text) for (text,) in rows]
        )

    with closing(open_database(database_url)) as database:
        migrate(database, "words", [FIRST])
        with database.transaction() as transaction:
            transaction.execute("INSERT INTO word (text) VALUES ('three'), ('a')")
        migrate(database, "words", [FIRST, THIRD, Migration("fill word.length", fill)])

        found = database.query("SELECT text, length FROM word ORDER BY length")
        assert found == [("a", 1), ("three", 5)]


def test_runners_that_start_together_do_each_step_once(database_url: str) -> None:
    def start(number: int) -> None:
        with closing(open_database(database_url)) as database:
            execution.prepare(database)
            migrate(database, "words", [FIRST, SECOND] if number % 2 else [FIRST, SECOND, THIRD])

    with ThreadPoolExecutor(8) as starting:
        list(starting.map(start, range(8)))

    with closing(open_database(database_url)) as database:
        assert database.query("SELECT text, language, length FROM word") == []


def test_killed_at_any_statement_the_next_one_goes_on(database_url: str) -> None:
    steps = [FIRST, SECOND, THIRD]

    def disturbed(point: int) -> bool:
        with closing(KillPoints(point).connect(database_url)) as database:
            migrate(database, "words", steps, counted=2)
        return True

    ended, point = False, 0
    while not ended:
        ended = in_child(lambda point=point: disturbed(point))  # type: ignore[misc]
        with closing(open_database(database_url)) as database:
            migrate(database, "words", steps, counted=2)
            assert names(database) == sorted(step.name for step in steps)
            assert version(database) == 2
            with database.transaction() as transaction:
                transaction.execute("DROP TABLE word")
                transaction.execute("DELETE FROM schema_step")
                transaction.execute("DELETE FROM schema_version")
        point += 1
    assert point > 15


def test_steps_that_this_runner_does_not_know_are_left_as_they_are(database_url: str) -> None:
    with closing(open_database(database_url)) as database:
        migrate(database, "words", [FIRST, SECOND])
        migrate(database, "words", [FIRST])

        assert database.query("SELECT text, language FROM word") == []


def test_an_up_to_date_database_is_not_locked(database_url: str) -> None:
    with closing(open_database(database_url)) as busy, closing(open_database(database_url)) as own:
        migrate(own, "words", [FIRST], counted=1)
        with busy.transaction() as transaction:
            transaction.execute("INSERT INTO word (text) VALUES ('being written')")
            migrate(own, "words", [FIRST], counted=1)


class Counting:
    """A runner that knows no names: it counts statements, and writes its number at the end."""

    def __init__(self, statements: Sequence[str]) -> None:
        self._statements = statements

    def migrate(self, database: Database) -> int:
        """Migrate; return how many statements were run."""
        with database.transaction() as transaction:
            transaction.execute(
                "CREATE TABLE IF NOT EXISTS schema_version"
                " (component TEXT PRIMARY KEY, version INTEGER NOT NULL)"
            )
            done = version(database) or 0
            if done >= len(self._statements):
                return 0
            for statement in self._statements[done:]:
                transaction.execute(statement)
            transaction.execute(
                "INSERT INTO schema_version (component, version) VALUES ('words', ?)"
                " ON CONFLICT (component) DO UPDATE SET version = excluded.version",
                (len(self._statements),),
            )
        return len(self._statements) - done


def write_late(database: Database, number: int) -> None:
    """Do what one that waited for the lock does, though there is nothing left to do."""
    with database.transaction() as transaction:
        transaction.execute("UPDATE schema_version SET version = ?", (number,))


def test_what_was_counted_is_not_done_again(database_url: str) -> None:
    with closing(open_database(database_url)) as database:
        assert Counting([str(FIRST.change), str(SECOND.change)]).migrate(database) == 2

        migrate(database, "words", [FIRST, SECOND, THIRD], counted=2)

        assert names(database) == ["add word.language", "add word.length", "create word"]
        assert database.query("SELECT text, language, length FROM word") == []


def test_one_that_counts_finds_its_number(database_url: str) -> None:
    with closing(open_database(database_url)) as database:
        migrate(database, "words", [FIRST, SECOND, THIRD], counted=2)

        assert Counting([str(FIRST.change)]).migrate(database) == 0
        assert Counting([str(FIRST.change), str(SECOND.change)]).migrate(database) == 0


def test_an_older_runner_that_ends_late_takes_nothing_back(database_url: str) -> None:
    with closing(open_database(database_url)) as database:
        migrate(database, "words", [FIRST, SECOND, THIRD], counted=2)
        write_late(database, 1)

        migrate(database, "words", [FIRST, SECOND, THIRD], counted=2)

        assert version(database) == 2, "so that no other older one does it again"
        assert Counting([str(FIRST.change), str(SECOND.change)]).migrate(database) == 0


def test_an_older_runner_may_go_on_between_two_steps(database_url: str) -> None:
    with closing(open_database(database_url)) as database:
        migrate(database, "words", [FIRST], counted=1)
        assert Counting([str(FIRST.change), str(SECOND.change)]).migrate(database) == 1

        migrate(database, "words", [FIRST, SECOND, THIRD], counted=2)

        assert database.query("SELECT text, language, length FROM word") == []


@pytest.mark.parametrize(
    ("steps", "counted", "of_the_last_release"),
    [
        (execution.MIGRATIONS, execution.COUNTED, 7),
        (catalogue.migrations(), catalogue.COUNTED, 41),
    ],
    ids=["execution", "catalogue"],
)
def test_the_steps_that_were_counted_are_still_the_first(
    steps: Sequence[Migration], counted: int, of_the_last_release: int
) -> None:
    assert counted == of_the_last_release
    assert len({step.name for step in steps}) == len(steps) >= counted
    assert steps[counted - 1].name in {"add step_execution.suspicion", "drop unique_value_by_owner"}


def test_a_catalogue_that_was_counted_up_to_date_is_taken_as_it_is(database_url: str) -> None:
    with closing(open_database(database_url)) as database:
        counted = catalogue.migrations()[: catalogue.COUNTED]
        migrate(database, "catalogue", counted, counted=catalogue.COUNTED)
        with database.transaction() as transaction:
            transaction.execute("DROP TABLE schema_step")
        before = database.query("SELECT code FROM channel ORDER BY code")

        catalogue.prepare(database)

        assert database.query("SELECT code FROM channel ORDER BY code") == before
        assert version(database, "catalogue") == 41
