"""Bulk look-ups find every text, whatever is in it."""

from contextlib import closing

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pimjob_runner.catalogue.writing.rows import array_text, copy_rows, look_up
from pimjob_runner.stores.url import open_database

CODES = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=5)
CELLS = CODES | st.sampled_from(["\\N", "\\", "\t", "\r\n", "\\.", '{"a":"\\n"}', ""])


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(CODES | st.sampled_from(['"', "\\", '","', "{}", "NULL", ""]), min_size=1))
def test_an_array_is_read_as_it_was_written(postgres_url: str, codes: list[str]) -> None:
    with closing(open_database(postgres_url)) as database:
        ((found,),) = database.query("SELECT ?::text[]", (array_text(codes),))
    assert found == codes


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CELLS, CELLS | st.none(), st.booleans(), st.integers(0, 9)), min_size=1))
def test_rows_are_copied_as_they_are(
    postgres_url: str, rows: list[tuple[str, str | None, bool, int]]
) -> None:
    with closing(open_database(postgres_url)) as database, database.transaction() as transaction:
        transaction.execute("CREATE TEMP TABLE copied (a TEXT, b TEXT, c BOOLEAN, d INTEGER)")
        copy_rows(transaction, "copied", ("a", "b", "c", "d"), rows)
        found = transaction.query("SELECT * FROM copied")
        transaction.execute("DROP TABLE copied")
    assert sorted(map(repr, found)) == sorted(map(repr, rows))


def test_rows_are_found_by_odd_keys(database_url: str) -> None:
    odd = ['a"b', "a\\b", "a,b", "{a}", "NULL", " a", "ä"]
    with closing(open_database(database_url)) as database, database.transaction() as transaction:
        transaction.execute("CREATE TABLE thing (code TEXT PRIMARY KEY)")
        transaction.execute_many("INSERT INTO thing VALUES (?)", [(code,) for code in odd])
        found = look_up(transaction, "thing", "code", "code", odd)
    assert sorted(code for (code,) in found) == sorted(odd)
