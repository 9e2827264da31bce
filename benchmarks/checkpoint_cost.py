"""What checkpoints and fencing cost: the same import with them and without, in turn.

Without: the same transactions, but nothing in them of the job itself (no epoch
checked, no position, counters or warnings stored). One right after the other, each
round the other way round, because the machine's speed varies by much more than what
is measured: the result is the median of the rounds' ratios, of time and of CPU.

Usage: python benchmarks/checkpoint_cost.py [--rows 100000] [--rounds 9]
"""

import argparse
import statistics
import sys
from pathlib import Path

import import_files as files
import import_lab as lab

WITHOUT = """
import sys
from pimjob_runner.engine.checkpoint import Checkpoint
Checkpoint._fence = Checkpoint.save = Checkpoint.add_warnings = lambda *_: None
from pimjob_runner.main import main
sys.exit(main())
"""
RUNS = ("changed", "unchanged")
RUNNERS = {"with": lab.RUNNER, "without": [sys.executable, "-c", WITHOUT]}


def measure(folder: Path, database: str, rows: int, rounds: int) -> None:
    """Import the same products again and again; they are created only once."""
    files.write_structure(folder / "in")
    files.write_products(folder / "in" / "even.csv", rows, stock=0)
    files.write_products(folder / "in" / "odd.csv", rows, stock=1)
    lab.import_structure(folder, database)
    ratios: dict[str, list[tuple[float, float]]] = {what: [] for what in RUNS}
    for number in range(rounds):
        found: dict[tuple[str, str], lab.Run] = {}
        for title in sorted(RUNNERS, reverse=number % 2 == 1):
            lab.run_job(folder, database, "csv_product_import", "odd.csv")
            for what in RUNS:
                found[what, title] = lab.run_job(
                    folder, database, "csv_product_import", "even.csv", RUNNERS[title]
                )
        for what in RUNS:
            one, other = found[what, "with"], found[what, "without"]
            ratios[what].append((one.seconds / other.seconds, one.cpu_us / other.cpu_us))
    for what, pairs in ratios.items():
        texts = (
            f"{name} {statistics.median(values) - 1:+.1%} ({min(values) - 1:+.0%} to"
            f" {max(values) - 1:+.0%})"
            for name, values in zip(("time", "CPU"), zip(*pairs, strict=True), strict=True)
        )
        print(f"  {what:10} with, against without: {', '.join(texts)}", flush=True)


def main() -> int:
    """Run both databases."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000, help="default 100,000")
    parser.add_argument("--rounds", type=int, default=9, help="default 9")
    options = parser.parse_args()
    for kind in ("sqlite", "postgresql"):
        print(f"{kind}, {options.rows:,} rows", flush=True)
        with lab.catalogue(kind) as (data, database):
            measure(data, database, options.rows, options.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
