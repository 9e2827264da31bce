"""What depends on what is changed: nothing that is right becomes wrong behind anybody's back."""

from contextlib import closing

import pytest

from pimjob_runner.stores.url import open_database
from support.catalogue import Catalogue

PRODUCTS = "csv_product_import"
MODELS = "csv_product_model_import"
A = "11111111-2222-4333-8444-55555555555a"


def reasons(catalogue: Catalogue, job_type: str, text: str) -> list[tuple[str, str]]:
    result = catalogue.run(job_type, text)
    return [(sample["column"], sample["reason"]) for sample in result.samples]


@pytest.mark.parametrize(
    ("text", "column", "was"),
    [
        ("code;unique\nname;1\n", "unique", "it is not set"),
        ("code;unique\nean;0\n", "unique", "it is 1"),
        ("code;metric_family\nweight;Length\n", "metric_family", "it is Weight"),
        ("code;type\nname;pim_catalog_number\n", "type", "it is pim_catalog_text"),
    ],
)
def test_what_stored_values_rest_on_cannot_be_changed(
    catalogue: Catalogue, text: str, column: str, was: str
) -> None:
    told = reasons(catalogue, "csv_attribute_import", text)
    assert (column, f"it cannot be changed once it exists: {was}") in told


def test_equal_numbers_are_one_value_of_a_unique_attribute(catalogue: Catalogue) -> None:
    catalogue.run("csv_attribute_import", "code;type;unique\nserial;pim_catalog_number;1\n")
    result = catalogue.run(PRODUCTS, "sku;serial\na;5\nb;05\nc;6\n")
    assert result.counters["import"] == {"created": 2, "invalid": 1, "read": 3}
    assert catalogue.run(PRODUCTS, "sku;serial\na;+05\n").counters["import"]["unchanged"] == 1


def test_a_row_that_is_refused_sets_no_associations(catalogue: Catalogue) -> None:
    catalogue.run(PRODUCTS, "sku;stock\na;1\nb;1\n")
    result = catalogue.run(PRODUCTS, "sku;stock;X_SELL-products\na;many;b\nb;2;a\n")
    assert result.counters["associations"] == {"read": 2, "skipped": 1, "updated": 1}
    assert catalogue.products()["a"]["associations"] == {}


def test_a_model_that_is_refused_sets_no_associations(catalogue: Catalogue) -> None:
    catalogue.run(PRODUCTS, "sku\na\n")
    catalogue.run(MODELS, "code;family_variant\nr;by_both\n")
    result = catalogue.run(MODELS, "code;family_variant;X_SELL-products\nr;by_color;a\n")
    assert result.counters["associations"] == {"read": 1, "skipped": 1}


def test_an_association_outlives_a_new_identifier(catalogue: Catalogue) -> None:
    catalogue.run(PRODUCTS, f"uuid;sku\n{A};a\n")
    catalogue.run(PRODUCTS, "sku;X_SELL-products\nb;A\n")
    catalogue.run(PRODUCTS, f"uuid;sku\n{A};renamed\n")
    assert catalogue.products()["b"]["associations"] == {"X_SELL": {"products": ["renamed"]}}


def test_identifiers_and_uuids_together_are_the_products_of_a_type(catalogue: Catalogue) -> None:
    catalogue.run(PRODUCTS, f"uuid;sku\n{A};a\n")
    catalogue.run(PRODUCTS, "sku\nb\n")
    catalogue.run(PRODUCTS, f"sku;X_SELL-products;X_SELL-product_uuids\nc;b;{A}\n")
    found = catalogue.products()["c"]["associations"]["X_SELL"]["products"]
    assert sorted(found) == ["a", "b"]


def test_models_are_written_where_nothing_is_compared(catalogue: Catalogue) -> None:
    catalogue.run(MODELS, "code;family_variant\nr;by_both\n")
    result = catalogue.run(MODELS, "code;family_variant\nr;by_both\n", enabledComparison=False)
    assert result.counters["root_models"] == {"read": 1, "updated": 1}


def test_a_family_takes_what_it_loses_from_its_variants(catalogue: Catalogue) -> None:
    result = catalogue.run(
        "csv_family_import", "code;attributes\nshoes;name,title,color,size,price,ean\n"
    )
    assert result.counters["import"] == {"read": 1, "updated": 1}
    unchanged = "code;family;variant-axes_1;variant-attributes_1\nby_color;shoes;color;ean\n"
    again = catalogue.run("csv_family_variant_import", unchanged)
    assert again.counters["import"] == {"read": 1, "unchanged": 1}


def test_attributes_only_move_down_once_there_are_models(catalogue: Catalogue) -> None:
    header = "code;variant-attributes_1;variant-attributes_2\n"
    up, down = f"{header}by_both;title,stock;ean\n", f"{header}by_both;;stock,ean,title\n"
    assert catalogue.run("csv_family_variant_import", up).counters["import"]["updated"] == 1
    catalogue.run(MODELS, "code;family_variant\nr;by_both\n")
    assert catalogue.run("csv_family_variant_import", down).counters["import"]["updated"] == 1
    (told, *_) = reasons(catalogue, "csv_family_variant_import", up)
    assert told[0] == "variant-attributes_2"
    assert "it can only move to a lower level" in told[1]


def test_a_circle_of_older_versions_ends_no_import(catalogue: Catalogue) -> None:
    with (
        closing(open_database(catalogue.database_url)) as database,
        database.transaction() as transaction,
    ):
        transaction.execute_many(
            "INSERT INTO category (code, data) VALUES (?, ?)",
            [("x", '{"parent":"y"}'), ("y", '{"parent":"x"}')],
        )
    result = catalogue.run("csv_category_import", "code;parent\nz;x\n")
    assert result.counters["import"] == {"created": 1, "read": 1}
    mended = catalogue.run("csv_category_import", "code;parent\nx;\n")
    assert mended.counters["import"] == {"read": 1, "updated": 1}


def test_a_label_in_a_language_of_no_channel_is_ignored_with_a_note(catalogue: Catalogue) -> None:
    result = catalogue.run("csv_category_import", "code;label-en_US;label-pt_BR\nshop;Shop;Loja\n")
    assert result.counters["import"] == {"read": 1, "updated": 1}
    (note,) = result.samples
    assert "no meaning here were ignored: 'label-pt_BR'" in note["reason"]


def test_a_label_in_no_language_at_all_fails_the_file(catalogue: Catalogue) -> None:
    result = catalogue.run("csv_category_import", "code;label-english\nshop;Shop\n")
    assert (result.outcome, result.reason) == ("Failed", "InvalidHeader")
    assert "there is no locale 'english'" in result.message


def test_what_becomes_a_variant_gives_up_the_unique_values_that_it_loses(
    catalogue: Catalogue,
) -> None:
    catalogue.run("csv_attribute_import", "code;type;unique\nisbn;pim_catalog_text;1\n")
    catalogue.run(MODELS, "code;family_variant\nm;by_color\n")
    catalogue.run(PRODUCTS, "sku;isbn;color\na;1;red\n")
    moved = catalogue.run(PRODUCTS, "sku;parent\na;m\n")
    assert moved.counters["import"] == {"read": 1, "updated": 1}
    assert "isbn" not in catalogue.values("a")
    assert catalogue.run(PRODUCTS, "sku;isbn\nb;1\n").counters["import"]["created"] == 1


def test_a_unique_attribute_that_joins_a_family_is_its_products_own(catalogue: Catalogue) -> None:
    catalogue.run("csv_attribute_import", "code;type;unique\nisbn;pim_catalog_text;1\n")
    catalogue.run(MODELS, "code;family_variant\nm;by_color\n")
    own = "name,title,stock,color,size,price,ean,isbn"
    catalogue.run("csv_family_import", f"code;attributes\nshoes;{own}\n")
    catalogue.run(PRODUCTS, "sku;parent;color;isbn\na;m;red;1\n")
    assert "isbn" in catalogue.values("a")


def test_models_keep_the_values_of_an_attribute_that_moves_down(catalogue: Catalogue) -> None:
    model = "code;family_variant;name-en_US\nm;by_both;Name\n"
    catalogue.run(MODELS, model)
    header = "code;variant-attributes_1;variant-attributes_2\n"
    catalogue.run("csv_family_variant_import", f"{header}by_both;title,name;stock,ean\n")
    assert catalogue.run(MODELS, model).counters["root_models"]["unchanged"] == 1


def test_the_tree_of_a_channel_stays_a_root(catalogue: Catalogue) -> None:
    catalogue.run("csv_channel_import", "code;tree\nprint;shop\n")
    told = reasons(catalogue, "csv_category_import", "code;parent\nother;\nshop;other\n")
    assert told == [("parent", "it is the tree of channel print and stays a root")]


def test_a_uuid_names_whose_associations_they_are(catalogue: Catalogue) -> None:
    catalogue.run(PRODUCTS, "sku\nb\n")
    rows = f"uuid;sku;X_SELL-products\n{A};;b\n{A};first;b\n{A};second;b\n"
    result = catalogue.run(PRODUCTS, rows)
    assert result.counters["associations"] == {"read": 3, "unchanged": 2, "updated": 1}
    assert catalogue.products()["second"]["associations"] == {"X_SELL": {"products": ["b"]}}


def test_a_target_has_one_amount(catalogue: Catalogue) -> None:
    catalogue.run(PRODUCTS, "sku\nb\n")
    rows = "sku;PRODUCT_SET-products;PRODUCT_SET-products-quantity\na;b,B;1|2\n"
    told = reasons(catalogue, PRODUCTS, rows)
    assert told == [("PRODUCT_SET-products", "'B' is there twice, with an amount each")]


def test_a_family_requires_no_attribute_that_it_has_lost(catalogue: Catalogue) -> None:
    catalogue.run(
        "csv_family_import", "code;attributes;requirements-print\nf;name,title;name,title\n"
    )
    result = catalogue.run("csv_family_import", "code;attributes\nf;name\n")
    assert result.counters["import"] == {"read": 1, "updated": 1}
    again = "code;requirements-print\nf;name\n"
    assert catalogue.run("csv_family_import", again).counters["import"]["unchanged"] == 1


def test_an_identifier_is_unique_whether_that_is_said_or_not(empty: Catalogue) -> None:
    empty.run("csv_attribute_import", "code;type\nsku;pim_catalog_identifier\n")
    said = "code;type;unique\nsku;pim_catalog_identifier;1\n"
    result = empty.run("csv_attribute_import", said)
    assert result.samples == []
    assert empty.run("csv_attribute_import", said).counters["import"]["unchanged"] == 1
