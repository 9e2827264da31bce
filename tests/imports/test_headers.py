"""From a header to columns with a meaning, and headers that have none."""

import pytest

from support.catalogue import Catalogue

PRODUCTS = "csv_product_import"


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("sku;colour", "Column 'colour': there is no attribute 'colour' (the nearest is color)."),
        ("sku;name", "Column 'name': the locale is missing: values of name differ by locale."),
        ("sku;name-xx_XX", "Column 'name-xx_XX': 'xx_XX' is not an active locale."),
        ("sku;title-en_US", "Column 'title-en_US': the channel is missing"),
        ("sku;title-en_US-web", "Column 'title-en_US-web': there is no channel 'web'"),
        ("sku;name-en_US-print", "'print' is too much; write it as name-locale"),
        ("sku;legal-en_US", "Column 'legal-en_US': legal has values in de_DE only."),
        ("sku;price-CHF", "Column 'price-CHF': 'CHF' is not an active currency."),
        ("sku;weight-unit", "Column 'weight-unit': there is no column 'weight'."),
        ("sku;price;price-EUR", "Column 'price-EUR': column 'price' has all currencies already."),
        ("sku;stock;stock", "Column 'stock': it is there twice."),
        ("stock", "Column 'sku': it is missing, and so is uuid"),
        ("sku;X_SELL-things", "'things' is not one of products"),
        ("sku;PRODUCT_SET-products", "there is no column 'PRODUCT_SET-products-quantity'"),
    ],
)
def test_a_wrong_header_fails_the_file_before_anything_is_written(
    catalogue: Catalogue, header: str, message: str
) -> None:
    result = catalogue.run(PRODUCTS, f"{header}\np1{';' * header.count(';')}\n")
    assert (result.outcome, result.reason) == ("Failed", "InvalidHeader")
    assert message in result.message
    assert catalogue.products() == {}


def test_columns_are_found_whatever_their_case_and_with_spaces_around(
    catalogue: Catalogue,
) -> None:
    columns = (
        " SKU ;Name-EN_us;TITLE-de_de-ECOMMERCE;Price-eur;WEIGHT;weight-UNIT;Family;x_sell-Products"
    )
    result = catalogue.run(PRODUCTS, f"{columns}\np1;a;b;1;2;GRAM;shoes;\n")
    assert (result.samples, result.counters["import"]) == ([], {"created": 1, "read": 1})
    assert catalogue.products()["p1"]["family"] == "shoes"
    assert catalogue.values("p1") == {
        "name": {"<all_channels>": {"en_US": "a"}},
        "title": {"ecommerce": {"de_DE": "b"}},
        "price": {"<all_channels>": {"<all_locales>": [{"amount": "1", "currency": "EUR"}]}},
        "weight": {"<all_channels>": {"<all_locales>": {"amount": "2", "unit": "GRAM"}}},
    }


def test_columns_of_structures_are_found_whatever_their_case(catalogue: Catalogue) -> None:
    columns = "CODE; Attributes ;Attribute_As_Label;Requirements-ECOMMERCE;LABEL-en_us"
    result = catalogue.run("csv_family_import", f"{columns}\nbags;sku,ean;ean;ean;Bags\n")
    assert (result.samples, result.counters["import"]) == ([], {"created": 1, "read": 1})
    again = "code;attributes;attribute_as_label;requirements-ecommerce;label-en_US\n"
    result = catalogue.run("csv_family_import", f"{again}bags;sku,ean;ean;ean;Bags\n")
    assert result.counters["import"] == {"unchanged": 1, "read": 1}


@pytest.mark.parametrize(
    ("job_type", "header"),
    [(PRODUCTS, "sku;stock;Stock"), ("csv_family_import", "code;attributes;ATTRIBUTES")],
)
def test_a_column_in_two_cases_is_there_twice(
    catalogue: Catalogue, job_type: str, header: str
) -> None:
    result = catalogue.run(job_type, f"{header}\nx;;\n")
    assert result.reason == "InvalidHeader"
    assert "it is there twice" in result.message


def test_all_unknown_columns_are_told_at_once_with_the_nearest_known_one(
    catalogue: Catalogue,
) -> None:
    result = catalogue.run(PRODUCTS, "sku;colour;familly;zzz;name-xx_XX\np1;;;;\n")
    assert result.message == (
        "Column 'colour': there is no attribute 'colour' (the nearest is color)."
        " Column 'familly': there is no attribute 'familly' (the nearest is family)."
        " Column 'zzz': there is no attribute 'zzz'."
        " Column 'name-xx_XX': 'xx_XX' is not an active locale."
    )
    result = catalogue.run("csv_attribute_import", "code;typ;locaizable\nx;y;z\n")
    assert result.message == (
        "Column 'typ': unknown (the nearest is type)."
        " Column 'locaizable': unknown (the nearest is localizable)."
    )


def test_a_header_of_many_wrong_columns_is_told_in_a_bounded_message(
    catalogue: Catalogue,
) -> None:
    columns = ";".join(f"{'long' * 1_000}{number}" for number in range(50))
    result = catalogue.run(PRODUCTS, f"sku;{columns}\np1\n")
    assert result.message.endswith(" 40 more columns are wrong.")
    assert len(result.message) < 2_000


@pytest.mark.parametrize(
    ("job_type", "columns", "row", "ignored"),
    [
        (
            PRODUCTS,
            "sku;dqi_quality_score-en_US-ecommerce;updated;stock",
            "p1;A;2024-01-01;1",
            "'dqi_quality_score-en_US-ecommerce', 'updated'",
        ),
        (PRODUCTS, "sku;DQI_quality_score", "p1;", "'DQI_quality_score'"),
        (
            "csv_product_model_import",
            "code;family_variant;created",
            "m1;by_color;today",
            "'created'",
        ),
        (
            "csv_attribute_import",
            "code;type;guidelines-en_US;auto_option_sorting;default_value;required",
            "more;pim_catalog_text;Say more;1;;",
            "'guidelines-en_US', 'auto_option_sorting', 'default_value', 'required'",
        ),
        ("csv_category_import", "code;updated", "more;2024", "'updated'"),
    ],
)
def test_columns_of_the_reference_that_mean_nothing_here_are_ignored_with_one_note(
    catalogue: Catalogue, job_type: str, columns: str, row: str, ignored: str
) -> None:
    result = catalogue.run(job_type, f"{columns}\n{row}\n")
    told = [{"reason": f"Columns that have no meaning here were ignored: {ignored}."}]
    assert [{"reason": s["reason"]} for s in result.samples] == told
    assert sum(step.get("created", 0) for step in result.counters.values()) == 1
    again = catalogue.run(job_type, f"{columns}\n{row}\n")
    assert sum(step.get("unchanged", 0) for step in again.counters.values()) == 1


def test_an_attribute_of_the_name_of_an_ignored_column_is_imported(catalogue: Catalogue) -> None:
    catalogue.run("csv_attribute_import", "code;type\nupdated;pim_catalog_text\n")
    result = catalogue.run(PRODUCTS, "sku;updated\np1;yes\n")
    assert result.samples == []
    assert set(catalogue.values("p1")) == {"updated"}
