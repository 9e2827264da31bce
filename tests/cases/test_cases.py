"""Files as people have them: inputs made after public bug reports, and what is right.

A case is a folder: files in `in/`, jobs `job-NN-….yaml` that run one after the other on an
empty catalogue, and `expected.json`:

- `about`: where it comes from, in a sentence;
- `jobs`: by the name of the job. `counters` by step; `told`: line, column and a piece of the
  reason of each warning about a row; `notes`: pieces of the warnings about the file; `failed`
  and `message` of a job that is refused. A job that is not named completes without a warning;
- `products`, `models`: all that are there at the end, with what is not empty;
- `tables`: of structures, what is there at the end, by code.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from pimjob_runner.stores.url import open_database
from support.catalogue import Catalogue, Result

HERE = Path(__file__).parent
CASES = sorted(path.parent for path in HERE.glob("*/expected.json"))
LONG = 1_000
"""Of longer texts only the length is compared."""


@pytest.fixture
def catalogue(tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]) -> Catalogue:
    """A catalogue with the default structure only."""
    return Catalogue(tmp_path / "data", database_url, capsys)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_a_case_comes_out_right(catalogue: Catalogue, path: Path) -> None:
    expected = json.loads((path / "expected.json").read_text(encoding="utf-8"))
    seen: dict[str, Any] = {}
    right: dict[str, Any] = {}
    for job in sorted(path.glob("job-*.yaml")):
        name = job.stem.removeprefix("job-")
        wanted = expected["jobs"].get(name, {})
        seen[name] = _seen(_run(catalogue, path, job), wanted)
        right[name] = {**_FINE, **wanted}
    for state, found in _state(catalogue, expected).items():
        seen |= {f"{state} {key}": one for key, one in found.items()}
        right |= {f"{state} {key}": one for key, one in expected[state].items()}
    # Only what differs: a failure shows what it is about.
    different = {key for key in seen.keys() | right.keys() if seen.get(key) != right.get(key)}
    assert {k: seen.get(k) for k in different} == {k: right.get(k) for k in different}


_FINE: dict[str, Any] = {"told": [], "notes": []}


def _run(catalogue: Catalogue, path: Path, job: Path) -> Result:
    spec = yaml.safe_load(job.read_text(encoding="utf-8"))["spec"]
    parameters = dict(spec["parameters"])
    source = path / parameters.pop("source").removeprefix("file:///data/")
    return catalogue.run(spec["type"], source.read_bytes(), **parameters)


def _seen(result: Result, wanted: dict[str, Any]) -> dict[str, Any]:
    """Return what the job came to, as far as it is expected; pieces of texts where they are in."""
    rows, notes = result.of_rows, [s for s in result.samples if "line" not in s]
    seen: dict[str, Any] = {
        "told": [
            [row["line"], row.get("column"), _piece(row["reason"], _at(wanted, "told", n, 2))]
            for n, row in enumerate(rows)
        ],
        "notes": [_piece(s["reason"], _at(wanted, "notes", n)) for n, s in enumerate(notes)],
    }
    if result.outcome != "Completed":
        seen["failed"] = result.reason
        seen["message"] = _piece(result.message, wanted.get("message"))
    if "counters" in wanted:
        seen["counters"] = {step: result.counters[step] for step in wanted["counters"]}
    if "invalid" in wanted:
        seen["invalid"] = result.invalid
    return seen


def _at(wanted: dict[str, Any], *keys: Any) -> Any:
    found: Any = wanted
    for key in keys:
        try:
            found = found[key]
        except (KeyError, IndexError):
            return None
    return found


def _piece(text: str, wanted: str | None) -> str:
    return wanted if wanted is not None and wanted in text else text


def _state(catalogue: Catalogue, expected: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "products" in expected:
        found["products"] = {k: _shown(p) for k, p in catalogue.products().items()}
    if "models" in expected:
        found["models"] = {k: _shown(m) for k, m in _models(catalogue).items()}
    if "tables" in expected:
        found["tables"] = {name: _table(catalogue, name) for name in expected["tables"]}
    return found


def _shown(entity: dict[str, Any]) -> dict[str, Any]:
    """Return what is not empty, with a line for each value. Enabled is what is expected."""
    rest = {k: v for k, v in entity.items() if v and k not in {"raw_values", "enabled"}}
    off = {} if entity.get("enabled", True) else {"enabled": False}
    return {**rest, **off, **_values(entity["raw_values"])}


def _values(values: dict[str, Any]) -> dict[str, Any]:
    return {
        "-".join([code, *(part for part in (locale, channel) if part[0] != "<")]): _value(data)
        for code, by_channel in values.items()
        for channel, by_locale in by_channel.items()
        for locale, data in by_locale.items()
        if code != "sku"
    }


def _value(data: Any) -> Any:
    match data:
        case {"amount": amount, "unit": unit} | {"amount": amount, "currency": unit}:
            return f"{amount} {unit}"
        case [{"amount": _}, *_]:
            return ", ".join(map(_value, data))
        case str() if len(data) > LONG:
            return f"{len(data)} characters"
        case _:
            return data


def _models(catalogue: Catalogue) -> dict[str, dict[str, Any]]:
    sql = (
        "SELECT code, family_variant, parent, CAST(categories AS TEXT),"
        " CAST(raw_values AS TEXT) FROM product_model"
    )
    return {
        code: {
            "family_variant": variant,
            "parent": parent,
            "categories": json.loads(categories),
            "raw_values": json.loads(values),
        }
        for code, variant, parent, categories, values in _query(catalogue, sql)
    }


def _table(catalogue: Catalogue, name: str) -> dict[str, Any]:
    """Return the data of a structure by code."""
    sql = f"SELECT code, CAST(data AS TEXT) FROM {name}"  # noqa: S608 - names of our own
    return {code: json.loads(data) for code, data in _query(catalogue, sql)}


def _query(catalogue: Catalogue, sql: str) -> list[Any]:
    database = open_database(catalogue.database_url)
    try:
        with database.transaction() as transaction:
            return list(transaction.query(sql))
    finally:
        database.close()
