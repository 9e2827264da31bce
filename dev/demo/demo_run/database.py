"""Reads the embedded catalogue, for looking only."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from demo_run.backend import DemoError

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


NO_LINKS: Final = ("{}", "{}")
_LINKS: Final = ("associations", "quantified_associations")


@dataclass(frozen=True)
class Row:
    """A row at one moment: a digest of what it is, and its associations."""

    own: bytes
    links: tuple[str, ...]


@dataclass(frozen=True)
class Snapshot:
    """What the catalogue held at one moment: for each file, its rows by their key."""

    rows: Mapping[str, Mapping[str, Row]] = field(default_factory=dict)

    def of(self, file: str) -> Mapping[str, Row]:
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
    with _reading(database) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        return Snapshot(
            {
                file: _rows(connection, *described)
                for file, described in TABLES.items()
                if described[0] in tables
            }
        )


def records(database: Path, file: str) -> Iterator[dict[str, Any]]:
    """Yield each row of a file's table as a record, its JSON decoded."""
    table, _, columns = TABLES[file]
    with _reading(database) as connection:
        identifiers = dict(connection.execute("SELECT uuid, identifier FROM product"))
        for row in connection.execute(f"SELECT {_quoted(columns)} FROM {table}"):  # noqa: S608 - constants
            record = {
                column: json.loads(value) if column in _JSON else value
                for column, value in zip(columns, row, strict=True)
            }
            for column in _LINKS:
                for targets in record.get(column, {}).values():
                    _name_products(targets, identifiers)
            yield record


def _name_products(targets: dict[str, Any], identifiers: Mapping[str, str]) -> None:
    """Name products by identifier, as files do; the catalogue has their UUIDs."""
    found = targets.pop("product_uuids", None)
    if isinstance(found, dict):
        targets["products"] = {identifiers[uuid]: amount for uuid, amount in found.items()}
    elif found is not None:
        targets["products"] = sorted(identifiers[uuid] for uuid in found)


def warnings(database: Path, name: str) -> list[Refusal]:
    """Return the warnings of the execution of that name, in the order of its file."""
    with _reading(database) as connection:
        rows = connection.execute(
            "SELECT line, column_name, value, item_warning.reason FROM item_warning"
            " JOIN job_execution ON job_execution.id = item_warning.job_id"
            " WHERE job_execution.name = ? ORDER BY line, step, seq",
            (name,),
        ).fetchall()
    return [Refusal(*row) for row in rows]


def _rows(
    connection: sqlite3.Connection, table: str, key: str, columns: tuple[str, ...]
) -> dict[str, Row]:
    rows = connection.execute(f"SELECT {key}, {_quoted(columns)} FROM {table}")  # noqa: S608 - constants
    own = len([column for column in columns if column not in _LINKS])
    return {
        str(found): Row(hashlib.sha256(repr(values[:own]).encode()).digest(), tuple(values[own:]))
        for found, *values in rows
    }


def _quoted(columns: tuple[str, ...]) -> str:
    # `groups` is a word of SQL.
    return ", ".join(f'"{column}"' for column in columns)


@contextmanager
def _reading(database: Path) -> Iterator[sqlite3.Connection]:
    address = f"{database.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            yield connection
    except sqlite3.DatabaseError as error:
        raise DemoError(f"{database} cannot be read: {error}.") from error
