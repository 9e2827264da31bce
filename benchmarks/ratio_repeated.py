"""A repeated import beside one of the same products from a file that is not known.

With more rows than the others: a known row takes so little that starts would outweigh it.
"""

from import_figures import Figure, less
from import_files import COLUMNS, product_rows, write_file
from import_lab import PRODUCTS, Lab
from ratio_simple import with_prefix, write_turned


def measure_repeated(lab: Lab, rows: int) -> list[Figure]:
    """Create products of its own, import them from another file, and from the first one."""

    def products() -> list[list[object]]:
        return list(with_prefix("repeated-", product_rows(rows, stock=0)))

    write_file(lab.file("repeated.csv"), COLUMNS, products())
    write_turned(lab, "other.csv", products(), by=-1)
    lab.run(PRODUCTS, "repeated.csv")
    unknown, known = (lab.run(PRODUCTS, name).seconds for name in ("other.csv", "repeated.csv"))
    start = lab.start_seconds()
    return [
        Figure(
            "a repeated import, nothing changed", rows / known, rows / unknown, "rows/s",
            "unchanged, unknown file", "5",
        ),
        Figure(
            "the same without the start", rows / less(known, start), rows / less(unknown, start),
            "rows/s", "unchanged, unknown file", "5", f"start {start:.2f} s",
        ),
    ]  # fmt: skip
