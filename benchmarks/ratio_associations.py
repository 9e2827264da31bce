"""Associations: three targets of each product, in a file that says little else."""

from import_figures import Figure
from import_files import product_rows, write_file
from import_lab import PRODUCTS, Lab
from ratio_simple import Simple, beside

_COLUMNS = ["sku", "enabled", "family", "categories", "X_SELL-products", "PACK-products"]


def measure_associations(lab: Lab, rows: int, simple: Simple) -> list[Figure]:
    """Set associations of the products that are there, then other ones, then the same."""
    found: list[Figure] = []
    _write(lab, "associations.csv", rows, shift=0)
    _write(lab, "associations_changed.csv", rows, shift=1)
    for title, doing, file in (
        ("set", "changed", "associations.csv"),
        ("changed", "changed", "associations_changed.csv"),
        ("repeated", "unchanged", "associations_changed.csv"),
    ):
        # The plain import knows no associations: it is told what it takes for the rest.
        rates = lab.run(PRODUCTS, file).rows_per_second, lab.plain(file)
        found += beside(f"associations, {title}", rates, simple, doing, "0.5")
    return found


def _write(lab: Lab, name: str, rows: int, *, shift: int) -> None:
    def other(number: int) -> str:
        return f"sku-{(number + shift) % rows:07d}"

    write_file(
        lab.file(name),
        _COLUMNS,
        (
            [*cells[:4], f"{other(number * 7)},{other(number * 11)}", other(number * 13)]
            for number, cells in enumerate(product_rows(rows, stock=0))
        ),
    )
