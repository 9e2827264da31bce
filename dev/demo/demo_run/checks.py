"""What every job must have counted and refused, and what the catalogue must hold."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from demo_run.conduct import Execution, reason_of
from demo_run.counting import (
    LINK_STEP,
    Counters,
    counters_by_step,
    expected_entities,
    expected_links,
)
from demo_run.database import Snapshot, records, warnings
from demo_run.differences import differences, first_few

VALUE_LENGTH = 128
KEYS = {"products.csv": "identifier", "product_models.csv": "code"}


@dataclass(frozen=True)
class Catalogue:
    """The sample's folder, with what its generator expects."""

    folder: Path

    def described(self, file: str) -> dict[str, Any]:
        """Return what expected.json says about a file."""
        found: dict[str, Any] = self._json("expected.json")["files"][file]
        return found

    def keys(self, file: str) -> set[str]:
        """Return what a file's good rows are about."""
        if file in KEYS:
            return set(self.records(file))
        return set(self._json("expected/structure.json")[file])

    def records(self, file: str) -> dict[str, dict[str, Any]]:
        """Return the records that the catalogue must hold, by key."""
        path = self.folder / "expected" / file.replace(".csv", ".jsonl")
        with path.open(encoding="utf-8") as lines:
            return {record[KEYS[file]]: record for record in map(json.loads, lines)}

    def header(self, file: str) -> str:
        """Return a file's first line."""
        with (self.folder / file).open(encoding="utf-8") as lines:
            return lines.readline().rstrip("\n")

    def _json(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text(encoding="utf-8"))


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """All that is there to judge a run by."""

    catalogue: Catalogue
    before: Snapshot
    after: Snapshot
    database: Path
    artifact: Callable[[str], bytes]
    """Reads a job's file by its URL."""


def check_job(execution: Execution, outcome: Outcome) -> list[str]:
    """Return what is wrong with one job; nothing if it ended as expected."""
    if execution.phase != "Completed":
        return [_not_completed(execution)]
    return [
        *_counters(execution, outcome),
        *_refusals(execution, outcome),
        *_refused_lines(execution, outcome),
    ]


def _not_completed(execution: Execution) -> str:
    if execution.name is None:
        return "never started: a job before it did not complete"
    if not execution.phase:
        return f"{execution.name} has no phase: does the operator run?"
    return f"phase is {execution.phase}, not Completed: {reason_of(execution.status)}"


def _counters(execution: Execution, outcome: Outcome) -> Iterator[str]:
    found = counters_by_step(execution.status)
    yield from differences(expected_counters(execution.job.file, outcome), found, "counters")
    for name, counters in found.items():
        rows = sum(number for counter, number in counters.items() if counter != "read")
        if rows != counters["read"]:
            yield f"step {name}: {counters['read']:,} rows read, but {rows:,} accounted for"


def expected_counters(file: str, outcome: Outcome) -> dict[str, Counters]:
    """Return what each step that walks over a file's rows must count."""
    keys = outcome.catalogue.keys(file)
    refused = len(outcome.catalogue.described(file)["refused"])
    before, after = outcome.before.of(file), outcome.after.of(file)
    every = {"read": len(keys) + refused, "skipped": 0, "invalid": 0}

    def entities(own: set[str], **more: int) -> Counters:
        return every | expected_entities(own, before, after) | more

    # A row that was refused before has no associations to set.
    links = every | expected_links(keys, before, after) | {"skipped": refused}
    if file == "products.csv":
        return {"import": entities(keys, invalid=refused), LINK_STEP: links}
    if file == "product_models.csv":
        subs = {key for key, model in outcome.catalogue.records(file).items() if model["parent"]}
        return {
            "root_models": entities(keys - subs, skipped=len(subs)),
            "sub_models": entities(subs, skipped=len(keys - subs)),
            LINK_STEP: links,
        }
    return {"import": entities(keys)}


def _refusals(execution: Execution, outcome: Outcome) -> Iterator[str]:
    """Compare each warning with the mistake that was put into the file."""
    refused = outcome.catalogue.described(execution.job.file)["refused"]
    told = execution.status.get("warnings", 0)
    if told != len(refused):
        yield f"warnings: the resource says {told}, expected {len(refused)}"
    found = warnings(outcome.database, execution.name or "")
    for expected, warning in zip(refused, found, strict=False):
        place = (warning.line, warning.column, warning.value)
        # The records keep the beginning of a long value.
        wanted = (expected["line"], expected["column"], expected["value"][:VALUE_LENGTH])
        if place != wanted:
            yield f"warning for {expected['kind']}: expected {wanted}, found {place}"
    if len(found) != len(refused):
        yield f"warnings: {len(found)} are recorded, expected {len(refused)}"


def _refused_lines(execution: Execution, outcome: Outcome) -> Iterator[str]:
    """Compare the file of refused rows with those rows as they are in the source."""
    refused = outcome.catalogue.described(execution.job.file)["refused"]
    artifacts = execution.status.get("artifacts", [])
    invalid = [artifact for artifact in artifacts if artifact["kind"] == "invalid"]
    if not refused:
        yield from (f"invalid lines: {a['name']} should not be there" for a in invalid)
        return
    if len(invalid) != 1:
        yield f"invalid lines: expected one file, found {len(invalid)}"
        return
    header, *found = records_of(outcome.artifact(invalid[0]["url"]).decode())
    if header != outcome.catalogue.header(execution.job.file):
        yield f"invalid lines: the header of {invalid[0]['url']} is not that of the source"
    for number, (row, record) in enumerate(zip_longest(refused, found), start=1):
        expected = None if row is None else row["record"]
        if record != expected:
            yield from differences(expected, record, f"invalid lines: record {number}")


def records_of(text: str) -> list[str]:
    """Split CSV text into its records, as they are: a line end in quotes ends none."""
    records: list[str] = []
    for line in text.removesuffix("\n").split("\n"):
        if records and records[-1].count('"') % 2:
            records[-1] += f"\n{line}"
        else:
            records.append(line)
    return records


def check_structure(file: str, outcome: Outcome) -> list[str]:
    """Return which of a structure file's rows the catalogue lacks."""
    missing = sorted(outcome.catalogue.keys(file) - outcome.after.of(file).keys())
    return first_few(f"{key} is missing" for key in missing)


def check_records(file: str, outcome: Outcome) -> tuple[list[str], int]:
    """Compare products or models one by one.

    Return what differs, and how many others were in the catalogue before and
    still are; others that came with this run are a difference.
    """
    expected = outcome.catalogue.records(file)
    found = {r[KEYS[file]]: normal(r) for r in records(outcome.database, file)}
    others = found.keys() - expected.keys()
    foreign = others & outcome.before.of(file).keys()
    lines = [f"{key} should not be there" for key in sorted(others - foreign)]
    lines += [f"{key} is missing" for key in sorted(expected.keys() - found.keys())]
    for key in sorted(expected.keys() & found.keys()):
        lines += [f"{key}: {line}" for line in differences(expected[key], found[key])]
    return first_few(lines), len(foreign)


def normal(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of the database in the form of the expected records."""
    changed: dict[str, Any] = dict(record)
    changed["categories"] = sorted(record["categories"])
    if "enabled" in record:
        changed["enabled"] = bool(record["enabled"])
        changed["groups"] = sorted(record["groups"])
    return changed


def verdict(executions: Sequence[Execution], outcome: Outcome) -> tuple[dict[str, list[str]], int]:
    """Return what is wrong, in lines by file, and how many foreign rows there are."""
    wrong: dict[str, list[str]] = {}
    foreign = 0
    for execution in executions:
        file = execution.job.file
        found = check_job(execution, outcome)
        if file in KEYS:
            differing, others = check_records(file, outcome)
            found, foreign = found + differing, foreign + others
        else:
            found += check_structure(file, outcome)
        if found:
            wrong[file] = found
    return wrong, foreign
