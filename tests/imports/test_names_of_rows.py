"""Identifiers and codes that nobody has meant, and those that are in a file more than once."""

from pathlib import Path

import pytest

from pimjob_runner.catalogue.legible import illegible
from pimjob_runner.formats.csv_dialect import CsvDialect
from pimjob_runner.formats.csv_records import csv_records
from pimjob_runner.jobs.imports import repeats as module
from pimjob_runner.jobs.imports.repeats import Repeats, about_repeats
from support.catalogue import Catalogue

PRODUCTS, MODELS = "csv_product_import", "csv_product_model_import"
ROUNDED = "a spreadsheet has rounded a long number to this, and its digits are lost"


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("1.23457E+12", ROUNDED),
        ("1,23457E+12", ROUNDED),
        ("8E+15", ROUNDED),
        ("a\u200bb", "character 2 is invisible (U+200B, zero width space)"),
        ("\ufeffsku", "character 1 is invisible (U+FEFF, zero width no-break space)"),
        ("a\u00a0b", "character 2 is invisible (U+00A0, no-break space)"),
        ("ab\u00ad", "character 3 is invisible (U+00AD, soft hyphen)"),
        ("a\tb", "character 2 is invisible (U+0009, a control character)"),
    ],
)
def test_what_nobody_has_meant_is_told_with_what_to_do(code: str, why: str) -> None:
    assert (illegible(code) or "").startswith(why)


@pytest.mark.parametrize("code", ["", "a b", "E+12", "1.5E12", "12E+5x", "größe", "商品-1", "🎁"])
def test_what_can_be_seen_is_left_alone(code: str) -> None:
    assert illegible(code) is None


def test_products_of_such_identifiers_are_refused(catalogue: Catalogue) -> None:
    result = catalogue.run(PRODUCTS, "sku\n1.23457E+12\na\u200bb\ngood\n")
    assert [(s["line"], s["column"]) for s in result.samples] == [(2, "sku"), (3, "sku")]
    assert "format the column as text" in result.samples[0]["reason"]
    assert "type the code anew" in result.samples[1]["reason"]
    assert set(catalogue.products()) == {"good"}


@pytest.mark.parametrize(
    ("job_type", "text"),
    [
        (MODELS, "code;family_variant\nm\u00ad1;by_color\n"),
        ("csv_category_import", "code\nc\u00ad1\n"),
        ("csv_attribute_import", "code;type\na\u00ad1;pim_catalog_text\n"),
    ],
)
def test_invisible_characters_in_codes_are_told(
    catalogue: Catalogue, job_type: str, text: str
) -> None:
    (sample,) = catalogue.run(job_type, text).samples
    assert "character 2 is invisible (U+00AD, soft hyphen)" in sample["reason"]


@pytest.mark.parametrize("note", ["x", '"x"'])
def test_an_identifier_that_is_there_twice_is_told_once_and_rows_count_in_their_order(
    catalogue: Catalogue, note: str
) -> None:
    rows = f"p1;{note}\np2;{note}\nP1 ;{note}\np3;{note}\n;\n;\np2;last\np2;{note}\n"
    result = catalogue.run(PRODUCTS, f"sku;note-print\n{rows}")
    (told,) = [s["reason"] for s in result.samples if "line" not in s]
    assert told == (
        "Rows name the same thing more than once; they count in the order of the file, so remove"
        " what is not meant. In all 2, first: 'p1' on lines 2 and 4; 'p2' on lines 3 and 8."
    )


def test_outer_spaces_of_codes_mean_nothing_and_those_of_texts_are_kept(
    catalogue: Catalogue,
) -> None:
    columns = "sku;family;enabled;categories;color;stock;weight;name-en_US;x_sell-products"
    row = " p1 ; shoes ; 0; shoes , shop ;red ; 7 ; 2 GRAM ; my name ; p1 "
    result = catalogue.run(PRODUCTS, f"{columns}\n{row}\n")
    assert (result.samples, result.counters["associations"]) == ([], {"read": 1, "updated": 1})
    found = catalogue.products()["p1"]
    assert (found["family"], found["enabled"]) == ("shoes", False)
    assert found["categories"] == ["shoes", "shop"]
    assert {code: value["<all_channels>"] for code, value in catalogue.values("p1").items()} == {
        "color": {"<all_locales>": "red"},
        "name": {"en_US": " my name "},
        "stock": {"<all_locales>": "7"},
        "weight": {"<all_locales>": {"amount": "2", "unit": "GRAM"}},
    }


@pytest.mark.parametrize(
    ("job_type", "columns", "row", "column"),
    [
        (PRODUCTS, "sku;family;color;stock", "p1; shoes ; pink ;7", "color"),
        (PRODUCTS, "sku;family;color;stock", "p1; shos ;red ; 7", "family"),
        (
            "csv_product_model_import",
            "code;family_variant;color",
            " m1; by_bth;red",
            "family_variant",
        ),
    ],
)
def test_a_refused_cell_is_quoted_as_it_is_in_the_file(
    catalogue: Catalogue, job_type: str, columns: str, row: str, column: str
) -> None:
    (sample,) = catalogue.run(job_type, f"{columns}\n{row}\n").samples
    at = columns.split(";").index(column)
    assert (sample["column"], sample["value"]) == (column, row.split(";")[at])


@pytest.mark.parametrize("parent", ["m1", " m1 "])
def test_outer_spaces_of_models_and_parents_mean_nothing(catalogue: Catalogue, parent: str) -> None:
    models = f"code;family_variant;parent;color\n m1 ; by_both \nm2;;{parent};red\n"
    result = catalogue.run(MODELS, models)
    assert result.samples == []
    result = catalogue.run(PRODUCTS, "sku;parent;family;size\np1; m2 ;shoes;s\n")
    assert (result.samples, result.counters["import"]) == ([], {"created": 1, "read": 1})


def test_options_are_named_by_two_columns(catalogue: Catalogue) -> None:
    text = "code;attribute\nxl;size\nxl;color\nxl;size\n;\n;\n"
    result = catalogue.run("csv_attribute_option_import", text)
    (sample,) = result.samples
    assert "In all 1, first: 'size, xl' on lines 2 and 4." in sample["reason"]


def test_of_very_many_rows_only_the_first_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 4)
    repeats = Repeats()
    for keys in (["a", "b"], ["c", "a"], ["b"]):
        repeats.add(keys)
    assert repeats.hashes() == {hash("a")}
    path = tmp_path / "x.csv"
    path.write_text("sku\na\nb\nc\na\nb\n")
    note = about_repeats(csv_records(path, CsvDialect()), (0,), repeats, lambda: None)
    assert note is not None
    assert note.endswith("In all 1, first: 'a' on lines 2 and 5.")
