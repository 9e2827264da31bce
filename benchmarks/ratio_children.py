"""The cost of a row that creates the 10,000th child of a parent, beside the 10th.

A runner's start takes as long as thousands of rows. So many rows around each are
imported, and the start is taken off: children 1 to 19 of many parents, and as many
around the 10,000th of four. What is before those is there already.
"""

from import_figures import Figure, less
from import_lab import MODELS, PRODUCTS, Lab
from variant_files import write_children, write_models

_FEW = range(1, 20)
_LARGE = [f"large-{number}" for number in range(4)]


def measure_children(lab: Lab, child: int) -> list[Figure]:
    """Compare a child by its number with the 10th. Family variants are there."""
    rows = child // 2
    small = [f"small-{number:05d}" for number in range(len(_LARGE) * rows // len(_FEW))]
    write_models(lab.file("parents.csv"), "by_weight", [*_LARGE, *small])
    lab.run(MODELS, "parents.csv")
    first = child - rows // 2
    write_children(lab.file("before.csv"), range(1, first), _LARGE)
    write_children(lab.file("late.csv"), range(first, first + rows), _LARGE)
    write_children(lab.file("few.csv"), _FEW, small)
    lab.run(PRODUCTS, "before.csv")
    start = lab.start_seconds()
    few, late = (
        less(lab.run(PRODUCTS, file).seconds, start) / count * 1e6
        for file, count in (("few.csv", len(small) * len(_FEW)), ("late.csv", len(_LARGE) * rows))
    )
    return [
        Figure(
            f"child {child:,} of a parent", late, few, "us", "child 10", "at most 1.2",
            f"start {start:.2f} s taken off",
        )
    ]  # fmt: skip
