"""Create, update, unchanged; what is left alone and what is cleared; variants; associations."""

import pytest

from support.catalogue import Catalogue

PRODUCTS = "csv_product_import"
MODELS = "csv_product_model_import"


def test_a_product_is_created_updated_and_left_unchanged(catalogue: Catalogue) -> None:
    first = catalogue.run(PRODUCTS, "sku;stock\np1;1\np2;2\n")
    again = catalogue.run(PRODUCTS, "sku;stock\np1;1\np2;3\n")
    assert first.counters["import"] == {"created": 2, "read": 2}
    assert again.counters["import"] == {"read": 2, "unchanged": 1, "updated": 1}


def test_an_absent_column_leaves_alone_and_an_empty_cell_clears(catalogue: Catalogue) -> None:
    catalogue.run(
        PRODUCTS, "sku;stock;name-en_US;name-fr_FR;family;categories\np;1;E;F;shoes;shop\n"
    )
    catalogue.run(PRODUCTS, "sku;name-en_US\np;\n")
    product = catalogue.products()["p"]
    assert catalogue.values("p") == {
        "stock": {"<all_channels>": {"<all_locales>": "1"}},
        "name": {"<all_channels>": {"fr_FR": "F"}},
    }
    assert (product["family"], product["categories"]) == ("shoes", ["shop"])
    catalogue.run(PRODUCTS, "sku;stock;family;categories;name-fr_FR\np;;;;\n")
    product = catalogue.products()["p"]
    assert catalogue.values("p") == {}
    assert (product["family"], product["categories"]) == (None, [])


def test_a_price_in_another_currency_is_left_alone(catalogue: Catalogue) -> None:
    catalogue.run(PRODUCTS, "sku;price-EUR;price-USD\np;1;2\n")
    catalogue.run(PRODUCTS, "sku;price-EUR\np;3\n")
    assert catalogue.values("p")["price"]["<all_channels>"]["<all_locales>"] == [
        {"amount": "3", "currency": "EUR"},
        {"amount": "2", "currency": "USD"},
    ]


def test_a_product_twice_in_a_file_is_created_then_updated(catalogue: Catalogue) -> None:
    result = catalogue.run(PRODUCTS, "sku;stock\np;1\np;2\np;2\n")
    assert result.counters["import"] == {"created": 1, "read": 3, "unchanged": 1, "updated": 1}
    assert catalogue.values("p")["stock"]["<all_channels>"]["<all_locales>"] == "2"


def test_a_unique_value_belongs_to_one_product(catalogue: Catalogue) -> None:
    result = catalogue.run(PRODUCTS, "sku;ean\na;1\nb;1\na;2\nc;1\n")
    assert result.of_rows[0]["reason"] == "another product has the same ean"
    assert result.of_rows[0]["line"] == 3
    assert set(catalogue.products()) == {"a", "c"}
    later = catalogue.run(PRODUCTS, "sku;ean\nd;2\n")
    assert later.counters["import"] == {"invalid": 1, "read": 1}


def test_a_product_is_found_by_uuid_and_renamed(catalogue: Catalogue) -> None:
    uuid = "3f0a1c1e-9d7b-4c6d-8a9e-2f1b0c3d4e5f"
    catalogue.run(PRODUCTS, f"uuid;sku;stock\n{uuid};old;1\n")
    result = catalogue.run(PRODUCTS, f"uuid;sku\n{uuid};new\n")
    assert result.counters["import"] == {"read": 1, "updated": 1}
    assert set(catalogue.products()) == {"new"}


@pytest.fixture
def models(catalogue: Catalogue) -> Catalogue:
    result = catalogue.run(
        MODELS,
        "code;family_variant;parent;name-en_US;color;title-en_US-print\n"
        "root1;by_color;;One;;x\n"
        "red2;by_both;root2;;red;y\n"
        "root2;by_both;;Two;;\n",
    )
    assert result.samples == []
    return catalogue


def test_models_are_imported_roots_first(models: Catalogue) -> None:
    result = models.run(MODELS, "code;family_variant;parent;color\nblue2;by_both;root2;blue\n")
    assert result.counters["sub_models"] == {"created": 1, "read": 1}


def test_a_variant_takes_its_models_family_and_only_its_own_levels_values(
    models: Catalogue,
) -> None:
    result = models.run(PRODUCTS, "sku;parent;color;name-en_US;stock\nv;root1;red;ignored;4\n")
    assert result.samples == []
    assert models.products()["v"]["family"] == "shoes"
    assert set(models.values("v")) == {"color", "stock"}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("v2;root1;red;;", "'root1' has a variant with the same axes already"),
        ("v2;root1;;;", "axis color may not be empty"),
        ("v2;root2;red;;", "'root2' is a root model, variants of it are below its sub models"),
        ("v2;root1;blue;other;", "'root1' is of family 'shoes'"),
    ],
)
def test_a_variant_in_the_wrong_place_is_refused(models: Catalogue, row: str, reason: str) -> None:
    text = f"sku;parent;color;family;size\nv1;root1;red;;\n{row}\n"
    result = models.run(PRODUCTS, text)
    assert result.counters["import"] == {"created": 1, "invalid": 1, "read": 2}
    assert result.samples[0]["reason"] == reason


def test_associations_may_point_forward(catalogue: Catalogue) -> None:
    result = catalogue.run(
        PRODUCTS,
        "sku;X_SELL-products;X_SELL-groups;PRODUCT_SET-products;PRODUCT_SET-products-quantity\n"
        "a;b,c;promotion;b,c;2|3\nb;;;;\nc;;;;\n",
    )
    assert result.samples == []
    assert result.counters["associations"] == {"read": 3, "unchanged": 2, "updated": 1}
    product = catalogue.products()["a"]
    assert product["associations"] == {"X_SELL": {"groups": ["promotion"], "products": ["b", "c"]}}
    assert product["quantified_associations"] == {"PRODUCT_SET": {"products": {"b": 2, "c": 3}}}


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ("z;;", "X_SELL-products", "there is no product 'z'"),
        (
            ";b;",
            "PRODUCT_SET-products-quantity",
            "1 amounts are needed, one for each target, and 0 are there",
        ),
        (";b;x", "PRODUCT_SET-products-quantity", "not whole numbers of at least 1"),
    ],
)
def test_a_wrong_association_is_refused_and_the_product_stays(
    catalogue: Catalogue, cells: str, column: str, reason: str
) -> None:
    header = "sku;X_SELL-products;PRODUCT_SET-products;PRODUCT_SET-products-quantity"
    result = catalogue.run(PRODUCTS, f"{header}\na;{cells}\nb;;;\n")
    (sample,) = result.samples
    assert (sample["column"], sample["line"]) == (column, 2)
    assert reason in sample["reason"]
    assert set(catalogue.products()) == {"a", "b"}


def test_products_are_named_by_uuid_also_in_associations(catalogue: Catalogue) -> None:
    a, b = "AAAAAAAA-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"
    catalogue.run(PRODUCTS, f"uuid;sku\n{a};a\n{b};b\n")
    result = catalogue.run(
        PRODUCTS, f"uuid;X_SELL-product_uuids\n{a};{b.upper()}\n{b};nobody\n{b};{a[:-1]}9\n"
    )
    assert result.counters["associations"] == {"invalid": 2, "read": 3, "updated": 1}
    assert [sample["reason"] for sample in result.of_rows] == [
        "'nobody' is not a UUID",
        f"there is no product uuid '{a[:-1].lower()}9'",
    ]
    assert catalogue.products()["a"]["associations"] == {"X_SELL": {"products": ["b"]}}


def test_an_empty_cell_clears_one_kind_of_targets_and_leaves_the_others(
    catalogue: Catalogue,
) -> None:
    catalogue.run(
        PRODUCTS, "sku;X_SELL-products;X_SELL-groups;UPSELL-products\na;b;promotion;b\nb;;;\n"
    )
    catalogue.run(PRODUCTS, "sku;X_SELL-products;UPSELL-products\na;;\n")
    assert catalogue.products()["a"]["associations"] == {
        "X_SELL": {"groups": ["promotion"], "products": []}
    }


def test_a_file_without_associations_is_not_read_again(catalogue: Catalogue) -> None:
    result = catalogue.run(PRODUCTS, "sku;stock\na;1\n")
    assert result.counters["associations"] == {}
