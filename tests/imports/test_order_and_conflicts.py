"""Rows that lean on one another: the same result wherever chunks end and whoever else writes."""

import uuid
from typing import Any

import pytest

from pimjob_runner.jobs.imports.new_uuids import new_uuids
from pimjob_runner.stores.url import open_database
from support.catalogue import Catalogue

PRODUCTS = "csv_product_import"
MODELS = "csv_product_model_import"
A, B = "11111111-2222-4333-8444-55555555555a", "11111111-2222-4333-8444-55555555555b"


def test_uuids_of_a_job_are_of_version_8_ascend_and_are_its_own() -> None:
    lines = [2, 3, 4, 16, 65_536, 2**47, 2**48, 2**60]
    found = [new_uuids("job-1")(line) for line in lines]
    assert [str(uuid.UUID(text)) for text in found] == found == sorted(found)
    assert {(uuid.UUID(text).version, uuid.UUID(text).variant) for text in found} == {
        (8, uuid.RFC_4122)
    }
    assert found == [new_uuids("job-1")(line) for line in lines]
    assert new_uuids("job-2")(2) not in found


@pytest.fixture
def a_and_b(catalogue: Catalogue) -> Catalogue:
    catalogue.run(PRODUCTS, f"uuid;sku;stock\n{A};a;1\n{B};b;2\n")
    return catalogue


def test_two_products_swap_their_identifiers(a_and_b: Catalogue) -> None:
    result = a_and_b.run(PRODUCTS, f"uuid;sku\n{A};c\n{B};a\n{A};b\n")
    assert result.counters["import"] == {"read": 3, "updated": 3}
    assert {key: p["raw_values"]["stock"] for key, p in a_and_b.products().items()} == {
        "b": {"<all_channels>": {"<all_locales>": "1"}},
        "a": {"<all_channels>": {"<all_locales>": "2"}},
    }


def test_an_identifier_that_was_given_up_makes_a_new_product(a_and_b: Catalogue) -> None:
    a_and_b.run(PRODUCTS, f"uuid;sku\n{A};renamed\n")
    result = a_and_b.run(PRODUCTS, "sku;stock\na;2\n")
    assert (result.outcome, result.counters["import"]) == ("Completed", {"created": 1, "read": 1})
    assert set(a_and_b.products()) == {"a", "b", "renamed"}


def test_a_renamed_product_and_its_successor_in_one_file(a_and_b: Catalogue) -> None:
    other = "11111111-2222-4333-8444-555555555555"
    result = a_and_b.run(PRODUCTS, f"uuid;sku\n{A};renamed\n{other};a\n")
    assert result.counters["import"] == {"created": 1, "read": 2, "updated": 1}


def test_the_version_counts_changes_wherever_chunks_end(catalogue: Catalogue) -> None:
    catalogue.run(PRODUCTS, "sku;stock\na;1\na;2\na;2\na;1\n")
    assert versions(catalogue) == {"a": 3}
    catalogue.run(PRODUCTS, "sku;stock\na;5\na;1\n")
    assert versions(catalogue) == {"a": 5}


def test_without_comparison_every_row_is_written(catalogue: Catalogue) -> None:
    catalogue.run(PRODUCTS, "sku;stock\na;1\n")
    result = catalogue.run(PRODUCTS, "sku;stock\na;1\n", enabledComparison=False)
    assert result.counters["import"] == {"read": 1, "updated": 1}
    assert versions(catalogue) == {"a": 2}


def test_a_unique_value_can_be_handed_on_in_one_file(catalogue: Catalogue) -> None:
    catalogue.run(PRODUCTS, "sku;ean\na;1\nb;2\n")
    result = catalogue.run(PRODUCTS, "sku;ean\na;3\nb;1\na;2\n")
    assert result.of_rows == []
    again = catalogue.run(PRODUCTS, "sku;ean\nc;1\nc;3\n")
    assert [(s["column"], s["value"]) for s in again.of_rows] == [("ean", "1")]
    assert again.counters["import"] == {"created": 1, "invalid": 1, "read": 2}


@pytest.fixture
def variants(catalogue: Catalogue) -> Catalogue:
    catalogue.run(MODELS, "code;family_variant;parent;color\nr;by_both;;\nr1;by_both;r;red\n")
    catalogue.run(MODELS, "code;family_variant;parent;color\nr2;by_both;r;blue\no;by_color;;\n")
    catalogue.run(PRODUCTS, "sku;parent;size\nv1;r1;s\nv2;r1;m\nv3;r2;s\n")
    return catalogue


def test_a_variant_keeps_its_axes_where_the_file_has_no_column_for_them(
    variants: Catalogue,
) -> None:
    result = variants.run(PRODUCTS, "sku;stock\nv1;7\n")
    assert result.counters["import"] == {"read": 1, "updated": 1}
    taken = variants.run(PRODUCTS, "sku;parent;size\nv9;r1;s\n")
    assert taken.samples[0]["reason"] == "'r1' has a variant with the same axes already"


def test_a_variant_moves_only_to_where_its_axes_are_free(variants: Catalogue) -> None:
    result = variants.run(PRODUCTS, "sku;parent\nv1;r2\nv2;r2\n")
    assert result.counters["import"] == {"invalid": 1, "read": 2, "updated": 1}
    assert variants.products()["v2"]["parent"] == "r2"
    freed = variants.run(PRODUCTS, "sku;parent;size\nv9;r1;m\n")
    assert freed.counters["import"] == {"created": 1, "read": 1}


def test_an_empty_parent_leaves_a_variant_where_it_is(variants: Catalogue) -> None:
    result = variants.run(PRODUCTS, "sku;parent;stock\nv1;;7\n")
    assert result.counters["import"] == {"read": 1, "updated": 1}
    assert variants.products()["v1"]["parent"] == "r1"


def test_an_axis_cannot_be_emptied(variants: Catalogue) -> None:
    result = variants.run(PRODUCTS, "sku;size\nv1;\n")
    (sample,) = result.samples
    assert (sample["column"], sample["reason"]) == ("size", "axis size may not be empty")


def test_models_are_updated_without_a_column_for_their_parent(variants: Catalogue) -> None:
    result = variants.run(MODELS, "code;name-en_US;title-en_US-print\nr;Root;\nr1;;Sub\n")
    assert result.samples == []
    assert result.counters["root_models"] == {"read": 2, "skipped": 1, "updated": 1}
    assert result.counters["sub_models"] == {"read": 2, "skipped": 1, "updated": 1}
    assert parents(variants) == {"r": None, "r1": "r", "r2": "r", "o": None}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("r1;", "it is a sub model and stays one"),
        ("o;r", "it is a root model and stays one"),
    ],
)
def test_a_model_stays_on_its_level(variants: Catalogue, row: str, reason: str) -> None:
    result = variants.run(MODELS, f"code;parent\n{row}\n")
    assert [s["reason"] for s in result.samples] == [reason]
    assert parents(variants) == {"r": None, "r1": "r", "r2": "r", "o": None}


def test_a_row_of_the_wrong_width_is_refused_once(variants: Catalogue) -> None:
    result = variants.run(MODELS, "code;parent\nx;r;more\n")
    assert list(result.invalid) == ["invalid-root_models.csv"]
    assert result.counters["sub_models"] == {"read": 1, "skipped": 1}


def versions(catalogue: Catalogue) -> dict[str, int]:
    return dict(query(catalogue, "SELECT identifier, version FROM product"))


def parents(catalogue: Catalogue) -> dict[str, str | None]:
    return dict(query(catalogue, "SELECT code, parent FROM product_model"))


def query(catalogue: Catalogue, sql: str) -> list[tuple[Any, ...]]:
    database = open_database(catalogue.database_url)
    try:
        return database.query(sql)
    finally:
        database.close()
