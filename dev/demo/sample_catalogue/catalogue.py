"""The whole sample: every file with its bytes, and what is expected of it."""

from dataclasses import dataclass
from typing import Any, Final

from sample_catalogue.assortment import make_assortment, simple_products
from sample_catalogue.attributes import attributes
from sample_catalogue.bad_rows import bad_rows, scattered
from sample_catalogue.categories import categories
from sample_catalogue.expected import (
    canonical,
    digest,
    expected_file,
    json_lines,
    model_record,
    product_record,
    structure_keys,
)
from sample_catalogue.families import families
from sample_catalogue.flat_files import FlatFile
from sample_catalogue.links import add_links
from sample_catalogue.media import media_files
from sample_catalogue.product_files import good_rows, models_file, products_file
from sample_catalogue.structure_files import (
    attributes_file,
    categories_file,
    families_file,
    family_variants_file,
    options_file,
)

JOB_TYPES: Final = {
    "attributes.csv": "csv_attribute_import",
    "attribute_options.csv": "csv_attribute_option_import",
    "categories.csv": "csv_category_import",
    "families.csv": "csv_family_import",
    "family_variants.csv": "csv_family_variant_import",
    "product_models.csv": "csv_product_model_import",
    "products.csv": "csv_product_import",
}
"""The files in the order of their import."""

TEMPLATES: Final = 20
"""So many products serve as templates of the bad rows."""
FORMAT: Final = 2
"""Raised when the generator writes other files for the same arguments."""


@dataclass(frozen=True)
class Catalogue:
    """Path to content, relative to the folder of the files."""

    files: dict[str, bytes]
    expected: dict[str, Any]


def make_catalogue(products: int, seed: int) -> Catalogue:
    """Make everything for so many good products."""
    assortment = make_assortment(products, seed)
    add_links(assortment, seed)
    found = attributes()
    bad = bad_rows(simple_products(TEMPLATES, seed))
    flat = [
        attributes_file(found),
        options_file(found),
        categories_file(categories()),
        families_file(families()),
        family_variants_file(families()),
        models_file(assortment.models, found),
        products_file(scattered(good_rows(assortment.products), bad), found),
    ]
    records = {
        "expected/products.jsonl": json_lines(map(product_record, assortment.products)),
        "expected/product_models.jsonl": json_lines(map(model_record, assortment.models)),
    }
    described = {
        file.name: expected_file(file, JOB_TYPES[file.name], bad if file is flat[-1] else [])
        for file in flat
    }
    records["expected/structure.json"] = structure_keys(flat[:-2]) + "\n"
    expected = {
        "format": FORMAT,
        "products": products,
        "seed": seed,
        "files": described,
        "catalogue": {name: digest(text) for name, text in records.items()},
    }
    media = media_files([*assortment.products, *assortment.models])
    return Catalogue({**_encoded(flat), **_texts(records), **media}, expected)


def _encoded(flat: list[FlatFile]) -> dict[str, bytes]:
    return {file.name: ("\n".join(file.records()) + "\n").encode() for file in flat}


def _texts(records: dict[str, str]) -> dict[str, bytes]:
    return {name: text.encode() for name, text in records.items()}


def expected_json(catalogue: Catalogue) -> bytes:
    """Return expected.json, written last: where it is, all files are."""
    return (canonical(catalogue.expected) + "\n").encode()
