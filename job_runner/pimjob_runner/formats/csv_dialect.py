"""How a CSV file is written."""

from dataclasses import dataclass

DELIMITERS = {";": "semicolons", ",": "commas", "|": "pipes", "\t": "tabs"}
"""Between two cells, with what people call them."""


@dataclass(frozen=True, slots=True)
class CsvDialect:
    """One character between two cells, and one around cells with that or a line end in them."""

    delimiter: str = ";"
    enclosure: str = '"'
