"""Reference data and records of reference entities are options of their attribute."""

import pytest

from support.catalogue import Catalogue

ATTRIBUTES = """\
code;type;reference_data_name;localizable
fabric;pim_reference_data_simpleselect;fabrics;0
colours;pim_reference_data_multiselect;colours;0
brand;akeneo_reference_entity;brand;0
designers;akeneo_reference_entity_collection;designer;1
"""
RECORDS = """\
attribute;code;label-en_US
fabric;Leather;Leather
colours;red;Red
colours;blue;Blue
brand;Nike;Nike
brand;Puma;Puma
designers;ada;Ada
designers;bob;Bob
"""


@pytest.fixture
def records(catalogue: Catalogue) -> Catalogue:
    """The catalogue with an attribute of each such type, and its records."""
    for job_type, text in (
        ("csv_attribute_import", ATTRIBUTES),
        ("csv_attribute_option_import", RECORDS),
    ):
        result = catalogue.run(job_type, text)
        assert (result.outcome, result.samples) == ("Completed", [])
    return catalogue


def test_values_name_records_whatever_their_case_and_order(records: Catalogue) -> None:
    text = "sku;fabric;colours;brand;designers-en_US\na;leather;red,blue;NIKE;bob,ada\n"
    assert records.run("csv_product_import", text).samples == []

    assert records.values("a") == {
        "brand": {"<all_channels>": {"<all_locales>": "Nike"}},
        "colours": {"<all_channels>": {"<all_locales>": ["blue", "red"]}},
        "designers": {"<all_channels>": {"en_US": ["ada", "bob"]}},
        "fabric": {"<all_channels>": {"<all_locales>": "Leather"}},
    }
    again = "sku;colours;brand\na;blue,red;nike\n"
    assert records.run("csv_product_import", again).counters["import"]["unchanged"] == 1


def test_a_record_that_is_not_there_refuses_the_row(records: Catalogue) -> None:
    result = records.run("csv_product_import", "sku;brand\na;adidas\n")
    assert [s["reason"] for s in result.samples] == ["attribute brand has no option 'adidas'"]


@pytest.mark.parametrize(
    ("axis", "told"), [("brand", []), ("fabric", []), ("colours", ["it cannot be an axis"])]
)
def test_one_record_may_tell_variants_apart_several_may_not(
    records: Catalogue, axis: str, told: list[str]
) -> None:
    families = "code;attributes\nworn;name,brand,fabric,colours\n"
    assert records.run("csv_family_import", families).samples == []
    variants = f"code;family;variant-axes_1\nby_record;worn;{axis}\n"
    result = records.run("csv_family_variant_import", variants)
    assert [sample["reason"] for sample in result.samples] == told


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("pim_catalog_table", "tables are not supported"),
        ("pim_catalog_asset_collection", "collections of assets are not supported"),
        ("pim_catalog_txt", r"'pim_catalog_txt' (the nearest is pim_catalog_text)"),
    ],
)
def test_a_type_that_is_not_supported_is_refused_and_says_so(
    catalogue: Catalogue, kind: str, why: str
) -> None:
    result = catalogue.run("csv_attribute_import", f"code;type\nx;{kind}\nown;pim_catalog_text\n")
    assert result.counters["import"] == {"created": 1, "invalid": 1, "read": 2}
    assert why in result.samples[0]["reason"]
