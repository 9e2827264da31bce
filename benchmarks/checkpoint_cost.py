"""What checkpoints and fencing cost: the same import with them and without, in turn.

Without: the same transactions, but nothing in them of the job itself (no epoch
checked, no position, counters or warnings stored). Rounds alternate, so that the
machine's moods meet both; the ratio is that of the medians.

Usage: python benchmarks/checkpoint_cost.py [--rows 100000] [--rounds 5]
"""

import argparse
import contextlib
import statistics
import sys
import tempfile
from pathlib import Path

import product_import as bench

WITHOUT = """
import sys
from pimjob_runner.engine.checkpoint import Checkpoint
Checkpoint.fence = Checkpoint.save = Checkpoint.add_warnings = lambda *_: None
from pimjob_runner.main import main
sys.exit(main())
"""
RUNS = ("changed", "unchanged")
RUNNERS = {"with": bench.RUNNER, "without": [sys.executable, "-c", WITHOUT]}


def measure(folder: Path, database: str, rows: int, rounds: int) -> None:
    """Import the same products again and again; they are created only once."""
    (folder / "in").mkdir()
    bench.write_structure(folder / "in")
    bench.write_products(folder / "in" / "even.csv", rows, stock=0)
    bench.write_products(folder / "in" / "odd.csv", rows, stock=1)
    bench.import_structure(folder, database)
    seconds: dict[tuple[str, str], list[float]] = {}
    for number in range(rounds):
        for title, runner in RUNNERS.items():
            bench.run_job(folder, database, "csv_product_import", "odd.csv")
            for what in RUNS:
                run = bench.run_job(folder, database, "csv_product_import", "even.csv", runner)
                seconds.setdefault((what, title), []).append(run.seconds)
        print(f"  round {number + 1} of {rounds}", flush=True)
    for what in RUNS:
        one, other = (statistics.median(seconds[what, title]) for title in RUNNERS)
        print(f"  {what:10} with {one:6.2f} s, without {other:6.2f} s: {one / other - 1:+.1%}")


def main() -> int:
    """Run both databases."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000, help="default 100,000")
    parser.add_argument("--rounds", type=int, default=5, help="default 5")
    options = parser.parse_args()
    for kind in ("sqlite", "postgresql"):
        print(f"{kind}, {options.rows:,} rows", flush=True)
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
            data = Path(folder) / "data"
            data.mkdir()
            database = f"sqlite:///{data}/catalog.db"
            if kind == "postgresql":
                database = stack.enter_context(bench.postgresql(Path(folder)))
            measure(data, database, options.rows, options.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
