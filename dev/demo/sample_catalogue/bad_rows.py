"""Fifty rows that an import must refuse: ten kinds of mistakes that people make, five of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sample_catalogue.flat_files import Row
from sample_catalogue.invent import ean
from sample_catalogue.products import Product, product_cells

MULTI_LINE: Final = 'First line.\n\nThird line; with a semicolon and a "quote".'
FIRST_EAN: Final = 900_000
_LONG: Final = "An unforgettable product with a name that does not want to end. "

MISTAKES: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "unknown_family": ("family", ("camras", "sofa", "telescopes", "HEADPHONE", "coffee")),
    "unknown_option": ("origin", ("xx", "france", "DE-BY", "portugal ", "made in it")),
    "wrong_number": ("rank-print", ("twelve", "1.2.3", "12 pcs", "#REF!", "--4")),
    "wrong_date": (
        "released",
        ("31/12/2026", "2026-02-30", "tomorrow", "2026-13-01", "12-31-26"),
    ),
    "unknown_category": (
        "categories",
        ("cameras/mirrorless", "shop.sale", "autumn_1927", "kitchen", "Living room"),
    ),
    "missing_identifier": ("sku", ("", "", "", "", "")),
    "unknown_parent": (
        "parent",
        ("TSH-99999", "JAC-0001", "no-such-model", "SHO-99999-red", "TSH"),
    ),
    "wrong_unit": ("weight-unit", ("POUNDS", "CENTIMETER", "kilo", "GRAMS", "LITER")),
    "too_long_text": (
        "name-en_US",
        tuple(_LONG * times for times in (3, 4, 5, 6, 7)),
    ),
    "wrong_boolean": ("featured-mobile", ("maybe", "oui", "2", "ja", "x")),
}
"""Kind of mistake: the column that has it, and what it says in each of the rows."""


@dataclass(frozen=True)
class BadRow:
    """A row with one mistake."""

    kind: str
    column: str
    value: str
    cells: Row


def bad_rows(products: Sequence[Product]) -> list[BadRow]:
    """Return the rows, kinds in turn: copies of simple products, each with one mistake."""
    copies = range(len(next(iter(MISTAKES.values()))[1]))
    made: list[BadRow] = []
    for copy in copies:
        for kind, (column, values) in MISTAKES.items():
            product = products[len(made) % len(products)]
            made.append(_spoiled(product, kind, column, values[copy], len(made)))
    return made


def _spoiled(product: Product, kind: str, column: str, value: str, number: int) -> BadRow:
    links = (*product.links, *product.quantities)
    cells = {
        name: text
        for name, text in product_cells(product).items()
        if not (links and name.startswith(links))
    }
    cells["sku"] = f"{product.code}-BAD-{number:02d}"
    cells["ean"] = ean(FIRST_EAN + number)
    # Every third mistake sits in a record of several lines.
    if number % 3 == 0:
        cells["description-en_US-print"] = MULTI_LINE
    cells[column] = value
    return BadRow(kind, column, value, cells)


def scattered(good: Sequence[Row], bad: Sequence[BadRow]) -> list[Row]:
    """Return all rows: the bad ones evenly among the good ones."""
    rows: list[Row] = list(good)
    for number, row in reversed(list(enumerate(bad))):
        rows.insert((number + 1) * len(good) // (len(bad) + 1), row.cells)
    return rows
