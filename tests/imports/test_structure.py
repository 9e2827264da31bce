"""Imports of attributes, options, categories, families and their variants."""

import pytest

from support.catalogue import Catalogue


@pytest.mark.parametrize(
    ("job_type", "text", "column", "reason"),
    [
        ("attribute", "code;type\nwith-dash;pim_catalog_text\n", "code", "only letters"),
        ("attribute", "code;type\nx;text\n", "type", "no type of attribute"),
        ("attribute", "code;type\nname;pim_catalog_number\n", "type", "it cannot be changed"),
        ("attribute", "code;type\nid2;pim_catalog_identifier\n", "type", "sku is the identifier"),
        (
            "attribute",
            "code;type;metric_family;default_metric_unit\nm;pim_catalog_metric;Weight;LITER\n",
            "default_metric_unit",
            "no unit of Weight",
        ),
        ("attribute", "code;type;unique\nx;pim_catalog_text;yes\n", "unique", "write 1 or 0"),
        ("attribute_option", "attribute;code\nnone;a\n", "attribute", "no such attribute"),
        ("attribute_option", "attribute;code\nname;a\n", "attribute", "not a select attribute"),
        ("category", "code;parent\na;none\n", "parent", "no category 'none'"),
        ("category", "code;parent\nshop;shoes\n", "parent", "it would be inside itself"),
        ("family", "code;attributes\nf;name,none\n", "attributes", "no attribute 'none'"),
        (
            "family",
            "code;attributes;requirements-print\nf;name;stock\n",
            "requirements-print",
            "no attribute of the family 'stock'",
        ),
        ("family_variant", "code;family;variant-axes_1\nv;none;color\n", "family", "no family"),
        ("family_variant", "code;family;variant-axes_1\nv;shoes;name\n", "variant-axes_1", "axis"),
        ("family_variant", "code;family\nv;shoes\n", "variant-axes_1", "needs an axis"),
    ],
)
def test_a_row_that_contradicts_the_catalogue_is_refused(
    catalogue: Catalogue, job_type: str, text: str, column: str, reason: str
) -> None:
    result = catalogue.run(f"csv_{job_type}_import", text)
    assert result.counters["import"] == {"invalid": 1, "read": 1}
    assert result.samples[0]["column"] == column
    assert reason in result.samples[0]["reason"]


def test_a_child_may_follow_its_parent_in_the_same_file(catalogue: Catalogue) -> None:
    result = catalogue.run("csv_category_import", "code;parent\na;shop\nb;a\nc;b\n")
    assert result.counters["import"] == {"created": 3, "read": 3}


def test_structure_merges_like_products_do(catalogue: Catalogue) -> None:
    labels = "code;label-en_US;label-fr_FR\nshop;Shop;Boutique\n"
    assert catalogue.run("csv_category_import", labels).counters["import"]["updated"] == 1
    assert catalogue.run("csv_category_import", labels).counters["import"]["unchanged"] == 1
    cleared = catalogue.run("csv_category_import", "code;label-fr_FR\nshop;\n")
    assert cleared.counters["import"]["updated"] == 1
    assert catalogue.run("csv_category_import", "code;label-en_US\nshop;Shop\n").counters[
        "import"
    ] == {"read": 1, "unchanged": 1}


def test_an_unknown_column_fails_the_file(catalogue: Catalogue) -> None:
    result = catalogue.run("csv_family_import", "code;atributes\nf;name\n")
    assert (result.outcome, result.reason) == ("Failed", "InvalidHeader")
    assert "Column 'atributes': unknown; known are code, attributes" in result.message
