"""A catalogue's structure as files: what an export of everything would write."""

import csv
import io
import json
from urllib.parse import urlsplit

import psycopg

from pimjob_runner.catalogue.codes import Codes
from pimjob_runner.catalogue.entities.entity import Data, Entity, View, render
from pimjob_runner.catalogue.structure import load_structure
from pimjob_runner.stores.database import Transaction
from pimjob_runner.stores.url import open_database

Rows = list[tuple[tuple[str, ...], Data]]
"""Keys and data of each entity of a kind."""


def another_database(url: str) -> str:
    """Return the URL of a fresh database beside the one of a test."""
    if url.startswith("sqlite"):
        return f"{url}.other"
    name = urlsplit(url).path[1:]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}_other".encode())
    return url.replace(name, f"{name}_other", 1)


def rows_of(url: str, entity: Entity) -> Rows:
    """Return what is stored of a kind."""
    database = open_database(url)
    with database.transaction() as transaction:
        found = _rows(transaction, entity)
    database.close()
    return found


def file_of(url: str, entity: Entity) -> str:
    """Return all entities of a kind as the CSV file that they are imported from."""
    database = open_database(url)
    with database.transaction() as transaction:
        structure = load_structure(transaction)
        columns = entity.columns(structure)
        rows = _rows(transaction, entity)
        view = View(structure, Codes((keys[-1], data) for keys, data in rows), transaction)
        rows = [(keys, data | entity.derived(view, keys[-1])) for keys, data in rows]
    database.close()
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow([column.name for column in columns])
    for keys, data in rows:
        writer.writerow([render(entity, column, keys, data) for column in columns])
    return text.getvalue()


def _rows(transaction: Transaction, entity: Entity) -> Rows:
    keys = ", ".join(key.name for key in entity.keys)
    sql = f"SELECT {keys}, CAST(data AS TEXT) FROM {entity.table} ORDER BY {keys}"  # noqa: S608 - constants
    return [(tuple(row[:-1]), json.loads(row[-1])) for row in transaction.query(sql)]
