"""Simple products beside the plain import."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from import_figures import Figure
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
    stock: int = 1
    prefix: str = ""
    last: str = "changed.csv"
    turns: int = 0

    def again(self, doing: str) -> float:
        """Return the rate now: the machine's own speed changes within minutes."""
        if doing == "unchanged":
            self.turns += 1
            write_turned(self.lab, "turned.csv", self._rows(), by=self.turns)
            return self.lab.run(PRODUCTS, "turned.csv").rows_per_second
        if doing != "repeated":
            self.stock += 1
            self.last = f"again_{self.stock}.csv"
            # New products are those of this file alone.
            self.prefix = f"{self.stock}-" if doing == "created" else ""
            write_file(self.lab.file(self.last), COLUMNS, self._rows())
        return self.lab.run(PRODUCTS, self.last).rows_per_second

    def _rows(self) -> Iterator[list[Any]]:
        return with_prefix(self.prefix, product_rows(self.rows, stock=self.stock))


def with_prefix(prefix: str, rows: Iterable[list[Any]]) -> Iterator[list[Any]]:
    """Give products other identifiers."""
    return ([f"{prefix}{cells[0]}", *cells[1:]] for cells in rows)


def write_turned(lab: Lab, name: str, rows: Iterable[list[Any]], *, by: int) -> None:
    """Write products with the columns of their values in another order.

    So it is a file whose rows nobody has seen.
    """
    at = _FIRST + by % (len(COLUMNS) - _FIRST)

    def turned(cells: Sequence[Any]) -> list[Any]:
        return [*cells[:_FIRST], *cells[at:], *cells[_FIRST:at]]

    write_file(lab.file(name), turned(COLUMNS), map(turned, rows))


def measure_simple(lab: Lab, rows: int) -> Simple:
    """Create products, import them from an unknown file, repeat the first one, change them."""
    write_products(lab.file("products.csv"), rows, stock=0)
    write_products(lab.file("changed.csv"), rows, stock=1)
    write_turned(lab, "unknown.csv", product_rows(rows, stock=0), by=-1)
    found = Simple(lab, rows)
    for what, file, goal in (
        ("created", "products.csv", "1.4 · SQLite 1.5"),
        ("unchanged", "unknown.csv", "2.2 · SQLite 1.9"),
        ("repeated", "products.csv", ""),
        ("changed", "changed.csv", "1.1 · SQLite 1.5"),
    ):
        rate = lab.run(PRODUCTS, file).rows_per_second
        plain = lab.plain(file)
        found.figures.append(Figure(f"simple, {what}", rate, plain, "rows/s", "plain", goal))
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
