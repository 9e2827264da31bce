"""Products with a unique attribute: each gets another value."""

from import_figures import Figure
from import_files import COLUMNS, UNIQUE, product_rows, write_file
from import_lab import PRODUCTS, Lab
from ratio_simple import Simple, beside


def measure_unique(lab: Lab, rows: int, simple: Simple) -> list[Figure]:
    """Create products with a unique value, then change all of these values."""
    found: list[Figure] = []
    for doing, first in (("created", 0), ("changed", rows)):
        _write(lab, f"unique_{doing}.csv", rows, first)
        file = f"unique_{doing}.csv"
        rates = lab.run(PRODUCTS, file).rows_per_second, lab.plain(file)
        found += beside(f"unique attribute, {doing}", rates, simple, doing, "0.5")
    return found


def _write(lab: Lab, name: str, rows: int, first: int) -> None:
    write_file(
        lab.file(name),
        [*COLUMNS, UNIQUE],
        (
            [f"unique-{number:07d}", *cells[1:], f"{5_000_000_000_000 + first + number}"]
            for number, cells in enumerate(product_rows(rows, stock=0))
        ),
    )
