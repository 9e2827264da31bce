"""The import that somebody would write in an afternoon, to compare the real one with.

One thread: parse with a plan made once from the header, look a chunk's identifiers up,
merge and compare, write what differs. No checkpoints, fencing, warnings, UUIDs, or
indexes but the primary key; any wrong cell ends it.
"""

import csv
import json
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

CHUNK = 5_000
COLUMNS = "identifier, enabled, family, categories, raw_values"
_json = msgspec.json.Encoder(order="sorted")

Row = tuple[str, bool, str, str, str]


def plan(header: list[str], kinds: dict[str, str], options: dict[str, set[str]]) -> Any:
    """Return what to do with each column: (index, attribute, channel, locale, parser)."""
    readers: list[tuple[int, str, str, str, Callable[[str], Any]]] = []
    for index, name in enumerate(header):
        code, *rest = name.split("-")
        if code in kinds and "unit" not in rest and kinds[code] != "price":
            channel = rest[1] if len(rest) > 1 else "<all_channels>"
            locale = rest[0] if rest else "<all_locales>"
            readers.append((index, code, channel, locale, _parser(kinds[code], options.get(code))))
    prices = [
        (index, name.split("-")[1]) for index, name in enumerate(header) if name[:6] == "price-"
    ]
    return readers, prices


def _parser(kind: str, options: set[str] | None) -> Callable[[str], Any]:
    def select(cell: str) -> str:
        if options is not None and cell not in options:
            raise ValueError(cell)
        return cell

    parsers: dict[str, Callable[[str], Any]] = {
        "boolean": lambda cell: cell == "1",
        "number": lambda cell: str(float(cell)) if "." in cell else str(int(cell)),
        "date": lambda cell: time.strptime(cell, "%Y-%m-%d") and cell,
        "simpleselect": select,
        "multiselect": lambda cell: [select(code) for code in cell.split(",")],
        "metric": lambda cell: {"amount": str(float(cell)), "unit": "GRAM"},
    }
    return parsers.get(kind, str)


def rows(path: Path, kinds: dict[str, str], options: dict[str, set[str]]) -> Iterator[Row]:
    """Yield rows, ready for the database."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, delimiter=";")
        readers, prices = plan(next(reader), kinds, options)
        for cells in reader:
            values: dict[str, dict[str, dict[str, Any]]] = {}
            for index, code, channel, locale, parse in readers:
                if cell := cells[index]:
                    values.setdefault(code, {}).setdefault(channel, {})[locale] = parse(cell)
            found = [{"amount": cells[i], "currency": c} for i, c in prices if cells[i]]
            values["price"] = {"<all_channels>": {"<all_locales>": found}}
            categories = json.dumps(cells[3].split(","))
            yield cells[0], cells[1] == "1", cells[2], categories, _json.encode(values).decode()


def merged(stored: str, new: str) -> str:
    """Return stored values with the new ones on top."""
    values = msgspec.json.decode(stored)
    for code, channels in msgspec.json.decode(new).items():
        for channel, locales in channels.items():
            values.setdefault(code, {}).setdefault(channel, {}).update(locales)
    return _json.encode(values).decode()


def run(
    connection: Any, dialect: str, path: Path, kinds: dict[str, str], options: dict[str, set[str]]
) -> float:
    """Import a file; return the seconds it took."""
    began = time.monotonic()
    source = rows(path, kinds, options)
    while chunk := list(islice(source, CHUNK)):
        known = _look_up(connection, dialect, [row[0] for row in chunk])
        changed = []
        for row in chunk:
            before = known.get(row[0])
            after = row if before is None else (*row[:4], merged(before[4], row[4]))
            if after != before:
                changed.append(after)
        _write(connection, dialect, changed)
        connection.commit()
    return time.monotonic() - began


def _look_up(connection: Any, dialect: str, identifiers: list[str]) -> dict[str, Row]:
    select = f"SELECT {COLUMNS} FROM plain WHERE identifier"  # noqa: S608 - constants
    if dialect == "sqlite":
        found = connection.execute(
            f"{select} IN (SELECT value FROM json_each(?))",  # noqa: S608 - constants
            (json.dumps(identifiers),),
        )
        return {row[0]: (row[0], bool(row[1]), *row[2:]) for row in found}
    found = connection.execute(f"{select} = ANY(%s)", (identifiers,))
    return {row[0]: row for row in found}


def _write(connection: Any, dialect: str, changed: list[Row]) -> None:
    if not changed:
        return
    sets = ", ".join(f"{c} = excluded.{c}" for c in COLUMNS.split(", ")[1:])
    on_conflict = f"ON CONFLICT (identifier) DO UPDATE SET {sets}"
    if dialect == "sqlite":
        connection.executemany(
            f"INSERT INTO plain ({COLUMNS}) VALUES (?, ?, ?, ?, ?) {on_conflict}",  # noqa: S608 - constants
            changed,
        )
        return
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS staging (LIKE plain) ON COMMIT DELETE ROWS")
    with connection.cursor() as cursor, cursor.copy(f"COPY staging ({COLUMNS}) FROM STDIN") as copy:
        for row in changed:
            copy.write_row(row)
    connection.execute(f"INSERT INTO plain SELECT * FROM staging {on_conflict}")  # noqa: S608 - constants


def open_plain(database: str) -> tuple[Any, str]:
    """Open a database and make the table; return the connection and the dialect."""
    create = (
        "CREATE TABLE IF NOT EXISTS plain (identifier TEXT PRIMARY KEY, enabled BOOLEAN,"
        " family TEXT, categories TEXT, raw_values TEXT)"
    )
    if database.startswith("sqlite"):
        import sqlite3  # noqa: PLC0415 - one of the two

        connection: Any = sqlite3.connect(database.removeprefix("sqlite:///"))
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
    else:
        import psycopg  # noqa: PLC0415 - one of the two

        connection = psycopg.connect(database)
    connection.execute(create)
    connection.commit()
    return connection, "sqlite" if database.startswith("sqlite") else "postgresql"


def main() -> int:
    """Run one file: DATABASE FILE KINDS OPTIONS, the last two as JSON. Prints the seconds."""
    database, path, kinds, options = sys.argv[1:]
    connection, dialect = open_plain(database)
    allowed = {code: set(codes) for code, codes in json.loads(options).items()}
    print(run(connection, dialect, Path(path), json.loads(kinds), allowed))
    connection.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
