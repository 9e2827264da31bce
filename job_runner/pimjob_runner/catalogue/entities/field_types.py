"""Types of fields, both ways: from a cell to what is stored, and back."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from pimjob_runner.catalogue.values.cells import CellError
from pimjob_runner.catalogue.values.numbers import DECIMAL_SCHEMA, canonical

_INTEGER = re.compile(r"[0-9]{1,9}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,15})?")


@dataclass(frozen=True, kw_only=True, eq=False)
class FieldType:
    """How a field is written in a cell, and what it may be."""

    parse: Callable[[str], Any]
    """From a cell that is not empty to what is stored. Raises CellError."""
    render: Callable[[Any], str]
    """From what is stored to a cell: parsed again it is the same."""
    schema: Mapping[str, Any]
    """JSON Schema of what is stored."""
    about: str
    """What a cell holds, for people."""


def _flag(cell: str) -> bool:
    if cell.strip() not in {"0", "1"}:
        raise CellError("not yes or no; write 1 or 0")
    return cell.strip() == "1"


def _integer(cell: str) -> int:
    if not _INTEGER.fullmatch(cell.strip()):
        raise CellError("not a whole number")
    return int(cell)


def _decimal(cell: str) -> str:
    if not _DECIMAL.fullmatch(cell.strip()):
        raise CellError("not a number; write it like 1234.5")
    return canonical(cell.strip())


def _day(cell: str) -> str:
    try:
        return date.fromisoformat(cell.strip()).isoformat()
    except ValueError:
        raise CellError("not a date; write it as yyyy-MM-dd") from None


def _codes(cell: str) -> list[str]:
    return list(dict.fromkeys(filter(None, map(str.strip, cell.split(",")))))


def _pairs(cell: str) -> dict[str, str]:
    found = {}
    for pair in filter(None, map(str.strip, cell.split(","))):
        key, _, value = (part.strip() for part in pair.partition(":"))
        if not key or not value:
            raise CellError("not pairs; write them like weight:GRAM,length:METER")
        found[key] = value
    return found


def _within(longest: int) -> Callable[[str], str]:
    def parse(cell: str) -> str:
        if len(cell) > longest:
            raise CellError(f"{len(cell)} characters; at most {longest} are allowed")
        return cell

    return parse


def text(longest: int) -> FieldType:
    """Return the type of texts of at most so many characters."""
    schema = {"type": "string", "maxLength": longest}
    about = f"text of at most {longest:,} characters"
    return FieldType(parse=_within(longest), render=str, schema=schema, about=about)


FLAG: Final = FieldType(
    parse=_flag,
    render=lambda flag: "1" if flag else "0",
    schema={"type": "boolean"},
    about="1 or 0",
)
INTEGER: Final = FieldType(
    parse=_integer,
    render=str,
    schema={"type": "integer", "minimum": 0},
    about="whole number of at most 9 digits",
)
DECIMAL: Final = FieldType(
    parse=_decimal, render=str, schema=DECIMAL_SCHEMA, about="number like 1234.5"
)
DAY: Final = FieldType(
    parse=_day, render=str, schema={"type": "string", "format": "date"}, about="date: yyyy-MM-dd"
)
CODE: Final = FieldType(parse=str.strip, render=str, schema={"type": "string"}, about="code")
CODES: Final = FieldType(
    parse=_codes,
    render=",".join,
    schema={"type": "array", "items": {"type": "string"}},
    about="codes with commas",
)
PAIRS: Final = FieldType(
    parse=_pairs,
    render=lambda pairs: ",".join(f"{key}:{value}" for key, value in pairs.items()),
    schema={"type": "object", "additionalProperties": {"type": "string"}},
    about="pairs with commas: `weight:GRAM`",
)
