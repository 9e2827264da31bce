"""Cells of each type: what is stored, and what is refused with which words."""

from typing import Any

import pytest

from support.catalogue import Catalogue

PRODUCTS = "csv_product_import"


def plain(data: Any) -> dict[str, Any]:
    return {"<all_channels>": {"<all_locales>": data}}


@pytest.mark.parametrize(
    ("columns", "cells", "stored"),
    [
        ("name-en_US", "Shoe", {"name": {"<all_channels>": {"en_US": "Shoe"}}}),
        ("title-fr_FR-print", "T", {"title": {"print": {"fr_FR": "T"}}}),
        ("note-mobile", '"two\nlines"', {"note": {"mobile": {"<all_locales>": "two\nlines"}}}),
        ("legal-de_DE", "§", {"legal": {"<all_channels>": {"de_DE": "§"}}}),
        ("ean", 'a"b\\c\tü', {"ean": plain('a"b\\c\tü')}),
        ("stock", "12", {"stock": plain("12")}),
        ("ratio", "-1.50", {"ratio": plain("-1.5")}),
        ("active", "0", {"active": plain(data=False)}),
        ("released", "2024-02-29", {"released": plain("2024-02-29")}),
        ("color", "red", {"color": plain("red")}),
        ("tags", "new, hot,new", {"tags": plain(["hot", "new"])}),
        ("tags", '","', {}),
        ("price", '", "', {}),
        ("price-EUR;price-USD", "1.50;", {"price": plain([{"amount": "1.5", "currency": "EUR"}])}),
        (
            "price",
            "2 USD, 1 EUR",
            {"price": plain([{"amount": "1", "currency": "EUR"},
                             {"amount": "2", "currency": "USD"}])},
        ),
        ("weight;weight-unit", "5;POUND", {"weight": plain({"amount": "5", "unit": "POUND"})}),
        ("weight;weight-unit", "5;", {"weight": plain({"amount": "5", "unit": "GRAM"})}),
        ("weight", "800 GRAM", {"weight": plain({"amount": "800", "unit": "GRAM"})}),
        ("picture", "media/a.PNG", {"picture": plain("media/a.PNG")}),
        ("manual", "m/a.pdf", {"manual": plain("m/a.pdf")}),
    ],
)  # fmt: skip
def test_a_cell_is_stored(
    catalogue: Catalogue, columns: str, cells: str, stored: dict[str, Any]
) -> None:
    result = catalogue.run(PRODUCTS, f"sku;{columns}\np1;{cells}\n")
    assert result.samples == []
    assert catalogue.values("p1") == stored


@pytest.mark.parametrize(
    ("columns", "cells", "column", "value", "reason"),
    [
        ("name-en_US", "12345678901", "name-en_US", "12345678901", "11 characters; at most 10"),
        ("stock", "twelve", "stock", "twelve", "not a number"),
        ("stock", "\u0661\u0662", "stock", "\u0661\u0662", "not a number"),
        ("stock", "1.5", "stock", "1.5", "decimals are not allowed"),
        ("stock", "-1", "stock", "-1", "negative numbers are not allowed"),
        ("stock", "1001", "stock", "1001", "more than the maximum 1000"),
        ("active", "yes", "active", "yes", "write 1 or 0"),
        ("released", "01/02/2024", "released", "01/02/2024", "write it as yyyy-MM-dd"),
        ("released", "1999-12-31", "released", "1999-12-31", "less than the minimum"),
        ("color", "pink", "color", "pink", "no option 'pink'"),
        ("tags", "new,old", "tags", "new,old", "no option 'old'"),
        ("price-EUR;price-USD", "1;x", "price-USD", "x", "not a number"),
        ("price", "5 CHF", "price", "5 CHF", "'CHF' is not an active currency"),
        ("weight;weight-unit", "5;LITER", "weight-unit", "LITER", "not a unit of Weight"),
        ("weight;weight-unit", "x;GRAM", "weight", "x", "not a number"),
        ("picture", "a.exe", "picture", "a.exe", "not a file of type png, jpg"),
        ("picture", "../a.png", "picture", "../a.png", "not a path below"),
        ("enabled", "maybe", "enabled", "maybe", "write 1 or 0"),
        ("family", "boats", "family", "boats", "no family 'boats'"),
        ("categories", "shoes,sea", "categories", "shoes,sea", "no category 'sea'"),
        ("groups", "none", "groups", "none", "no group 'none'"),
        ("parent", "nobody", "parent", "nobody", "no product model 'nobody'"),
    ],
)
def test_a_wrong_cell_refuses_its_row_and_no_other(  # noqa: PLR0917 - a table's columns
    catalogue: Catalogue, columns: str, cells: str, column: str, value: str, reason: str
) -> None:
    empty = ";" * columns.count(";")
    result = catalogue.run(PRODUCTS, f"sku;{columns}\ngood;{empty}\nbad;{cells}\nfine;{empty}\n")
    assert result.counters["import"] == {"created": 2, "invalid": 1, "read": 3}
    (sample,) = result.samples
    assert (sample["line"], sample["column"], sample["value"]) == (3, column, value)
    assert reason in sample["reason"]
    assert result.invalid == {"invalid-import.csv": f"sku;{columns}\nbad;{cells}\n"}
    assert set(catalogue.products()) == {"good", "fine"}


def test_every_wrong_cell_of_a_row_is_named(catalogue: Catalogue) -> None:
    result = catalogue.run(PRODUCTS, "sku;stock;color\n;x;pink\n")
    assert [sample["column"] for sample in result.samples] == ["sku", "stock", "color"]
    assert result.counters["import"] == {"invalid": 1, "read": 1}


def test_lines_are_right_after_records_of_several_lines(catalogue: Catalogue) -> None:
    record = '"bad";"one\n\nthree ""quoted"""'
    text = f'sku;note-print\n"a";"x\ny"\n{record}\n"b";z\n'.replace('"bad"', '"b,d"')
    result = catalogue.run(PRODUCTS, text)
    assert result.samples[0]["line"] == 4
    expected = f"sku;note-print\n{record}\n".replace('"bad"', '"b,d"')
    assert result.invalid["invalid-import.csv"] == expected
