"""Simple products beside the plain import, and a repeated import beside an unknown file."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from import_figures import Figure, less
from import_files import COLUMNS, product_rows, write_file, write_products
from import_lab import PRODUCTS, Lab

_FIRST = 4
"""Columns that the plain import finds by their place."""


@dataclass
class Simple:
    """What simple products reach: rows per second, by what the rows do."""

    lab: Lab
    rows: int
    figures: list[Figure] = field(default_factory=list)
    rates: dict[str, float] = field(default_factory=dict)
    stock: int = 1
    last: str = "changed.csv"

    def again(self, doing: str) -> float:
        """Return the rate now: the machine's own speed changes within minutes."""
        if doing != "repeated":
            self.stock += 1
            self.last = f"again_{self.stock}.csv"
            rows = product_rows(self.rows, stock=self.stock)
            # New products are those of this file alone.
            prefix = f"{self.stock}-" if doing == "created" else ""
            cells = ([f"{prefix}{c[0]}", *c[1:]] for c in rows)
            write_file(self.lab.file(self.last), COLUMNS, cells)
        return self.lab.run(PRODUCTS, self.last).rows_per_second


def measure_simple(lab: Lab, rows: int) -> Simple:
    """Create products, repeat that, import them from another file, change them."""
    write_products(lab.file("products.csv"), rows, stock=0)
    write_products(lab.file("changed.csv"), rows, stock=1)
    _write_turned(lab, rows)
    found = Simple(lab, rows)
    for what, file, goal in (
        ("created", "products.csv", "1.4 · SQLite 1.5"),
        # The other order of columns makes it a file whose rows nobody has seen.
        ("unchanged", "turned.csv", "2.2 · SQLite 1.9"),
        ("repeated", "products.csv", ""),
        ("changed", "changed.csv", "1.1 · SQLite 1.5"),
    ):
        if what == "repeated":
            # What is remembered may be remembered by the first repetition only.
            lab.run(PRODUCTS, file)
        rate = lab.run(PRODUCTS, file).rows_per_second
        plain = lab.plain(file)
        found.rates[what] = rate
        found.figures.append(Figure(f"simple, {what}", rate, plain, "rows/s", "plain", goal))
    start = lab.start_seconds()
    found.figures += [
        Figure(
            "a repeated import, nothing changed", found.rates["repeated"],
            found.rates["unchanged"], "rows/s", "unchanged, unknown file", "5",
        ),
        Figure(
            "the same without the start", _without(start, rows, found.rates["repeated"]),
            _without(start, rows, found.rates["unchanged"]), "rows/s",
            "unchanged, unknown file", "5", f"start {start:.2f} s",
        ),
    ]  # fmt: skip
    return found


def beside(
    what: str, rates: tuple[float, float], simple: Simple, doing: str, goal: str
) -> Sequence[Figure]:
    """Return a rate beside the plain import's on the same file, and beside simple products.

    Those are imported right now, so that the two are a pair.
    """
    rate, plain = rates
    return [
        Figure(what, rate, plain, "rows/s", "plain"),
        Figure(what, rate, simple.again(doing), "rows/s", f"simple, {doing}", goal),
    ]


def _without(start: float, rows: int, rate: float) -> float:
    return rows / less(rows / rate, start)


def _write_turned(lab: Lab, rows: int) -> None:
    """Write the same products with the columns of their values the other way round."""

    def turned(cells: Sequence[object]) -> list[object]:
        return [*cells[:_FIRST], *reversed(cells[_FIRST:])]

    write_file(
        lab.file("turned.csv"),
        [*COLUMNS[:_FIRST], *reversed(COLUMNS[_FIRST:])],
        (turned(cells) for cells in product_rows(rows, stock=0)),
    )
