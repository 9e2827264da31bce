"""The catalogue in which jobs meet: a little of everything."""

from support.meetings.job import Job

ATTRIBUTES = """\
code;type;localizable;scopable;unique;max_characters
sku;pim_catalog_identifier;0;0;1;
name;pim_catalog_text;0;0;0;
note;pim_catalog_text;0;0;0;
ean;pim_catalog_text;0;0;1;
color;pim_catalog_simpleselect;0;0;0;
size;pim_catalog_simpleselect;0;0;0;
"""
OPTIONS = "attribute;code\ncolor;red\ncolor;blue\nsize;s\nsize;m\n"
CATEGORIES = "code;parent\nshop;\na;\nb;\nc;\n"
FAMILIES = "code;attributes\nshoes;name,note,ean,color,size\nother;name\n"
VARIANTS = """\
code;family;variant-axes_1;variant-attributes_1;variant-axes_2;variant-attributes_2
by_color;shoes;color;note,ean;;
by_both;shoes;color;note;size;ean
"""
MODELS = """\
code;family_variant;parent;color;name
root;by_both;;;Root
red;by_both;root;red;
blue;by_both;root;blue;
flat;by_color;;;Flat
"""
PRODUCTS = """\
sku;uuid;parent;size;name;note;ean
p1;00000000-0000-4000-8000-000000000001;;;one;;1
p2;00000000-0000-4000-8000-000000000002;;;two;;2
p3;00000000-0000-4000-8000-000000000003;;;three;;3
v1;00000000-0000-4000-8000-000000000004;red;s;;;4
v2;00000000-0000-4000-8000-000000000005;blue;s;;;5
"""
UUIDS = {f"p{n}": f"00000000-0000-4000-8000-00000000000{n}" for n in (1, 2, 3)}

SHOP = [
    Job("shop-attributes", "csv_attribute_import", ATTRIBUTES),
    Job("shop-options", "csv_attribute_option_import", OPTIONS),
    Job("shop-categories", "csv_category_import", CATEGORIES),
    Job("shop-families", "csv_family_import", FAMILIES),
    Job("shop-variants", "csv_family_variant_import", VARIANTS),
    Job("shop-models", "csv_product_model_import", MODELS),
    Job("shop-products", "csv_product_import", PRODUCTS),
]


def products(name: str, text: str) -> Job:
    """Return an import of products."""
    return Job(name, "csv_product_import", text)


def models(name: str, text: str) -> Job:
    """Return an import of product models."""
    return Job(name, "csv_product_model_import", text)


def categories(name: str, text: str) -> Job:
    """Return an import of categories."""
    return Job(name, "csv_category_import", text)


def attributes(name: str, text: str) -> Job:
    """Return an import of attributes."""
    return Job(name, "csv_attribute_import", text)


def options(name: str, text: str) -> Job:
    """Return an import of options."""
    return Job(name, "csv_attribute_option_import", text)


def families(name: str, text: str) -> Job:
    """Return an import of families."""
    return Job(name, "csv_family_import", text)


def variants(name: str, text: str) -> Job:
    """Return an import of family variants."""
    return Job(name, "csv_family_variant_import", text)
