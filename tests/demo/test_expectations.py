"""expected.json agrees with the files, read here by Python's own csv module."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from sample_catalogue.catalogue import JOB_TYPES, Catalogue, make_catalogue

PRODUCTS = 400


@pytest.fixture(scope="module")
def sample() -> Catalogue:
    return make_catalogue(PRODUCTS, 2027)


def text(sample: Catalogue, name: str) -> str:
    return sample.files[name].decode()


def rows(sample: Catalogue, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text(sample, name), newline=""), delimiter=";"))


def products(sample: Catalogue) -> Iterator[dict[str, Any]]:
    return map(json.loads, text(sample, "expected/products.jsonl").splitlines())


def refused(sample: Catalogue) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sample.expected["files"]["products.csv"]["refused"]
    return found


@pytest.mark.parametrize("name", JOB_TYPES)
def test_a_file_has_as_many_rows_as_its_job_is_to_read(sample: Catalogue, name: str) -> None:
    assert len(rows(sample, name)) == sample.expected["files"][name]["counters"]["read"]


@pytest.mark.parametrize("name", JOB_TYPES)
def test_every_row_is_accounted_for(sample: Catalogue, name: str) -> None:
    counters = dict(sample.expected["files"][name]["counters"])
    assert counters.pop("read") == sum(counters.values())


@pytest.mark.parametrize("name", JOB_TYPES)
def test_the_digest_is_that_of_the_file(sample: Catalogue, name: str) -> None:
    assert (
        sample.expected["files"][name]["sha256"] == hashlib.sha256(sample.files[name]).hexdigest()
    )


def test_the_good_rows_are_the_expected_products(sample: Catalogue) -> None:
    bad = {entry["record"].split(";", 1)[0] for entry in refused(sample)}
    good = [row["sku"] for row in rows(sample, "products.csv") if row["sku"] not in bad]
    assert good == [product["identifier"] for product in products(sample)]
    assert len(good) == PRODUCTS


def test_a_refused_record_begins_at_its_line(sample: Catalogue) -> None:
    lines = text(sample, "products.csv").split("\n")
    for entry in refused(sample):
        several = entry["record"].count("\n") + 1
        first = entry["line"] - 1
        assert "\n".join(lines[first : first + several]) == entry["record"]


def test_a_refused_record_has_the_value_in_the_column(sample: Catalogue) -> None:
    header = next(csv.reader([text(sample, "products.csv").split("\n")[0]], delimiter=";"))
    for entry in refused(sample):
        cells = next(csv.reader(io.StringIO(entry["record"], newline=""), delimiter=";"))
        assert cells[header.index(entry["column"])] == entry["value"]


def test_every_text_in_the_file_is_in_the_expected_values(sample: Catalogue) -> None:
    expected = {product["identifier"]: product["raw_values"] for product in products(sample)}
    for row in rows(sample, "products.csv"):
        if row["sku"] in expected:
            found = expected[row["sku"]].get("description", {}).get("print", {}).get("de_DE", "")
            assert row["description-de_DE-print"] == found


def test_there_are_as_many_values_as_filled_cells(sample: Catalogue) -> None:
    expected = {product["identifier"]: product["raw_values"] for product in products(sample)}
    fields = {"enabled", "family", "parent", "categories", "groups"}
    for row in rows(sample, "products.csv"):
        if row["sku"] not in expected:
            continue
        filled = [
            column
            for column, cell in row.items()
            if cell
            and column not in fields
            and not column.endswith("-unit")
            # Associations begin with a capital letter, attributes don't.
            and not column[0].isupper()
        ]
        assert len(filled) == sum(
            # Each currency has a cell of its own, but for the prices that share one.
            len(data) if is_price(data) and code != "local_price" else 1
            for code, channels in expected[row["sku"]].items()
            for locales in channels.values()
            for data in locales.values()
        )


def is_price(data: Any) -> bool:
    return isinstance(data, list) and isinstance(data[0], dict)


def test_media_that_values_name_are_there(sample: Catalogue) -> None:
    named = {
        data
        for product in products(sample)
        for channels in product["raw_values"].values()
        for locales in channels.values()
        for data in locales.values()
        if isinstance(data, str) and data.startswith("media/")
    }
    assert named
    assert named <= sample.files.keys()
