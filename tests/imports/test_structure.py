"""Imports of attributes, options, categories, families and their variants."""

import pytest

from support.catalogue import Catalogue


@pytest.mark.parametrize(
    ("job_type", "text", "column", "reason"),
    [
        ("attribute", "code;type\nwith-dash;pim_catalog_text\n", "code", "only letters"),
        ("attribute", "code;type\nx;text\n", "type", "there is no type of attribute"),
        ("attribute", "code;type\nname;pim_catalog_number\n", "type", "it cannot be changed"),
        ("attribute", "code;type\nid2;pim_catalog_identifier\n", "type", "sku is the identifier"),
        (
            "attribute",
            "code;type;metric_family;default_metric_unit\nm;pim_catalog_metric;Weight;LITER\n",
            "default_metric_unit",
            "no unit of Weight",
        ),
        ("attribute", "code;type;unique\nx;pim_catalog_text;yes\n", "unique", "write 1 or 0"),
        (
            "attribute",
            "code;type;unique\nx;pim_catalog_textarea;1\n",
            "unique",
            "values of pim_catalog_textarea cannot be unique",
        ),
        (
            "attribute",
            "code;type;unique;localizable\nx;pim_catalog_text;1;1\n",
            "unique",
            "differ by locale or channel",
        ),
        ("attribute", "code;type;number_min\nx;pim_catalog_number;low\n", "number_min", "1234.5"),
        ("attribute", "code;type;date_max\nx;pim_catalog_date;31.12.2024\n", "date_max", "yyyy"),
        (
            "attribute",
            "code;type;max_characters\nx;pim_catalog_text;256\n",
            "max_characters",
            "at most 255",
        ),
        (
            "attribute",
            "code;type;validation_rule\nx;pim_catalog_text;uppercase\n",
            "validation_rule",
            "not one of email, url, regexp",
        ),
        (
            "attribute",
            "code;type;validation_rule;validation_regexp\nx;pim_catalog_text;regexp;(?=a)\n",
            "validation_regexp",
            "look-around and back-references",
        ),
        (
            "attribute",
            "code;type;validation_rule;validation_regexp\nx;pim_catalog_text;regexp;/a/x\n",
            "validation_regexp",
            "flag 'x' is not supported",
        ),
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
        (
            "family_variant",
            "code;family;variant-axes_2\nv;shoes;color\n",
            "variant-axes_1",
            "level 1 needs an axis",
        ),
        (
            "family_variant",
            (
                "code;family;variant-axes_1;variant-attributes_1;variant-axes_2;variant-attributes_2\n"
                "v;shoes;color;stock;size;stock\n"
            ),
            "variant-attributes_2",
            "it is on level 1 already",
        ),
        (
            "family_variant",
            "code;variant-axes_1\nby_color;size\n",
            "variant-axes_1",
            "the axes are color and stay so",
        ),
        (
            "family_variant",
            "code;family\nby_color;other\n",
            "family",
            "it cannot be changed once it exists: it is shoes",
        ),
    ],
)
def test_a_row_that_contradicts_the_catalogue_is_refused(
    catalogue: Catalogue, job_type: str, text: str, column: str, reason: str
) -> None:
    result = catalogue.run(f"csv_{job_type}_import", text)
    assert result.counters["import"] == {"invalid": 1, "read": 1}
    assert column in [sample["column"] for sample in result.samples]
    assert any(reason in sample["reason"] for sample in result.samples)


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
    assert "Column 'atributes': unknown (the nearest is attributes)." in result.message


def test_a_unique_attribute_is_the_products_own(catalogue: Catalogue) -> None:
    variants = "code;family;variant-axes_1\nplain;shoes;color\n"
    assert catalogue.run("csv_family_variant_import", variants).samples == []
    catalogue.run("csv_product_model_import", "code;family_variant;ean\nm;plain;1\n")
    catalogue.run("csv_product_import", "sku;parent;color;ean\np;m;red;2\n")
    assert set(catalogue.values("p")) == {"color", "ean"}


def test_options_of_two_attributes_may_have_the_same_code(catalogue: Catalogue) -> None:
    again = "attribute;code;sort_order\ncolor;s;1\nsize;s;2\ncolor;s;1\n"
    result = catalogue.run("csv_attribute_option_import", again)
    assert result.counters["import"] == {"created": 1, "read": 3, "unchanged": 1, "updated": 1}


@pytest.mark.parametrize(
    ("rule", "good", "bad", "reason"),
    [
        ("url;", "HTTPS://x.org/a?b#c", "ftp://x.org", "not a valid url"),
        ("email;", "a.b@x.org", "a@b@x", "not a valid email"),
        ("regexp;/^[a-z]{2}$/i", "Ab", "abc", "it does not match /^[a-z]{2}$/i"),
        ("regexp;^(a+)+$", "aa", "a" * 254 + "!", "it does not match ^(a+)+$"),
    ],
)
def test_texts_follow_their_rule(
    catalogue: Catalogue, rule: str, good: str, bad: str, reason: str
) -> None:
    header = "code;type;validation_rule;validation_regexp"
    catalogue.run("csv_attribute_import", f"{header}\nchecked;pim_catalog_text;{rule}\n")
    result = catalogue.run("csv_product_import", f"sku;checked\ngood;{good}\nbad;{bad}\n")
    assert [sample["reason"] for sample in result.samples] == [reason]
    assert set(catalogue.products()) == {"good"}
