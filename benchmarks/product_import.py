"""How fast products are imported, with everything on, and what the machine could do at most.

Three runs of the real runner over files of the same products: create all, nothing
changed, one value changed in each. 20 columns: localizable and scopable texts,
selects checked against their options, a multi-select, prices, a metric with unit,
number, boolean, date. In the same run two things to compare with: the import that
somebody would write in an afternoon (plain_import.py), on the same files; and the raw
limit, the same rows, made ready before, into a table of the same columns and indexes.

Usage: python benchmarks/product_import.py --database sqlite|postgresql [--rows 300000]
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from import_files import COLUMNS, write_products, write_structure
from import_lab import catalogue, import_structure, run_job, run_plain


def raw_limit(data: Path, database: str) -> float:
    """Rows per second of plain inserts of the finished rows into an equal table."""
    from pimjob_runner.stores.url import open_database  # noqa: PLC0415 - after the runs

    store = open_database(database)
    columns = "uuid, identifier, family, parent, enabled, categories, groups, raw_values, version"
    with store.transaction() as transaction:
        kind = {"sqlite": ("TEXT", "TEXT"), "postgresql": ("UUID", "JSON")}[store.dialect]
        texts = "CAST(uuid AS TEXT), identifier, family, parent, enabled, CAST(categories AS TEXT),"
        texts += " CAST(groups AS TEXT), CAST(raw_values AS TEXT), version"
        rows = transaction.query(f"SELECT {texts} FROM product")  # noqa: S608 - constants
        transaction.execute(
            f"CREATE TABLE raw_limit (uuid {kind[0]} PRIMARY KEY, identifier TEXT UNIQUE,"
            f" family TEXT, parent TEXT, enabled BOOLEAN, categories {kind[1]}, groups {kind[1]},"
            f" raw_values {kind[1]}, version INTEGER)"
        )
        transaction.execute("CREATE INDEX raw_limit_by_family ON raw_limit (family)")
    began = time.monotonic()
    for start in range(0, len(rows), 5000):
        with store.transaction() as transaction:
            _insert_raw(store.dialect, transaction, columns, rows[start : start + 5000])
    seconds = time.monotonic() - began
    store.close()
    del data
    return len(rows) / seconds


def _insert_raw(dialect: str, transaction: Any, columns: str, rows: list[Any]) -> None:
    if dialect == "sqlite":
        transaction.execute_many(
            f"INSERT INTO raw_limit ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - constants
            rows,
        )
        return
    with (
        transaction.connection.cursor() as cursor,
        cursor.copy(f"COPY raw_limit ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)


def measure(data: Path, database: str, rows: int) -> None:
    """Run everything and print a line each."""
    write_structure(data / "in")
    write_products(data / "in" / "products.csv", rows, stock=0)
    write_products(data / "in" / "changed.csv", rows, stock=1)
    import_structure(data, database)
    print(f"{'':14}{'rows/s':>10}{'plain':>10}{'ratio':>7}{'CPU us/row':>12}{'peak MiB':>10}"
          f"{'seconds':>9}")  # fmt: skip
    for title, file in (
        ("created", "products.csv"),
        ("unchanged", "products.csv"),
        ("one changed", "changed.csv"),
    ):
        run = run_job(data, database, "csv_product_import", file)
        plain = run_plain(data, database, file)
        print(f"{title:14}{run.rows_per_second:10,.0f}{plain:10,.0f}"
              f"{run.rows_per_second / plain:7.2f}{run.cpu_us:12.1f}{run.peak_mib:10.0f}"
              f"{run.seconds:9.1f}", flush=True)  # fmt: skip
    print(f"{'raw inserts':14}{raw_limit(data, database):10,.0f}")


def main() -> int:
    """Run one database."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=("sqlite", "postgresql"), required=True)
    parser.add_argument("--rows", type=int, default=300_000)
    options = parser.parse_args()
    print(f"{options.rows:,} rows, {len(COLUMNS)} columns, {options.database}; whole process,"
          " start and validation included")  # fmt: skip
    with catalogue(options.database) as (data, database):
        measure(data, database, options.rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
