"""products.csv and product_models.csv: the widest files, one column per value and currency."""

from collections.abc import Iterable, Sequence

from sample_catalogue.flat_files import FlatFile, Row
from sample_catalogue.products import Product, ProductModel, model_cells, product_cells
from sample_catalogue.structure import (
    ASSOCIATIONS,
    CURRENCIES,
    QUANTIFIED_ASSOCIATION,
    Attribute,
    Kind,
)
from sample_catalogue.values import columns

LINK_COLUMNS = (
    *(f"{kind}-{to}" for kind in ASSOCIATIONS for to in ("products", "product_models", "groups")),
    f"{QUANTIFIED_ASSOCIATION}-products",
    f"{QUANTIFIED_ASSOCIATION}-products-quantity",
)


def products_file(rows: Sequence[Row], attributes: Iterable[Attribute]) -> FlatFile:
    """Return products.csv with the given rows, good and bad."""
    head = ("sku", "enabled", "family", "parent", "categories", "groups")
    return FlatFile("products.csv", (*head, *_value_columns(attributes), *LINK_COLUMNS), rows)


def models_file(models: Iterable[ProductModel], attributes: Iterable[Attribute]) -> FlatFile:
    """Return product_models.csv."""
    used = {value.attribute.code for model in models for value in model.values}
    found = [attribute for attribute in attributes if attribute.code in used]
    head = ("code", "family_variant", "parent", "categories")
    rows = [model_cells(model) for model in models]
    return FlatFile("product_models.csv", (*head, *_value_columns(found), *LINK_COLUMNS), rows)


def _value_columns(attributes: Iterable[Attribute]) -> list[str]:
    return [
        column
        for attribute in attributes
        if attribute.kind is not Kind.IDENTIFIER
        for column in columns(attribute, CURRENCIES)
    ]


def good_rows(products: Iterable[Product]) -> list[Row]:
    """Return the rows of products."""
    return [product_cells(product) for product in products]
