"""Imports of products of every kind, each as a ratio to something of the same run.

Simple products beside the plain import (plain_import.py); variants, unique attributes
that change and associations beside simple products and the plain import; the 10,000th
child of a parent beside the 10th; a repeated import beside one of the same products in
a file that is not known; on PostgreSQL three imports at once beside one after the other.

Only job types and files are used. What is compared runs right after each other; each
round has a catalogue of its own, and the table tells the round in the middle. Rates are
those of whole processes: with few rows, or on a busy machine, they tell of starts.

Usage: python benchmarks/import_ratios.py [--database sqlite|postgresql] [--quick]
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from import_figures import Figure, by_rounds, head, line, table
from import_lab import new_lab
from ratio_associations import measure_associations
from ratio_at_once import measure_at_once
from ratio_children import measure_children
from ratio_repeated import measure_repeated
from ratio_simple import measure_simple
from ratio_unique import measure_unique
from ratio_variants import measure_variants


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How much is imported."""

    rows: int
    repeated: int
    at_once: int
    child: int
    rounds: int


FULL = Sizes(rows=60_000, repeated=300_000, at_once=8_000, child=10_000, rounds=3)
QUICK = Sizes(rows=1_000, repeated=1_000, at_once=500, child=200, rounds=1)


def one_round(kind: str, sizes: Sizes) -> Iterator[Figure]:
    """Measure everything once, in a new catalogue; yield each figure as soon as it is known."""
    with new_lab(kind) as lab:
        simple = measure_simple(lab, sizes.rows)
        yield from simple.figures
        yield from measure_variants(lab, sizes.rows, simple)
        yield from measure_unique(lab, sizes.rows, simple)
        yield from measure_associations(lab, sizes.rows, simple)
        if kind == "postgresql":
            yield from measure_at_once(lab, sizes.at_once)
        yield from measure_children(lab, sizes.child)
        yield from measure_repeated(lab, sizes.repeated)


def told(figures: Iterator[Figure]) -> list[Figure]:
    """Return figures, telling each on standard error meanwhile: a round takes minutes."""
    found = []
    for figure in figures:
        print(line(figure), file=sys.stderr, flush=True)
        found.append(figure)
    return found


def report(kind: str, sizes: Sizes, command: str) -> None:
    """Run the rounds on one database and print its table."""
    print(
        f"\n{kind}: {sizes.rows:,} rows, medians of {sizes.rounds}; {head(command)}\n", flush=True
    )
    print(table(by_rounds([told(one_round(kind, sizes)) for _ in range(sizes.rounds)])), flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one database or both."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=("sqlite", "postgresql"))
    parser.add_argument(
        "--quick",
        action="store_true",
        help="does it run at all? A start outweighs the rows: the ratios mean nothing",
    )
    parser.add_argument("--rows", type=int)
    parser.add_argument("--child", type=int, help="which child is compared with the 10th")
    parser.add_argument("--rounds", type=int)
    options = parser.parse_args(arguments)
    usual = QUICK if options.quick else FULL
    sizes = Sizes(
        rows=options.rows or usual.rows,
        repeated=usual.repeated,
        at_once=usual.at_once,
        child=options.child or usual.child,
        rounds=options.rounds or usual.rounds,
    )
    command = " ".join(["python benchmarks/import_ratios.py", *(arguments or sys.argv[1:])])
    for kind in [options.database] if options.database else ["sqlite", "postgresql"]:
        report(kind, sizes, command)
    return 0


if __name__ == "__main__":
    sys.exit(main())
