"""Imports of channels, locales, currencies, groups, types and measurement families: their rules."""

import msgspec
import pytest

from pimjob_runner.catalogue.entities.all import ENTITIES
from pimjob_runner.catalogue.schema import prepare
from pimjob_runner.registry import job_type
from pimjob_runner.stores.database import Database
from pimjob_runner.stores.url import open_database
from support.catalogue import Catalogue


@pytest.mark.parametrize(
    ("kind", "text", "column", "reason"),
    [
        ("locale", "code\nenglish\n", "code", "it is no locale; write it like en_US"),
        ("currency", "code\nE1\n", "code", "it is no currency"),
        ("currency", "code;activated\nEUR;0\n", "activated", "channel ecommerce uses it"),
        ("channel", "code;locales\nweb;en_US\n", "currencies", "it may not be empty"),
        ("channel", "code;locales\nprint;\n", "locales", "it may not be empty"),
        ("channel", "code;locales\nprint;xx_XX\n", "locales", "there is no locale 'xx_XX'"),
        ("channel", "code;currencies\nprint;CHF\n", "currencies", "there is no currency 'CHF'"),
        ("channel", "code;tree\nprint;shoes\n", "tree", "it is no root of a category tree"),
        ("channel", "code;tree\nprint;none\n", "tree", "there is no category 'none'"),
        ("channel", "code;locales;currencies\n12;en_US;EUR\n", "code", "it needs a letter"),
        (
            "channel",
            "code;conversion_units\nprint;weight:LITER\n",
            "conversion_units",
            "no unit of Weight",
        ),
        ("channel", "code;conversion_units\nprint;weight\n", "conversion_units", "not pairs"),
        (
            "channel",
            "code;conversion_units\nprint;later:GRAM,name:GRAM\n",
            "conversion_units",
            "it is no measurement attribute",
        ),
        ("group", "code;type\nx;none\n", "type", "there is no group type 'none'"),
        ("group", "code\nx\n", "type", "it may not be empty"),
        (
            "association_type",
            "code;is_quantified\nX_SELL;1\n",
            "is_quantified",
            "it cannot be changed once it exists",
        ),
        (
            "association_type",
            "code;is_two_way;is_quantified\nx;1;1\n",
            "is_two_way",
            "have one direction only",
        ),
        ("attribute_group", "code;attributes\ng;none\n", "attributes", "no attribute 'none'"),
        (
            "measurement_family",
            "code;units\nWeight;KILOGRAM,TON\n",
            "units",
            "attribute weight uses Weight: its units stay",
        ),
        (
            "measurement_family",
            "code;units\nWeight;GRAM,KILOGRAM,MILLIGRAM,TON,OUNCE,POUND\n",
            "units",
            "KILOGRAM stays the standard unit",
        ),
        ("measurement_family", "code;units\nx;a b\n", "units", "only letters, digits and _"),
        ("attribute", "code\nx\n", "type", "it may not be empty"),
    ],
)
def test_a_row_that_contradicts_the_catalogue_is_refused(
    catalogue: Catalogue, kind: str, text: str, column: str, reason: str
) -> None:
    result = catalogue.run(f"csv_{kind}_import", text)
    assert result.counters["import"] == {"invalid": 1, "read": 1}
    assert column in [sample["column"] for sample in result.of_rows]
    assert any(reason in sample["reason"] for sample in result.of_rows)


def test_a_channel_makes_locales_and_currencies_active(catalogue: Catalogue) -> None:
    for kind, text in (
        ("locale", "code;activated\nes_ES;0\n"),
        ("currency", "code\nCHF\n"),
        ("channel", "code;locales;currencies\nprint;EN_us,es_es;chf\n"),
        ("product", "sku;name-es_ES;price-CHF\na;Uno;1\n"),
    ):
        result = catalogue.run(f"csv_{kind}_import", text)
        assert (kind, result.outcome, result.of_rows) == (kind, "Completed", [])
    again = catalogue.run("csv_channel_import", "code;locales\nprint;en_US,es_ES\n")
    assert again.counters["import"] == {"unchanged": 1, "read": 1}


def test_a_currency_that_is_switched_off_cannot_be_listed(catalogue: Catalogue) -> None:
    catalogue.run("csv_currency_import", "code;activated\nCHF;0\n")
    result = catalogue.run("csv_channel_import", "code;currencies\nprint;CHF,EUR\n")
    assert [s["reason"] for s in result.samples] == ["currency CHF is switched off"]


def test_the_last_channel_of_a_locale_keeps_it_while_attributes_are_specific_to_it(
    catalogue: Catalogue,
) -> None:
    """Else the unchanged file of these attributes would be refused afterwards."""
    text = "code;locales\necommerce;en_US\nmobile;en_US\nprint;en_US\n"
    result = catalogue.run("csv_channel_import", text)
    assert result.counters["import"] == {"read": 3, "updated": 2, "invalid": 1}
    assert [(s["column"], s["reason"]) for s in result.samples] == [
        ("locales", "attribute legal has values in de_DE: take it out there first")
    ]


def test_an_attribute_is_in_one_group(catalogue: Catalogue) -> None:
    """Which of several files says it makes no difference; what leaves a group goes to `other`."""
    catalogue.run("csv_attribute_import", "code;group\nname;texts\ntitle;Texts\nstock;\n")
    assert groups(catalogue) == {"name": "texts", "title": "texts"}

    text = "code;attributes\ntexts;title,note\nnumbers;stock,name\n"
    result = catalogue.run("csv_attribute_group_import", text)
    assert result.counters["import"] == {"read": 2, "updated": 1, "created": 1}
    assert groups(catalogue) == {
        "name": "numbers",
        "note": "texts",
        "stock": "numbers",
        "title": "texts",
    }
    again = catalogue.run("csv_attribute_group_import", text)
    assert again.counters["import"] == {"read": 2, "unchanged": 2}

    catalogue.run("csv_attribute_group_import", "code;attributes\ntexts;\nother;title\n")
    assert groups(catalogue) == {
        "name": "numbers",
        "note": "other",
        "stock": "numbers",
        "title": "other",
    }


def test_of_groups_that_name_the_same_attribute_the_last_has_it(catalogue: Catalogue) -> None:
    text = "code;attributes\na;name\nb;name\na;name\n"
    result = catalogue.run("csv_attribute_group_import", text)
    assert result.counters["import"] == {"read": 3, "created": 2, "updated": 1}
    assert groups(catalogue) == {"name": "a"}


def test_a_family_that_loses_attributes_twice_takes_all_of_them_from_its_variants(
    catalogue: Catalogue,
) -> None:
    text = (
        "code;attributes\nshoes;name,title,color,size,price,ean\nshoes;name,color,size,price,ean\n"
    )
    assert catalogue.run("csv_family_import", text).of_rows == []
    ((levels,),) = query(
        catalogue,
        "SELECT CAST(data AS TEXT) FROM family_variant WHERE code = 'by_both'",
    )
    assert "title" not in levels
    assert "stock" not in levels


def test_a_group_and_a_new_association_type_are_used_at_once(catalogue: Catalogue) -> None:
    catalogue.run("csv_group_type_import", "code\nseason\n")
    catalogue.run("csv_group_import", "code;type\nwinter;season\n")
    catalogue.run("csv_association_type_import", "code;is_quantified\nSET;1\n")
    text = "sku;groups;SET-products;SET-products-quantity\na;winter;;\nb;;a;3\n"
    assert catalogue.run("csv_product_import", text).samples == []
    products = catalogue.products()
    assert products["a"]["groups"] == ["winter"]
    assert products["b"]["quantified_associations"] == {"SET": {"products": {"a": 3}}}


def test_a_catalogue_from_before_them_gets_what_it_names(database_url: str) -> None:
    database = open_database(database_url)
    prepare(database)
    as_before(database)
    prepare(database)
    for table, codes in {
        "locale": ["de_DE", "en_US", "fr_FR", "it_IT"],
        "currency": ["CHF", "EUR", "GBP", "USD"],
        "group_type": ["RELATED", "season"],
        "attribute_group": ["Texts", "other"],
    }.items():
        rows = database.query(f"SELECT code FROM {table}")  # noqa: S608 - constants
        assert sorted(code for (code,) in rows) == codes
    database.close()


def test_each_kind_has_an_import_of_the_same_entry_point() -> None:
    names = [f"csv_{entity.name}_import" for entity in ENTITIES]
    assert len(set(names)) == 13
    assert [job_type(name).name for name in names] == names
    unstoppable = {name for name in names if not job_type(name).stoppable}
    assert unstoppable == {"csv_family_import", "csv_family_variant_import"}


def as_before(database: Database) -> None:
    """Undo the steps, and leave what an older runner wrote."""
    with database.transaction() as transaction:
        for table in ("locale", "currency", "group_type", "attribute_group"):
            transaction.execute(f"DROP TABLE {table}")
        transaction.execute("DELETE FROM schema_step WHERE name LIKE '%attribute_group'")
        transaction.execute_many(
            "INSERT INTO attribute (code, data) VALUES (?, ?)",
            [
                ("a", '{"group":"Texts","type":"pim_catalog_text"}'),
                ("b", '{"group":"texts","type":"pim_catalog_text"}'),
            ],
        )
        channel = '{"currencies":["CHF"],"locales":["it_IT"]}'
        transaction.execute("INSERT INTO channel (code, data) VALUES ('x', ?)", (channel,))
        group = '{"type":"season"}'
        transaction.execute("INSERT INTO product_group (code, data) VALUES ('x', ?)", (group,))


def groups(catalogue: Catalogue) -> dict[str, str]:
    found = query(catalogue, "SELECT code, CAST(data AS TEXT) FROM attribute")
    loaded = {code: msgspec.json.decode(data).get("group") for code, data in found}
    return {code: group for code, group in loaded.items() if group is not None}


def query(catalogue: Catalogue, sql: str) -> list[tuple[str, ...]]:
    database = open_database(catalogue.database_url)
    found = database.query(sql)
    database.close()
    return found
