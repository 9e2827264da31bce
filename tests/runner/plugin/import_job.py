"""A small import of products that meets everything, on a catalogue that can be put back.

Rows that create, update, leave alone; rows refused by the reader, by the writer and
by the associations; a record of two lines; chunks of four.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pimjob_api.outcome import Outcome
from pimjob_api.phases import OutcomeKind
from pimjob_runner.engine import chunk_size
from pimjob_runner.engine.control import Control
from pimjob_runner.engine.progress import JobProgress
from pimjob_runner.launch import Launch, run
from pimjob_runner.stores.database import Database
from pimjob_runner.stores.url import open_database

JOB_ID = "5b6e"
CHUNK = 4
ATTRIBUTES = """\
code;type;localizable;scopable;unique
sku;pim_catalog_identifier;0;0;1
name;pim_catalog_text;0;0;0
ean;pim_catalog_text;0;0;1
"""
BEFORE = "sku;name;ean\nold-1;old;1\nold-2;old;2\nold-3;old;3\n"
PRODUCTS = """\
sku;enabled;name;ean;X_SELL-products;X_SELL-groups
old-1;1;new;1;old-2;
new-1;1;is new;11;;
bad sku,;1;refused by the reader;12;;
new-2;0;"of two
lines";13;old-1,new-1;
new-3;1;refused by the writer;1;;
old-2;1;changed;2;new-9;
old-3;1;old;3;;
new-4;1;target is missing;14;nobody;
new-5;maybe;refused by the reader;15;old-1;
new-1;1;changed again;16;old-3;
new-9;1;last but one;19;;
too;short
"""
ROWS = 12
TABLES = {"product": "uuid", "unique_value": "kind, scope, value"}
COLUMNS = {
    # All but the times.
    "product": (
        "uuid, identifier, identifier_key, family, parent, enabled, categories, groups,"
        " associations, quantified_associations, raw_values, version"
    ),
    "unique_value": "kind, scope, value, owner",
}


def small_chunks(items: int = CHUNK) -> None:
    """Let chunks have so many items. For the rest of this process."""
    chunk_size.FIRST = chunk_size.LARGEST = chunk_size.SMALLEST = items


def ignore(_progress: JobProgress) -> None:
    """Nobody listens."""


@dataclass(frozen=True)
class ImportJob:
    """The job on one database and one files volume."""

    database_url: str
    files_root: Path
    products: str = PRODUCTS

    def prepare(self) -> None:
        """Import what is there before, and remember it."""
        self._import("csv_attribute_import", "attributes.csv", ATTRIBUTES)
        self._import("csv_product_import", "before.csv", BEFORE)
        (self.files_root / "in" / "products.csv").write_text(self.products)
        with self.database() as database, database.transaction() as transaction:
            for table in TABLES:
                transaction.execute(f"CREATE TABLE {table}_before AS SELECT * FROM {table}")  # noqa: S608 - constants
        self.reset()

    def import_before(self) -> None:
        """Import the same rows by another job: so they are known."""
        self._import("csv_product_import", "same.csv", self.products)

    def reset(self) -> None:
        """Put everything back to where it was before the job."""
        with self.database() as database, database.transaction() as transaction:
            transaction.execute("DELETE FROM job_execution")
            for table in TABLES:
                transaction.execute(f"DELETE FROM {table}")  # noqa: S608 - constants
                transaction.execute(f"INSERT INTO {table} SELECT * FROM {table}_before")  # noqa: S608 - constants
        shutil.rmtree(self.files_root / "executions", ignore_errors=True)

    def run(
        self,
        attempt: int,
        connect: Callable[[str], Database] = open_database,
        listener: Callable[[JobProgress], None] = ignore,
    ) -> Outcome:
        """Run one attempt."""
        launch = self._launch(JOB_ID, "csv_product_import", "products.csv", attempt)
        return run(launch, Control(), listener, connect)

    def database(self) -> "_Open":
        """Open the database; it is closed at the end of the `with`."""
        return _Open(self.database_url)

    def result(self) -> dict[str, Any]:
        """Return everything that the job has left, but for times."""
        with self.database() as database:
            found: dict[str, Any] = {
                table: database.query(f"SELECT {COLUMNS[table]} FROM {table} ORDER BY {key}")  # noqa: S608 - constants
                for table, key in TABLES.items()
            }
            found["warnings"] = database.query("SELECT * FROM item_warning ORDER BY step, seq")
            found["job"] = database.query("SELECT id, parameters, phase, reason FROM job_execution")
            found["steps"] = database.query(
                "SELECT name, phase, position, total, processed, counters, warnings, header"
                " FROM step_execution ORDER BY ordinal"
            )
            files = database.query("SELECT kind, name, path FROM artifact ORDER BY name")
        found["files"] = [(kind, name, Path(path).read_bytes()) for kind, name, path in files]
        return found

    def _import(self, job_type: str, name: str, content: str) -> None:
        (self.files_root / "in").mkdir(parents=True, exist_ok=True)
        (self.files_root / "in" / name).write_text(content)
        outcome = run(self._launch(name, job_type, name, 1), Control(), ignore)
        assert outcome.kind is OutcomeKind.COMPLETED, outcome

    def _launch(self, job_id: str, job_type: str, name: str, attempt: int) -> Launch:
        return Launch(
            id=job_id,
            namespace="pim",
            name="products",
            spec={"type": job_type, "parameters": {"source": f"file:///data/in/{name}"}},
            attempt=attempt,
            holder="pod",
            database_url=self.database_url,
            files_root=self.files_root,
        )


class _Open:
    def __init__(self, url: str) -> None:
        self._url = url

    def __enter__(self) -> Database:
        self._database = open_database(self._url)
        return self._database

    def __exit__(self, *_: object) -> None:
        self._database.close()
