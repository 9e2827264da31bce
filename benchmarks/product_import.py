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
import contextlib
import csv
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RUNNER = [sys.executable, "-m", "pimjob_runner.main"]
POSTGRES = Path("/usr/lib/postgresql/15/bin")
MIB = 2**20

ATTRIBUTES = [
    ("sku", "pim_catalog_identifier", 0, 0),
    ("name", "pim_catalog_text", 1, 0),
    ("description", "pim_catalog_textarea", 1, 1),
    ("brand", "pim_catalog_simpleselect", 0, 0),
    ("color", "pim_catalog_simpleselect", 0, 0),
    ("tags", "pim_catalog_multiselect", 0, 0),
    ("price", "pim_catalog_price_collection", 0, 0),
    ("weight", "pim_catalog_metric", 0, 0),
    ("stock", "pim_catalog_number", 0, 0),
    ("active", "pim_catalog_boolean", 0, 0),
    ("released", "pim_catalog_date", 0, 0),
    ("ean_text", "pim_catalog_text", 0, 0),
]
OPTIONS = {"brand": 200, "color": 40, "tags": 60}
COLUMNS = [
    "sku", "enabled", "family", "categories", "name-en_US", "name-fr_FR", "name-de_DE",
    "description-en_US-ecommerce", "description-fr_FR-ecommerce", "brand", "color", "tags",
    "price-EUR", "price-USD", "weight", "weight-unit", "stock", "active", "released", "ean_text",
]  # fmt: skip


@dataclass(frozen=True)
class Run:
    """What one job took. CPU and memory are those of the runner's processes together."""

    rows_per_second: float
    cpu_us: float
    peak_mib: float
    seconds: float


def write_structure(folder: Path) -> None:
    """Write the files that products are checked against."""
    _write(
        folder / "attributes.csv",
        ["code", "type", "localizable", "scopable", "metric_family", "default_metric_unit",
         "decimals_allowed"],
        [[code, kind, loc, scope, *(("Weight", "GRAM") if code == "weight" else ("", "")),
          int(code in {"price", "weight"})]
         for code, kind, loc, scope in ATTRIBUTES],
    )  # fmt: skip
    _write(
        folder / "attribute_options.csv",
        ["code", "attribute"],
        [[f"{code}_{n}", code] for code, count in OPTIONS.items() for n in range(count)],
    )
    _write(folder / "categories.csv", ["code"], [[f"category_{n}"] for n in range(50)])
    codes = ",".join(code for code, *_ in ATTRIBUTES)
    _write(
        folder / "families.csv", ["code", "attributes"], [[f"family_{n}", codes] for n in range(10)]
    )


def write_products(path: Path, rows: int, *, stock: int) -> None:
    """Write the products; `stock` shifts one value of each."""
    chance = random.Random(1)  # noqa: S311 - the same rows each time
    words = ["light", "strong", "compact", "classic", "durable", "soft", "quiet", "portable"]

    def row(number: int) -> list[Any]:
        text = " ".join(chance.choices(words, k=14))
        return [
            f"sku-{number:07d}", number % 2, f"family_{number % 10}",
            f"category_{number % 50},category_{(number * 7) % 50}",
            f"Product {number}", f"Produit {number}", f"Produkt {number}", text, f"FR {text}",
            f"brand_{chance.randrange(200)}", f"color_{number % 40}",
            f"tags_{number % 60},tags_{(number + 7) % 60}", f"{number % 900}.50",
            f"{number % 990}.95", chance.randrange(10, 9000), "GRAM", number % 1000 + stock,
            number % 2, f"20{10 + number % 15}-0{1 + number % 9}-1{number % 10}",
            f"{4_000_000_000_000 + number}",
        ]  # fmt: skip

    _write(path, COLUMNS, (row(number) for number in range(rows)))


def _write(path: Path, header: list[str], rows: Any) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def run_job(
    data: Path, database: str, job_type: str, file: str, runner: Sequence[str] = RUNNER
) -> Run:
    """Run one job to its end in a process of its own; fail if it didn't complete."""
    job = {
        "apiVersion": "pimjobs.dev/v1alpha1",
        "kind": "PimJob",
        "metadata": {"name": f"bench-{time.monotonic_ns()}"},
        "spec": {"type": job_type, "parameters": {"source": f"file:///data/in/{file}"}},
    }
    (data / "job.yaml").write_text(json.dumps(job), encoding="utf-8")
    command = [*runner, "run", str(data / "job.yaml"), "--data", str(data), "--json"]
    began = time.monotonic()
    process = subprocess.Popen([*command, "--database", database], stdout=subprocess.PIPE)
    with watched_memory(process.pid) as memory:
        output = process.stdout.read() if process.stdout else b""
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    result = json.loads(output.splitlines()[-1]) if output else {}
    if status != 0 or result.get("outcome") != "Completed":
        sys.exit(f"{job_type} {file}: exit {status}, {result}")
    read = max(step.get("counters", {}).get("read", 0) for step in result["status"]["steps"])
    return Run(
        rows_per_second=read / seconds,
        cpu_us=(usage.ru_utime + usage.ru_stime) * 1e6 / max(read, 1),
        peak_mib=max(memory, default=0.0),
        seconds=seconds,
    )


@contextlib.contextmanager
def watched_memory(pid: int) -> Iterator[list[float]]:
    """Measure the memory of a process and its children, in MiB, twenty times a second.

    Proportional: pages that both have from the fork count once.
    """
    found: list[float] = []
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            with contextlib.suppress(OSError):
                found.append(_memory(pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield found
    finally:
        ended.set()
        watcher.join()


def _memory(pid: int) -> float:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    kib = 0
    for own in (str(pid), *children):
        with contextlib.suppress(OSError):
            rollup = Path(f"/proc/{own}/smaps_rollup").read_text(encoding="ascii")
            kib += next(int(line.split()[1]) for line in rollup.splitlines() if "Pss:" in line)
    return kib / 1024


def run_plain(data: Path, database: str, file: str) -> float:
    """Run the plain import on a file; return rows per second."""
    kinds = {code: kind.removeprefix("pim_catalog_") for code, kind, *_ in ATTRIBUTES}
    kinds = {c: "price" if kind == "price_collection" else kind for c, kind in kinds.items()}
    options = {code: [f"{code}_{n}" for n in range(count)] for code, count in OPTIONS.items()}
    path = data / "in" / file
    if database.startswith("sqlite"):
        # A file of its own: the real import's is not to get larger.
        database = f"sqlite:///{data}/plain.db"
    command = [sys.executable, str(Path(__file__).with_name("plain_import.py")), database,
               str(path), json.dumps(kinds), json.dumps(options)]  # fmt: skip
    began = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    seconds = time.monotonic() - began
    with path.open("rb") as lines:
        return (sum(1 for _ in lines) - 1) / seconds


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


@contextlib.contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """Start a PostgreSQL of its own on loopback, with its defaults; end it afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    cluster = folder / "postgresql"
    cluster.mkdir()
    as_user: list[str] = []
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root.
        shutil.chown(cluster, "nobody")
        folder.chmod(0o755)
        as_user = ["setpriv", "--reuid=nobody", "--clear-groups"]
    subprocess.run(
        [*as_user, POSTGRES / "initdb", "-D", cluster, "-U", "pim", "--auth=trust", "-E", "UTF8"],
        check=True, capture_output=True,
    )  # fmt: skip
    server = subprocess.Popen(
        [*as_user, POSTGRES / "postgres", "-D", cluster, "-p", str(port), "-h", "127.0.0.1",
         "-k", str(cluster)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        ready = [POSTGRES / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
        while subprocess.run(ready, check=False).returncode != 0:
            time.sleep(0.1)
        yield f"postgresql://pim@127.0.0.1:{port}/postgres"
    finally:
        server.terminate()
        server.wait()


def import_structure(data: Path, database: str) -> None:
    """Import what products are checked against."""
    for name, file in (
        ("attribute", "attributes"),
        ("attribute_option", "attribute_options"),
        ("category", "categories"),
        ("family", "families"),
    ):
        run_job(data, database, f"csv_{name}_import", f"{file}.csv")


def measure(data: Path, database: str, rows: int) -> None:
    """Run everything and print a line each."""
    (data / "in").mkdir()
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
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        data = Path(folder) / "data"
        data.mkdir()
        if options.database == "sqlite":
            database = f"sqlite:///{data}/catalog.db"
        else:
            database = stack.enter_context(postgresql(Path(folder)))
        measure(data, database, options.rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
