"""Whatever is remembered, each import does and tells what it would without."""

import random
from pathlib import Path

import pytest

from pimjob_runner.engine import chunk_size
from pimjob_runner.formats import line_blocks
from pimjob_runner.stores.url import open_database
from support.catalogue import Catalogue

SKUS = ("a", "b", "c", "d", "A", "e")
STEPS = 25


@pytest.fixture
def other(tmp_path: Path, catalogue: Catalogue, capsys: pytest.CaptureFixture[str]) -> Catalogue:
    """An equal catalogue in which nothing is known: it forgets after each import."""
    found = Catalogue(tmp_path / "other", f"sqlite:///{tmp_path}/other.db", capsys)
    for name in ("attribute", "attribute_option", "category", "family", "family_variant"):
        (path,) = (catalogue.data / "in").glob(f"csv_{name}_import-*.csv")
        found.run(f"csv_{name}_import", path.read_text())
    return found


@pytest.mark.parametrize("seed", range(4))
def test_the_same_with_and_without(
    catalogue: Catalogue, other: Catalogue, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    for bound in ("FIRST", "LARGEST", "SMALLEST"):
        monkeypatch.setattr(chunk_size, bound, (1, 3, 5, 100)[seed])
    # Else all rows would be in one block, which each change hides.
    monkeypatch.setattr(line_blocks, "_ENDS", 2)
    chance = random.Random(seed)  # noqa: S311 - no secret
    for each in (catalogue, other):
        each.run("csv_product_model_import", "code;family_variant\nm;by_color\nn;by_color\n")
    rows = [row(chance) for _ in range(8)]
    for number in range(STEPS):
        if chance.random() < 0.6:
            change(chance, rows)
        if chance.random() < 0.15:
            sku = chance.choice(SKUS)
            for each in (catalogue, other):
                delete(each, sku)
        if chance.random() < 0.15:
            for each in (catalogue, other):
                each.run("csv_category_import", f"code;parent\nc{number};shop\n")
        text = "\n".join(["sku;name-en_US;ean;parent;color;price;categories", *rows]) + "\n"
        found = catalogue.run("csv_product_import", text)
        expected = other.run("csv_product_import", text)
        forget(other)
        assert (found.counters, found.of_rows) == (expected.counters, expected.of_rows)
        assert found.invalid == expected.invalid
        assert catalogue.products() == other.products()


def row(chance: random.Random) -> str:
    cells = [
        chance.choice(SKUS),
        chance.choice(("one", "two", "", '"of two\nlines"', "far too long a name")),
        chance.choice(("", "", "1", "2", "3")),
        chance.choice(("", "", "m", "n", "M", "nobody")),
        chance.choice(("red", "blue", "RED", "")),
        chance.choice(("", "10 EUR", "10 EUR, 12 USD", "12 USD")),
        chance.choice(("", "shop", "shoes,shop", " shop ")),
    ]
    return ";".join(cells)


def change(chance: random.Random, rows: list[str]) -> None:
    """Replace, leave out, add or move a row."""
    at = chance.randrange(len(rows))
    kind = chance.randrange(4)
    if kind == 0:
        rows[at] = row(chance)
    elif kind == 1 and len(rows) > 3:
        del rows[at]
    elif kind == 2:
        rows.insert(at, row(chance))
    else:
        rows.insert(0, rows.pop(at))


def delete(catalogue: Catalogue, sku: str) -> None:
    database = open_database(catalogue.database_url)
    with database.transaction() as transaction:
        found = transaction.query(
            "SELECT CAST(uuid AS TEXT) FROM product WHERE identifier = ?", (sku,)
        )
        for (uuid,) in found:
            transaction.execute("DELETE FROM unique_value WHERE owner = ?", (uuid,))
            transaction.execute("DELETE FROM product WHERE uuid = ?", (uuid,))
    database.close()


def forget(catalogue: Catalogue) -> None:
    database = open_database(catalogue.database_url)
    with database.transaction() as transaction:
        transaction.execute("DELETE FROM row_fingerprint")
    database.close()
