"""Rows with many wrong cells: told briefly, counted fully, and given up early."""

from contextlib import closing

from pimjob_runner.stores.url import open_database
from support.catalogue import Catalogue

PRODUCTS = "csv_product_import"
NAMES = [f"n{number}" for number in range(12)]


def prepare(empty: Catalogue) -> None:
    lines = (f"{name};pim_catalog_number;0;0\n" for name in NAMES)
    header = "code;type;decimals_allowed;negative_allowed\n"
    empty.run("csv_attribute_import", f"{header}sku;pim_catalog_identifier;;\n{''.join(lines)}")


def counted(catalogue: Catalogue) -> int:
    with closing(open_database(catalogue.database_url)) as database:
        ((warnings,),) = database.query("SELECT max(warnings) FROM step_execution")
        return int(warnings)


def products(rows: int, cell: str) -> str:
    header = f"sku;{';'.join(NAMES)}\n"
    return header + "".join(f"p{n};{';'.join([cell] * len(NAMES))}\n" for n in range(rows))


def test_of_a_row_ten_are_told_and_all_are_counted(empty: Catalogue) -> None:
    prepare(empty)
    result = empty.run(PRODUCTS, products(2, "x"))
    assert result.counters["import"] == {"read": 2, "invalid": 2}
    assert counted(empty) == 24
    assert result.invalid["invalid-import.csv"] == products(2, "x")


def test_where_every_row_is_refused_for_one_reason_the_job_fails(empty: Catalogue) -> None:
    prepare(empty)
    result = empty.run(PRODUCTS, products(100, "x"))
    assert result.outcome == "Failed"
    assert result.counters["import"] == {"read": 100, "invalid": 100}
    assert result.message == (
        "Each of the first 100 rows is refused for the same reason: column n0, n1, n2 and others:"
        " not a number; write it like 1234.5, without other signs. So it is not some rows that are"
        " wrong, but the file as a whole, or what it refers to is not there yet. Mend that, and"
        " launch the job again."
    )
    assert result.invalid["invalid-import.csv"] == products(100, "x")
