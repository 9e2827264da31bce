"""Files that are refused as a whole, and how they may be written."""

from pathlib import Path

import pytest

from pimjob_api.phases import OutcomeKind
from pimjob_runner.jobs.imports.structure_types import ENTITIES
from pimjob_runner.testing import fresh_job
from support.catalogue import Catalogue

(CATEGORIES,) = (each for each in ENTITIES if each.name == "csv_category_import")

PRODUCTS = "csv_product_import"


@pytest.mark.parametrize(
    ("content", "reason", "message"),
    [
        (b"", "InvalidFile", "The file is empty"),
        (b"sku,stock\np1,1\n", "InvalidFile", "separated by commas, not by semicolons"),
        (b"sku;stock\rp1;1\rp2;2\r", "InvalidFile", "Line 1 has a carriage return (CR)"),
        ("sku\n".encode("utf-16"), "InvalidCharset", "The file is UTF-16"),
        (b"sku\np1\n\xff\n", "InvalidCharset", "Line 3 is not UTF-8 (byte 0xff)"),
        ("größe\n".encode("latin-1"), "InvalidCharset", "Line 1 is not UTF-8 (byte 0xf6)"),
        (b'sku;stock\np1;"1\np2;2\n', "InvalidFile", "Line 2: a cell begins"),
    ],
)
def test_a_file_that_is_no_utf_8_csv_is_refused(
    catalogue: Catalogue, content: bytes, reason: str, message: str
) -> None:
    result = catalogue.run(PRODUCTS, content)
    assert (result.outcome, result.reason) == ("Failed", reason)
    assert message in result.message


def test_a_source_that_nobody_has_uploaded_ends_the_job_in_a_sentence(empty: Catalogue) -> None:
    """Each sort of them; the table of all is that of tests/runner/test_volume.py."""
    for source, says in (
        ("file:///data/executions/other/input/source.csv", "is not inside the upload folder"),
        ("file:///data/in/a%00b", "can be no file's name"),
        ("file:///data/in/" + "a" * 256, "can be no file's name"),
    ):
        result = empty.run(PRODUCTS, "sku\n", source=source)
        assert (result.outcome, result.reason) == ("Failed", "InvalidSource")
        assert says in result.message


def test_a_job_that_has_its_copy_goes_on_wherever_the_file_was(tmp_path: Path) -> None:
    """As one that began before sources had to be in the upload folder."""
    job = fresh_job(CATEGORIES, tmp_path, {"source": "file:///data/elsewhere/old%20tree.csv"})
    copy = job.files_root / "executions" / job.id / "input" / "source.csv"
    copy.parent.mkdir(parents=True)
    copy.write_text("code;parent\nshop;\n")
    assert job.run().kind is OutcomeKind.COMPLETED
    assert job.left().files["old tree.csv"] == copy.read_bytes()


def test_a_missing_source_is_named(catalogue: Catalogue) -> None:
    result = catalogue.run(PRODUCTS, "sku\n", source="file:///data/in/nothing.csv")
    assert (result.reason, "file:///data/in/nothing.csv" in result.message) == (
        "SourceNotFound",
        True,
    )


def test_a_wrong_parameter_is_named(catalogue: Catalogue) -> None:
    result = catalogue.run(PRODUCTS, "sku\n", delimter=",")
    assert (result.outcome, result.reason) == ("Failed", "InvalidParameters")
    assert "delimter" in result.message


def test_byte_order_mark_windows_lines_and_no_last_line_end(catalogue: Catalogue) -> None:
    result = catalogue.run(PRODUCTS, b"\xef\xbb\xbfsku;stock\r\np1;1\r\n\r\np2;2")
    assert result.counters["import"] == {"created": 2, "read": 2}
    assert set(catalogue.products()) == {"p1", "p2"}


def test_another_delimiter_decimal_separator_and_date(catalogue: Catalogue) -> None:
    form = {"delimiter": ",", "decimalSeparator": ",", "dateFormat": "dd.MM.yyyy"}
    catalogue.run(PRODUCTS, 'sku,ratio,released\np1,"1,5",31.12.2024\n', **form)
    assert catalogue.values("p1") == {
        "ratio": {"<all_channels>": {"<all_locales>": "1.5"}},
        "released": {"<all_channels>": {"<all_locales>": "2024-12-31"}},
    }


def test_a_row_that_is_shorter_than_the_header_is_filled_up(catalogue: Catalogue) -> None:
    result = catalogue.run(PRODUCTS, "sku;stock;color\np1;1\np2\np3;3;red;\np4;4;blue; ;;\n")
    assert result.counters["import"] == {"created": 4, "read": 4}
    assert result.samples == []
    assert {code: set(found["raw_values"]) for code, found in catalogue.products().items()} == {
        "p1": {"sku", "stock"},
        "p2": {"sku"},
        "p3": {"sku", "stock", "color"},
        "p4": {"sku", "stock", "color"},
    }


def test_a_row_with_content_beyond_the_header_is_refused_with_its_record(
    catalogue: Catalogue,
) -> None:
    result = catalogue.run(PRODUCTS, "sku;stock\np1;1;;x\np2;2\n")
    assert result.counters["import"] == {"created": 1, "invalid": 1, "read": 2}
    (sample,) = result.samples
    assert (sample["line"], sample["reason"]) == (
        2,
        (
            "cell number 4 ('x') has no column with a name, the header names 2: remove it, or"
            " enclose the cell that has a delimiter inside"
        ),
    )
    assert result.invalid == {"invalid-import.csv": "sku;stock\np1;1;;x\n"}


@pytest.mark.parametrize("blank", [";", " ; ", '"";""', ";;;"])
@pytest.mark.parametrize("cell", ["x", '"x"'])
def test_rows_without_content_are_read_and_skipped_without_a_word(
    catalogue: Catalogue, blank: str, cell: str
) -> None:
    text = f"sku;note-print\n{blank}\np1;{cell}\n{blank}\n\n{blank}\n"
    result = catalogue.run(PRODUCTS, text)
    assert result.samples == []
    assert result.counters["validate"]["records"] == 4
    assert result.counters["import"] == {"created": 1, "skipped": 3, "read": 4}


@pytest.mark.parametrize("job_type", ["csv_category_import", "csv_product_model_import"])
def test_rows_without_content_are_skipped_whatever_is_imported(
    catalogue: Catalogue, job_type: str
) -> None:
    result = catalogue.run(job_type, "code;parent\n;\n")
    assert (result.outcome, result.samples) == ("Completed", [])
    assert [step.get("invalid") for step in result.counters.values()] == [None] * len(
        result.counters
    )


def test_columns_without_a_name_are_left_out_and_hold_nothing(catalogue: Catalogue) -> None:
    result = catalogue.run(PRODUCTS, "sku;;stock; ;\np1;;1;;\np2;x;2\np3;;3;;y\np4;;4\n")
    assert result.counters["import"] == {"created": 2, "invalid": 2, "read": 4}
    assert [(s["line"], s["reason"].split(" has")[0]) for s in result.samples] == [
        (3, "cell number 2 ('x')"),
        (4, "cell number 5 ('y')"),
    ]
    assert set(catalogue.products()) == {"p1", "p4"}
    assert catalogue.values("p4")["stock"] == {"<all_channels>": {"<all_locales>": "4"}}


def test_a_first_line_sep_names_the_delimiter_and_refused_rows_keep_it(
    catalogue: Catalogue,
) -> None:
    result = catalogue.run(PRODUCTS, "sep=,\r\nsku,stock\r\np1,1\r\np2,x\r\n")
    assert result.counters["import"] == {"created": 1, "invalid": 1, "read": 2}
    assert result.samples[0]["line"] == 4
    mended = result.invalid["invalid-import.csv"].replace("x", "2")
    assert catalogue.run(PRODUCTS, mended).counters["import"] == {"created": 1, "read": 1}


@pytest.mark.parametrize("cell", ["a\rb", '"19" rack"', "y" * 140_000])
def test_a_cell_that_cannot_be_read_costs_its_row(catalogue: Catalogue, cell: str) -> None:
    result = catalogue.run(PRODUCTS, f"sku;note-print\np1;x\np2;{cell}\np3;y\n")
    assert result.counters["validate"]["records"] == 3
    assert result.counters["import"] == {"created": 2, "invalid": 1, "read": 3}
    assert result.counters["associations"] == {}
    assert [s["line"] for s in result.samples] == [3]
    assert result.invalid == {"invalid-import.csv": f"sku;note-print\np2;{cell}\n"}


def test_a_record_of_more_than_a_mebibyte_is_never_cut_in_two(catalogue: Catalogue) -> None:
    long = "p2;" + "y" * 1_400_000
    result = catalogue.run(PRODUCTS, f"sku;note-print\np1;x\n{long}\n")
    assert (result.outcome, result.reason) == ("Failed", "InvalidFile")
    assert "Line 3 is longer than 1 MiB" in result.message
