"""The whole demo without a cluster: the importer against the generator's expectations."""

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from demo_run.checks import Catalogue, Outcome, check_records, records_of
from demo_run.database import snapshot

DEMO = Path(__file__).resolve().parents[2] / "dev" / "demo" / "demo.py"
PRODUCTS = 300
FILE = "products.csv"


def run_demo(data: Path, products: int = PRODUCTS) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, DEMO, "--local", "--data", data, "--products", str(products)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONSAFEPATH": "1"},
    )


def row(output: str, label: str) -> list[str]:
    """Return a row of the table: read, created, updated, unchanged, invalid."""
    line = next(line for line in output.splitlines() if re.match(rf"{label}\s+csv_", line))
    return line.split()[-7:-2]


def change(data: Path, sql: str) -> None:
    with closing(sqlite3.connect(data / "catalog.db")) as connection, connection:
        assert connection.execute(sql).rowcount > 0


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a demo that ended as expected."""
    data = tmp_path_factory.mktemp("data")
    done = run_demo(data)
    assert done.returncode == 0, done.stdout + done.stderr
    assert row(done.stdout, "Products") == ["350", "300", "0", "0", "50"]
    return data


@pytest.fixture
def folder(imported: Path, tmp_path: Path) -> Path:
    """Return a copy of it that a test may spoil."""
    with (
        closing(sqlite3.connect(imported / "catalog.db")) as source,
        closing(sqlite3.connect(tmp_path / "catalog.db")) as copy,
    ):
        source.backup(copy)
    return tmp_path


def differences(data: Path, catalogue: Path) -> list[str]:
    database = data / "catalog.db"
    outcome = Outcome(
        catalogue=Catalogue(catalogue),
        before=snapshot(None),
        after=snapshot(database),
        database=database,
        artifact=lambda _url: b"",
    )
    return check_records(FILE, outcome)[0]


def test_refused_rows_keep_the_order_of_the_source(imported: Path) -> None:
    (file,) = imported.glob("executions/*/epoch-*/invalid-import.csv")
    _, *found = records_of(file.read_text())
    assert found == [row["record"] for row in Catalogue(imported / "in").described(FILE)["refused"]]


def test_run_again_nothing_changes(folder: Path) -> None:
    done = run_demo(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert row(done.stdout, "Products") == ["350", "0", "0", "300", "50"]
    assert row(done.stdout, "Attributes")[1:] == ["0", "0", "76", "0"]


def test_what_somebody_has_changed_is_put_right_and_counted(folder: Path) -> None:
    change(folder, "UPDATE product SET enabled = NOT enabled WHERE parent IS NOT NULL")
    change(folder, "UPDATE product SET categories = '[]' WHERE family = 'cameras'")
    done = run_demo(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    read, created, updated, unchanged, invalid = map(int, row(done.stdout, "Products"))
    assert (read, created, invalid) == (350, 0, 50)
    assert updated > 0
    assert unchanged > 0


def test_it_goes_on_from_a_catalogue_that_was_half_imported(tmp_path: Path) -> None:
    assert run_demo(tmp_path, products=80).returncode == 0
    done = run_demo(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert row(done.stdout, "Products")[:2] == ["350", "220"]


def test_products_of_others_are_left_alone_and_mentioned(folder: Path) -> None:
    change(
        folder,
        "UPDATE product SET identifier = 'mine', uuid = 'mine', raw_values = '{}'"
        " WHERE identifier IN (SELECT identifier FROM product ORDER BY identifier LIMIT 1)",
    )
    change(folder, "DELETE FROM unique_value WHERE owner NOT IN (SELECT uuid FROM product)")
    done = run_demo(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 others were there before" in done.stdout


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        (
            "UPDATE product SET enabled = NOT enabled WHERE identifier = '{0}'",
            r"{0}: enabled: expected \w+, found \w+",
        ),
        ("DELETE FROM product WHERE identifier = '{0}'", r"{0} is missing"),
        ("UPDATE product SET family = 'wine' WHERE identifier = '{0}'", r"{0}: family: expected"),
        (
            """UPDATE product SET raw_values = replace(raw_values, '"sku"', '"sk"')
               WHERE identifier = '{0}'""",
            r"{0}: raw_values\.sku: expected .*, found nothing",
        ),
    ],
)
def test_a_wrong_product_is_named_with_the_field(
    folder: Path, imported: Path, sql: str, said: str
) -> None:
    first = next(iter(Catalogue(imported / "in").records(FILE)))
    assert differences(folder, imported / "in") == []
    change(folder, sql.format(first))
    found = differences(folder, imported / "in")
    assert re.search(said.format(first), "\n".join(found))


def test_a_product_that_should_not_be_there_is_named(folder: Path, imported: Path) -> None:
    change(
        folder,
        "INSERT INTO product (uuid, identifier, family, parent, enabled, categories, groups,"
        " associations, quantified_associations, raw_values, version)"
        " SELECT 'x', 'X-1', family, parent, enabled, categories, groups,"
        " associations, quantified_associations, raw_values, version FROM product LIMIT 1",
    )
    assert differences(folder, imported / "in") == ["X-1 should not be there"]


def test_a_demo_that_cannot_import_says_why_and_fails(tmp_path: Path) -> None:
    (tmp_path / "catalog.db").write_text("this is no database")
    done = run_demo(tmp_path, products=20)
    assert done.returncode != 0
    assert "not a database" in done.stdout + done.stderr
