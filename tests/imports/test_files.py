"""Files that are refused as a whole, and how they may be written."""

import pytest

from support.catalogue import Catalogue

PRODUCTS = "csv_product_import"


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("sku;colour", "Column 'colour': there is no attribute 'colour'."),
        ("sku;name", "Column 'name': the locale is missing: values of name differ by locale."),
        ("sku;name-xx_XX", "Column 'name-xx_XX': 'xx_XX' is not an active locale."),
        ("sku;title-en_US", "Column 'title-en_US': the channel is missing"),
        ("sku;title-en_US-web", "Column 'title-en_US-web': there is no channel 'web'"),
        ("sku;name-en_US-print", "'print' is too much; write it as name-locale"),
        ("sku;legal-en_US", "Column 'legal-en_US': legal has values in de_DE only."),
        ("sku;price-CHF", "Column 'price-CHF': 'CHF' is not an active currency."),
        ("sku;weight-unit", "Column 'weight-unit': there is no column 'weight'."),
        ("sku;price;price-EUR", "Column 'price-EUR': column 'price' has all currencies already."),
        ("sku;stock;stock", "Column 'stock': it is there twice."),
        ("sku;", "Column '': column number 2 has no name."),
        ("stock", "Column 'sku': it is missing, and so is uuid"),
        ("sku;X_SELL-things", "'things' is not one of products"),
        ("sku;PRODUCT_SET-products", "there is no column 'PRODUCT_SET-products-quantity'"),
    ],
)
def test_a_wrong_header_fails_the_file_before_anything_is_written(
    catalogue: Catalogue, header: str, message: str
) -> None:
    result = catalogue.run(PRODUCTS, f"{header}\np1{';' * header.count(';')}\n")
    assert (result.outcome, result.reason) == ("Failed", "InvalidHeader")
    assert message in result.message
    assert catalogue.products() == {}


@pytest.mark.parametrize(
    ("content", "reason", "message"),
    [
        (b"", "InvalidFile", "The file is empty"),
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


def test_a_source_outside_the_files_volume_is_refused(catalogue: Catalogue) -> None:
    result = catalogue.run(PRODUCTS, "sku\n", source="file:///data/../../etc/passwd")
    assert (result.outcome, result.reason) == ("Failed", "InvalidSource")


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
