"""Parameters that all CSV imports share. Their descriptions become JSON Schema."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from pimjob_runner.catalogue.values.cells import CellFormat
from pimjob_runner.formats.csv_dialect import CsvDialect

MIB = 1024 * 1024

Source = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=1024,
        pattern="^file:///data/.+$",
        description="The file to import: file:///data/in/products.csv, in the upload folder of the"
        " files volume or below it.",
    ),
]
_DATE_FORMATS = {
    "yyyy-MM-dd": "%Y-%m-%d",
    "yyyy/MM/dd": "%Y/%m/%d",
    "dd.MM.yyyy": "%d.%m.%Y",
    "dd/MM/yyyy": "%d/%m/%Y",
    "MM/dd/yyyy": "%m/%d/%Y",
    "dd-MM-yyyy": "%d-%m-%Y",
}


class CsvParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Where the file is and how it is written."""

    source: Source
    delimiter: Annotated[Literal[";", ",", "|", "\t"], Meta(description="Between two cells.")] = ";"
    enclosure: Annotated[
        Literal['"', "'"], Meta(description="Around cells with a delimiter or a line end in them.")
    ] = '"'
    max_megabytes: Annotated[
        int, Meta(ge=1, le=10_240, description="A larger file is refused.")
    ] = 512

    @property
    def dialect(self) -> CsvDialect:
        """Return how the file is written."""
        return CsvDialect(self.delimiter, self.enclosure)


class ProductParameters(CsvParameters, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What the files of products and product models have besides."""

    decimal_separator: Annotated[
        Literal[".", ","], Meta(description="In numbers, prices and measurements.")
    ] = "."
    date_format: Annotated[
        Literal["yyyy-MM-dd", "yyyy/MM/dd", "dd.MM.yyyy", "dd/MM/yyyy", "MM/dd/yyyy", "dd-MM-yyyy"],
        Meta(description="How dates are written."),
    ] = "yyyy-MM-dd"
    categories_column: Annotated[
        str, Meta(min_length=1, max_length=100, description="Name of the categories' column.")
    ] = "categories"
    family_column: Annotated[
        str, Meta(min_length=1, max_length=100, description="Name of the family's column.")
    ] = "family"
    groups_column: Annotated[
        str, Meta(min_length=1, max_length=100, description="Name of the groups' column.")
    ] = "groups"
    enabled: Annotated[
        bool, Meta(description="Whether new products are enabled where the file doesn't say.")
    ] = True
    enabled_comparison: Annotated[
        bool,
        Meta(
            description="Whether rows that change nothing are left alone and counted as unchanged."
        ),
    ] = True

    @property
    def form(self) -> CellFormat:
        """Return how cells are written."""
        return CellFormat(
            decimal_separator=self.decimal_separator,
            date_format=_DATE_FORMATS[self.date_format],
            date_pattern=self.date_format,
        )
