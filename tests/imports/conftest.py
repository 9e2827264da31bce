"""A catalogue with one attribute of each type, on each database."""

from pathlib import Path

import pytest

from support.catalogue import Catalogue

ATTRIBUTES = """\
code;type;localizable;scopable;available_locales;metric_family;default_metric_unit;max_characters;decimals_allowed;negative_allowed;unique;allowed_extensions;number_max;date_min
sku;pim_catalog_identifier;0;0;;;;;;;1;;;
name;pim_catalog_text;1;0;;;;10;;;0;;;
title;pim_catalog_text;1;1;;;;;;;0;;;
note;pim_catalog_textarea;0;1;;;;;;;0;;;
legal;pim_catalog_text;1;0;de_DE;;;;;;0;;;
ean;pim_catalog_text;0;0;;;;;;;1;;;
stock;pim_catalog_number;0;0;;;;;0;0;0;;1000;
ratio;pim_catalog_number;0;0;;;;;1;1;0;;;
active;pim_catalog_boolean;0;0;;;;;;;0;;;
released;pim_catalog_date;0;0;;;;;;;0;;;2000-01-01
color;pim_catalog_simpleselect;0;0;;;;;;;0;;;
size;pim_catalog_simpleselect;0;0;;;;;;;0;;;
tags;pim_catalog_multiselect;0;0;;;;;;;0;;;
price;pim_catalog_price_collection;0;0;;;;;1;;0;;;
weight;pim_catalog_metric;0;0;;Weight;GRAM;;1;0;0;;;
picture;pim_catalog_image;0;0;;;;;;;0;png,jpg;;
manual;pim_catalog_file;0;0;;;;;;;0;pdf;;
"""
OPTIONS = """\
attribute;code
color;red
color;blue
size;s
size;m
tags;new
tags;hot
"""
CATEGORIES = "code;parent\nshop;\nshoes;shop\n"
FAMILIES = "code;attributes\nshoes;name,title,stock,color,size,price,ean\nother;name\n"
VARIANTS = """\
code;family;variant-axes_1;variant-attributes_1;variant-axes_2;variant-attributes_2
by_color;shoes;color;stock,ean;;
by_both;shoes;color;title;size;stock,ean
"""


@pytest.fixture
def empty(tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]) -> Catalogue:
    """A catalogue with the default structure only."""
    return Catalogue(tmp_path / "data", database_url, capsys)


@pytest.fixture
def catalogue(empty: Catalogue) -> Catalogue:
    """A catalogue with a structure and no products."""
    for job_type, text in (
        ("csv_attribute_import", ATTRIBUTES),
        ("csv_attribute_option_import", OPTIONS),
        ("csv_category_import", CATEGORIES),
        ("csv_family_import", FAMILIES),
        ("csv_family_variant_import", VARIANTS),
    ):
        result = empty.run(job_type, text)
        assert (result.outcome, result.samples) == ("Completed", [])
    return empty
