"""Every kind of structure both ways: what is rendered is imported as what it was."""

from pathlib import Path

import jsonschema_rs
import pytest

from pimjob_runner.catalogue.entities.all import ENTITIES
from pimjob_runner.catalogue.entities.category import CATEGORY
from pimjob_runner.catalogue.entities.entity import Entity
from support.catalogue import Catalogue
from support.structure_files import another_database, file_of, rows_of

FILES = {
    "locale": "code\nes_ES\nzh_Hans_CN\n",
    "currency": "code;activated\nCHF;1\nSEK;0\n",
    "channel": """\
code;label-en_US;tree;locales;currencies;conversion_units
print;Print;shop;de_DE,en_US,es_ES,fr_FR;EUR,CHF;
web;Web;;en_US;USD;weight:KILOGRAM
""",
    "measurement_family": """\
code;label-en_US;units
Pages;Pages;PAGE,SHEET,REAM
Power;;WATT,VOLTAMPERE
""",
    "group_type": "code;label-en_US\nseason;Season\n",
    "group": "code;type;label-en_US\nwinter;season;Winter\n",
    "association_type": "code;is_two_way;is_quantified;label-en_US\nSET;0;1;Set\nTWIN;1;0;\n",
    "attribute_group": """\
code;sort_order;attributes;label-en_US
general;1;sku,name,price;General
looks;2;color,picture;Looks
""",
    "category": """\
code;parent;label-en_US
shop;;"The ""shop""; all of it"
shoes;shop;
hats;shop;Hats
""",
    "attribute": """\
code;type;label-en_US;label-de_DE;group;unique;useable_as_grid_filter;localizable;scopable;available_locales;max_characters;validation_rule;validation_regexp;number_min;number_max;decimals_allowed;negative_allowed;date_min;date_max;allowed_extensions;max_file_size;metric_family;default_metric_unit;reference_data_name;sort_order;wysiwyg_enabled;minimum_input_length
sku;pim_catalog_identifier;SKU;Artikelnummer;general;1;1;0;0;;;;;;;;;;;;;;;;1;;
name;pim_catalog_text;Name;;general;0;;1;0;;60;regexp;"/^[A-Z; ""]+$/i";;;;;;;;;;;;2;;3
legal;pim_catalog_textarea;;;;;;1;1;de_DE,fr_FR;1000;;;;;;;;;;;;;;;1;
stock;pim_catalog_number;Stock;;;0;0;0;0;;;;;-5;0010.50;1;1;;;;;;;;;;
released;pim_catalog_date;;;;;;;;;;;;;;;;2000-01-01;2030-12-31;;;;;;;;
picture;pim_catalog_image;;;;;;;;;;;;;;;;;;png,jpg;2.5;;;;;;
weight;pim_catalog_metric;;;;;;;;;;;;;;1;0;;;;;Weight;GRAM;;;;
color;pim_catalog_simpleselect;Colour;Farbe;;;;;;;;;;;;;;;;;;;;;;;
brand;akeneo_reference_entity;;;;;;;;;;;;;;;;;;;;;;brand;;;
active;pim_catalog_boolean;;;;;;;;;;;;;;;;;;;;;;;;;
price;pim_catalog_price_collection;;;;;;;;;;;;;;1;;;;;;;;;;;
""",
    "attribute_option": """\
attribute;code;sort_order;label-en_US
color;Red;2;Red
color;blue;1;
brand;blue;;"Blue, the brand"
""",
    "family": """\
code;label-en_US;attributes;attribute_as_label;attribute_as_image;requirements-print;requirements-mobile
shoes;Shoes;sku,name,color,brand,weight,stock,picture;name;picture;name,color;sku
hats;;sku;;;;
""",
    "family_variant": """\
code;family;label-en_US;variant-axes_1;variant-attributes_1;variant-axes_2;variant-attributes_2
by_both;shoes;Both;color,brand;name;weight;stock
by_color;shoes;;color;stock;;
""",
}  # fmt: skip

# Its locale is active by then.
LABELS = "code;label-es_ES\nshop;Tienda\n"


@pytest.fixture
def catalogue(tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]) -> Catalogue:
    """A catalogue with something of every kind."""
    found = Catalogue(tmp_path / "data", database_url, capsys)
    for entity in ENTITIES:
        result = found.run(f"csv_{entity.name}_import", FILES[entity.name])
        assert (result.outcome, result.samples) == ("Completed", [])
    assert found.run("csv_category_import", LABELS).samples == []
    return found


def test_what_is_rendered_makes_the_same_catalogue(catalogue: Catalogue, tmp_path: Path) -> None:
    """The categories twice: a channel has a tree, and makes the locale of a label active."""
    url = another_database(catalogue.database_url)
    other = Catalogue(tmp_path / "other", url, catalogue.output)
    files = [(entity, file_of(catalogue.database_url, entity)) for entity in ENTITIES]
    for entity, text in [*files, (CATEGORY, file_of(catalogue.database_url, CATEGORY))]:
        result = other.run(f"csv_{entity.name}_import", text)
        assert (entity.name, result.outcome, result.of_rows) == (entity.name, "Completed", [])
    for entity in ENTITIES:
        assert rows_of(url, entity) == rows_of(catalogue.database_url, entity)


def test_what_is_rendered_changes_nothing_in_its_own_catalogue(catalogue: Catalogue) -> None:
    for entity in ENTITIES:
        text = file_of(catalogue.database_url, entity)
        found = catalogue.run(f"csv_{entity.name}_import", text).counters["import"]
        assert (entity.name, found) == (
            entity.name,
            {"read": found["read"], "unchanged": found["read"]},
        )


def test_what_is_stored_is_as_the_schema_says(catalogue: Catalogue) -> None:
    for entity in ENTITIES:
        schema = jsonschema_rs.validator_for(entity.schema())
        for keys, data in rows_of(catalogue.database_url, entity):
            schema.validate(data | named(entity, keys))


def test_the_schema_knows_each_field_by_its_place() -> None:
    wrong = {
        "attribute": {"code": "x", "labels": {"en_US": 1}},
        "family": {"code": "x", "requirements": {"print": "name"}},
        "family_variant": {"code": "x", "levels": [{"axes": ["a"], "more": []}]},
        "category": {"parent": "x"},
        "group": {"code": "x"},
    }
    for entity in ENTITIES:
        if entity.name in wrong:
            assert not jsonschema_rs.validator_for(entity.schema()).is_valid(wrong[entity.name])


def named(entity: Entity, keys: tuple[str, ...]) -> dict[str, str]:
    return dict(zip([key.name for key in entity.keys], keys, strict=True))
