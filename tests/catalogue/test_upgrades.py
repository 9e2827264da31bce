"""A catalogue of an older version: what is there is found as before, and by the new rules."""

import json
import logging
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pimjob_runner.catalogue import schema
from pimjob_runner.stores.database import Database
from pimjob_runner.stores.migrations import migrate
from pimjob_runner.stores.url import open_database
from support.catalogue import Catalogue

A, B, C = (f"00000000-0000-4000-8000-00000000000{n}" for n in (1, 2, 3))


@pytest.fixture
def older(database_url: str) -> Iterator[Database]:
    """A catalogue as runners left it that knew no keys, and associations by identifier."""
    with closing(open_database(database_url)) as database:
        counted = schema.migrations()[: schema.COUNTED]
        migrate(database, schema.COMPONENT, counted, counted=schema.COUNTED)
        yield database


def add_product(
    database: Database, uuid: str, identifier: str | None, associations: object = None
) -> None:
    with database.transaction() as transaction:
        transaction.execute(
            "INSERT INTO product (uuid, identifier, enabled, categories, groups, associations,"
            " quantified_associations, raw_values, version)"
            " VALUES (?, ?, TRUE, '[]', '[]', ?, ?, '{}', 1)",
            (
                uuid,
                identifier,
                json.dumps(associations or {}),
                json.dumps({"PACK": {"products": {"Abc": 2}}} if associations else {}),
            ),
        )


def test_each_code_gets_the_key_that_it_is_found_by(older: Database) -> None:
    add_product(older, A, "Abc")
    add_product(older, B, "É-1")
    add_product(older, C, None)

    schema.prepare(older)

    found = older.query("SELECT identifier, identifier_key FROM product ORDER BY uuid")
    assert found == [("Abc", "abc"), ("É-1", "é-1"), (None, None)]


def test_of_codes_that_differ_in_case_only_the_others_are_left_and_told(
    older: Database, caplog: pytest.LogCaptureFixture
) -> None:
    add_product(older, A, "Abc")
    add_product(older, B, "ABC")
    add_product(older, C, "abc")

    with caplog.at_level(logging.WARNING):
        schema.prepare(older)

    keys = dict(older.query("SELECT identifier, identifier_key FROM product"))
    assert sorted(key or "" for key in keys.values()) == ["", "", "abc"]
    assert set(keys) == {"Abc", "ABC", "abc"}
    assert "2 rows of product differ from another by the case of their identifier only" in (
        caplog.text
    )


def test_options_are_told_apart_by_attribute(older: Database) -> None:
    with older.transaction() as transaction:
        transaction.execute_many(
            "INSERT INTO attribute_option (attribute, code, data) VALUES (?, ?, '{}')",
            [("color", "Red"), ("color", "RED"), ("size", "red")],
        )

    schema.prepare(older)

    keys = older.query("SELECT attribute, code, code_key FROM attribute_option")
    assert sorted(key for *_, key in keys if key) == ["red", "red"]
    assert [key for attribute, _, key in keys if attribute == "size"] == ["red"]


def test_associations_name_products_by_uuid(
    older: Database, caplog: pytest.LogCaptureFixture
) -> None:
    add_product(older, A, "Abc")
    add_product(older, B, "b", {"X_SELL": {"products": ["Abc", "gone"], "groups": ["g"]}})

    with caplog.at_level(logging.WARNING):
        schema.prepare(older)

    ((simple, quantified),) = older.query(
        "SELECT CAST(associations AS TEXT), CAST(quantified_associations AS TEXT) FROM product"
        " WHERE identifier = 'b'"
    )
    assert json.loads(simple) == {
        "X_SELL": {"groups": ["g"], "product_uuids": [A], "products": ["gone"]}
    }
    assert json.loads(quantified) == {"PACK": {"product_uuids": {A: 2}}}
    assert "1 associations name products by identifiers that no product has" in caplog.text


def test_numbers_that_only_one_may_have_are_compared_as_numbers(
    older: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with older.transaction() as transaction:
        transaction.execute(
            "INSERT INTO attribute (code, data) VALUES"
            ' (\'serial\', \'{"type":"pim_catalog_number","unique":true}\'),'
            ' (\'name\', \'{"type":"pim_catalog_text","unique":true}\')'
        )
        transaction.execute_many(
            "INSERT INTO unique_value (kind, scope, value, owner) VALUES (?, ?, ?, ?)",
            [
                ("attribute", "serial", '"05"', A),
                ("attribute", "serial", '"5.0"', B),
                ("attribute", "serial", '"7"', C),
                ("attribute", "name", '"05"', A),
                ("axes", "m", '"red",{"amount":"1.50","unit":"GRAM"}', A),
            ],
        )

    with caplog.at_level(logging.WARNING):
        schema.prepare(older)

    rows = older.query("SELECT scope, value, owner FROM unique_value ORDER BY scope, value")
    assert rows == [
        ("m", '"red",{"amount":"1.5","unit":"GRAM"}', A),
        ("name", '"05"', A),
        ("serial", '"5"', A),
        ("serial", '"5.0"', B),
        ("serial", '"7"', C),
    ]
    assert "1 values that only one may have equal another one" in caplog.text


def test_a_product_that_an_older_runner_renamed_gives_its_name_up(
    tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    catalogue = Catalogue(tmp_path / "data", database_url, capsys)
    catalogue.run("csv_attribute_import", "code;type\nsku;pim_catalog_identifier\n")
    catalogue.run("csv_product_import", "sku\nA\n")
    with (
        closing(open_database(database_url)) as database,
        database.transaction() as transaction,
    ):
        transaction.execute("UPDATE product SET identifier = 'B', version = version + 1")

    result = catalogue.run("csv_product_import", "sku\na\nB\n")

    assert result.counters["import"]["created"] == 1
    assert set(catalogue.products()) == {"a", "B"}


@pytest.fixture
def with_doubles(
    tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]
) -> Catalogue:
    """A catalogue with two products, and two options, that differ by case only."""
    catalogue = Catalogue(tmp_path / "data", database_url, capsys)
    attributes = (
        "sku;pim_catalog_identifier\nname;pim_catalog_text\ncolor;pim_catalog_simpleselect\n"
    )
    catalogue.run("csv_attribute_import", f"code;type\n{attributes}")
    catalogue.run("csv_attribute_option_import", "attribute;code\ncolor;red\n")
    catalogue.run("csv_product_import", "sku;name\nA1;large\nb;other\n")
    with (
        closing(open_database(database_url)) as database,
        database.transaction() as transaction,
    ):
        transaction.execute("INSERT INTO attribute_option VALUES ('color', 'RED', '{}', NULL)")
        transaction.execute(
            "INSERT INTO product (uuid, identifier, enabled, categories, groups, associations,"
            " quantified_associations, raw_values, version)"
            " VALUES (?, 'a1', TRUE, '[]', '[]', '{}', '{}', ?, 1)",
            (C, '{"sku":{"<all_channels>":{"<all_locales>":"a1"}}}'),
        )
    return catalogue


def test_each_of_two_that_differ_by_case_is_found_by_its_own_spelling(
    with_doubles: Catalogue,
) -> None:
    result = with_doubles.run("csv_product_import", "sku;name\na1;small\nA1;LARGE\n")
    assert result.counters["import"] == {"read": 2, "updated": 2}
    assert with_doubles.values("a1")["name"]["<all_channels>"]["<all_locales>"] == "small"
    assert with_doubles.values("A1")["name"]["<all_channels>"]["<all_locales>"] == "LARGE"


def test_a_double_is_changed_beside_a_product_that_is_renamed(with_doubles: Catalogue) -> None:
    with closing(open_database(with_doubles.database_url)) as database:
        ((uuid,),) = database.query("SELECT CAST(uuid AS TEXT) FROM product WHERE identifier = 'b'")
    rows = f"uuid;sku;name\n{uuid};c;x\n{C};a1;small\n"
    result = with_doubles.run("csv_product_import", rows)
    assert result.counters["import"] == {"read": 2, "updated": 2}
    assert set(with_doubles.products()) == {"A1", "a1", "c"}


def test_an_option_that_differs_from_another_by_case_is_changed(with_doubles: Catalogue) -> None:
    result = with_doubles.run(
        "csv_attribute_option_import", "attribute;code;sort_order\ncolor;RED;1\ncolor;red;2\n"
    )
    assert result.counters["import"] == {"read": 2, "updated": 2}


def test_what_an_older_runner_created_gets_its_key_from_the_next_runner(
    with_doubles: Catalogue,
) -> None:
    with closing(open_database(with_doubles.database_url)) as database:
        with database.transaction() as transaction:
            transaction.execute("UPDATE product SET identifier_key = NULL WHERE identifier = 'b'")
        result = with_doubles.run("csv_product_import", "sku;name\nB;again\n")
        assert result.counters["import"] == {"read": 1, "updated": 1}
        keys = dict(database.query("SELECT identifier, identifier_key FROM product"))
    assert keys == {"A1": "a1", "a1": None, "b": "b"}


def test_a_number_of_an_older_version_is_given_up(
    tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    catalogue = Catalogue(tmp_path / "data", database_url, capsys)
    attributes = "sku;pim_catalog_identifier;\nserial;pim_catalog_number;1\n"
    catalogue.run("csv_attribute_import", f"code;type;unique\n{attributes}")
    catalogue.run("csv_product_import", "sku;serial\na;5\n")
    with (
        closing(open_database(database_url)) as database,
        database.transaction() as transaction,
    ):
        # The claim was brought into its form, the value not yet.
        ((text,),) = transaction.query("SELECT CAST(raw_values AS TEXT) FROM product")
        transaction.execute("UPDATE product SET raw_values = ?", (text.replace('"5"', '"5.0"'),))

    result = catalogue.run("csv_product_import", "sku;serial\na;6\nb;5\n")

    assert result.counters["import"] == {"created": 1, "read": 2, "updated": 1}
