"""The files that the benchmarks import: a structure, and products of twenty columns."""

import csv
import random
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

ATTRIBUTES = [
    ("sku", "pim_catalog_identifier", 0, 0),
    ("name", "pim_catalog_text", 1, 0),
    ("description", "pim_catalog_textarea", 1, 1),
    ("brand", "pim_catalog_simpleselect", 0, 0),
    ("color", "pim_catalog_simpleselect", 0, 0),
    ("tags", "pim_catalog_multiselect", 0, 0),
    ("price", "pim_catalog_price_collection", 0, 0),
    ("weight", "pim_catalog_metric", 0, 0),
    ("stock", "pim_catalog_number", 0, 0),
    ("active", "pim_catalog_boolean", 0, 0),
    ("released", "pim_catalog_date", 0, 0),
    ("ean_text", "pim_catalog_text", 0, 0),
    ("ean", "pim_catalog_text", 0, 0),
]
UNIQUE = "ean"
"""No column of the usual file."""
OPTIONS = {"brand": 200, "color": 40, "tags": 60}
COLUMNS = [
    "sku", "enabled", "family", "categories", "name-en_US", "name-fr_FR", "name-de_DE",
    "description-en_US-ecommerce", "description-fr_FR-ecommerce", "brand", "color", "tags",
    "price-EUR", "price-USD", "weight", "weight-unit", "stock", "active", "released", "ean_text",
]  # fmt: skip


def write_structure(folder: Path) -> None:
    """Write the files that products are checked against."""
    write_file(
        folder / "attributes.csv",
        ["code", "type", "localizable", "scopable", "metric_family", "default_metric_unit",
         "decimals_allowed", "unique"],
        [[code, kind, loc, scope, *(("Weight", "GRAM") if code == "weight" else ("", "")),
          int(code in {"price", "weight"}), int(code == UNIQUE)]
         for code, kind, loc, scope in ATTRIBUTES],
    )  # fmt: skip
    write_file(
        folder / "attribute_options.csv",
        ["code", "attribute"],
        [[f"{code}_{n}", code] for code, count in OPTIONS.items() for n in range(count)],
    )
    write_file(folder / "categories.csv", ["code"], [[f"category_{n}"] for n in range(50)])
    codes = ",".join(code for code, *_ in ATTRIBUTES)
    write_file(
        folder / "families.csv", ["code", "attributes"], [[f"family_{n}", codes] for n in range(10)]
    )


def write_products(path: Path, rows: int, *, stock: int) -> None:
    """Write the products; `stock` shifts one value of each."""
    write_file(path, COLUMNS, product_rows(rows, stock=stock))


def product_rows(rows: int, *, stock: int) -> Iterator[list[Any]]:
    """Yield the cells of products, in the order of `COLUMNS`: the same ones each time."""
    chance = random.Random(1)  # noqa: S311 - the same rows each time
    words = ["light", "strong", "compact", "classic", "durable", "soft", "quiet", "portable"]
    for number in range(rows):
        text = " ".join(chance.choices(words, k=14))
        yield [
            f"sku-{number:07d}", number % 2, f"family_{number % 10}",
            f"category_{number % 50},category_{(number * 7) % 50}",
            f"Product {number}", f"Produit {number}", f"Produkt {number}", text, f"FR {text}",
            f"brand_{chance.randrange(200)}", f"color_{number % 40}",
            f"tags_{number % 60},tags_{(number + 7) % 60}", f"{number % 900}.50",
            f"{number % 990}.95", chance.randrange(10, 9000), "GRAM", number % 1000 + stock,
            number % 2, f"20{10 + number % 15}-0{1 + number % 9}-1{number % 10}",
            f"{4_000_000_000_000 + number}",
        ]  # fmt: skip


def write_file(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a CSV file as imports expect it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
