"""What jobs have left, without what has no meaning: times, epochs, how often a row was written."""

import json
from typing import Any

from pimjob_runner.stores.database import Database
from pimjob_runner.stores.url import open_database
from support.meetings.job import Place

TABLES = {
    "product": (
        "uuid",
        "identifier family parent enabled",
        "categories groups associations quantified_associations raw_values",
    ),
    "product_model": (
        "code",
        "family_variant parent",
        "categories associations quantified_associations raw_values",
    ),
    "unique_value": ("kind scope value", "owner", ""),
    "attribute": ("code", "", "data"),
    "attribute_option": ("attribute code", "", "data"),
    "category": ("code", "", "data"),
    "family": ("code", "", "data"),
    "family_variant": ("code", "", "data"),
}
"""Columns that are the key, other columns of text, and columns of JSON."""

State = dict[str, Any]
"""By table, the rows by key; and `jobs`: how each ended, its counters, its warnings."""


def state(place: Place, jobs: list[str]) -> State:
    """Read what is there, in a form that is the same for both databases."""
    database = open_database(place.url)
    try:
        found: State = {table: _table(database, table) for table in TABLES}
        found["jobs"] = {job: _job(database, job) for job in jobs}
    finally:
        database.close()
    return found


def text_of(found: State) -> str:
    """Return a state as one text, to compare and to remember."""
    return json.dumps(found, sort_keys=True)


def differences(is_: State, want: State) -> list[str]:
    """Say in which rows two states differ."""
    return [
        f"{table} {key}: {is_[table].get(key)} instead of {want[table].get(key)}"
        for table in is_
        for key in sorted({*is_[table], *want[table]})
        if is_[table].get(key) != want[table].get(key)
    ]


def may_lead_to(reached: State, left: State) -> bool:
    """Whether no job has counted or refused more than it has in the end."""
    return all(
        _is_within(job["counters"], left["jobs"][name]["counters"])
        and all(warning in left["jobs"][name]["warnings"] for warning in job["warnings"])
        for name, job in reached["jobs"].items()
    )


def _is_within(counted: dict[str, dict[str, int]], most: dict[str, dict[str, int]]) -> bool:
    return all(
        number <= most.get(step, {}).get(name, 0)
        for step, counters in counted.items()
        for name, number in counters.items()
    )


def _table(database: Database, table: str) -> dict[str, Any]:
    """Return rows by their keys; of a JSON column what it says, whatever its spaces."""
    keys, plain, in_json = (columns.split() for columns in TABLES[table])
    columns = ", ".join(map(_as_text, (*keys, *plain, *in_json)))
    rows = database.query(f"SELECT {columns} FROM {table}")  # noqa: S608 - constants
    last = len(keys) + len(plain)
    return {
        " ".join(row[: len(keys)]): dict(
            zip(
                (*plain, *in_json),
                (*row[len(keys) : last], *map(json.loads, row[last:])),
                strict=True,
            )
        )
        for row in rows
    }


def _as_text(column: str) -> str:
    if column == "enabled":
        return "CASE WHEN enabled THEN 'yes' ELSE 'no' END"
    return f"CAST({column} AS TEXT)"


def _job(database: Database, job: str) -> dict[str, Any]:
    phase = database.query("SELECT phase FROM job_execution WHERE id = ?", (job,))
    steps = database.query("SELECT name, counters FROM step_execution WHERE job_id = ?", (job,))
    warnings = database.query(
        "SELECT step, line, column_name, value, reason FROM item_warning WHERE job_id = ?", (job,)
    )
    return {
        "phase": phase[0][0] if phase else None,
        "counters": {name: json.loads(text) for name, text in steps},
        "warnings": sorted([list(row) for row in warnings], key=str),
    }
