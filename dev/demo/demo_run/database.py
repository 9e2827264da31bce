"""Reads the embedded catalogue, for looking only."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

# File of the sample -> (table, SQL of a row's key, columns that say what the row is).
TABLES: Final[Mapping[str, tuple[str, str, tuple[str, ...]]]] = {
    "attributes.csv": ("attribute", "code", ("data",)),
    "attribute_options.csv": ("attribute_option", "attribute || '/' || code", ("data",)),
    "categories.csv": ("category", "code", ("data",)),
    "families.csv": ("family", "code", ("data",)),
    "family_variants.csv": ("family_variant", "code", ("data",)),
    "product_models.csv": (
        "product_model",
        "code",
        (
            "code", "family_variant", "parent", "categories", "raw_values", "associations",
            "quantified_associations",
        ),
    ),
    "products.csv": (
        "product",
        "identifier",
        (
            "identifier", "family", "parent", "enabled", "categories", "groups", "raw_values",
            "associations", "quantified_associations",
        ),
    ),
}  # fmt: skip
_JSON: Final = frozenset(
    {"categories", "groups", "raw_values", "associations", "quantified_associations"}
)


@dataclass(frozen=True)
class Snapshot:
    """What the catalogue held at one moment: for each file, a digest of each row by its key."""

    rows: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)

    def of(self, file: str) -> Mapping[str, bytes]:
        """Return the rows that a file is about."""
        return self.rows.get(file, {})


@dataclass(frozen=True)
class Refusal:
    """A warning as the execution records keep it."""

    line: int | None
    column: str | None
    value: str | None
    reason: str


def snapshot(database: Path | None) -> Snapshot:
    """Return what a database holds; nothing if there is none, or no catalogue in it yet."""
    if database is None:
        return Snapshot()
    with closing(_open(database)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        return Snapshot(
            {
                file: _digests(connection, *described)
                for file, described in TABLES.items()
                if described[0] in tables
            }
        )


def records(database: Path, file: str) -> Iterator[dict[str, Any]]:
    """Yield each row of a file's table as a record, its JSON decoded."""
    table, _, columns = TABLES[file]
    with closing(_open(database)) as connection:
        for row in connection.execute(f"SELECT {_quoted(columns)} FROM {table}"):  # noqa: S608 - constants
            yield {
                column: json.loads(value) if column in _JSON else value
                for column, value in zip(columns, row, strict=True)
            }


def warnings(database: Path, name: str) -> list[Refusal]:
    """Return the warnings of the execution of that name, in the order of its file."""
    with closing(_open(database)) as connection:
        rows = connection.execute(
            "SELECT line, column_name, value, reason FROM item_warning"
            " JOIN job_execution ON job_execution.id = item_warning.job_id"
            " WHERE job_execution.name = ? ORDER BY line, step, seq",
            (name,),
        ).fetchall()
    return [Refusal(*row) for row in rows]


def _digests(
    connection: sqlite3.Connection, table: str, key: str, columns: tuple[str, ...]
) -> dict[str, bytes]:
    rows = connection.execute(f"SELECT {key}, {_quoted(columns)} FROM {table}")  # noqa: S608 - constants
    return {str(found): hashlib.sha256(repr(values).encode()).digest() for found, *values in rows}


def _quoted(columns: tuple[str, ...]) -> str:
    # `groups` is a word of SQL.
    return ", ".join(f'"{column}"' for column in columns)


def _open(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
