"""From the text of a cell to the JSON text of a value, by attribute type.

A reader returns JSON that is already in its stored form, so that a row's values
are put together by joining strings. It raises CellError with what is wrong.
"""

import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from json.encoder import encode_basestring
from typing import Any

import msgspec

from pimjob_runner.catalogue.structure import Attribute, AttributeKind

Reader = Callable[[str], str]
"""From a cell that is not empty to JSON."""

CACHE_ENTRIES = 10_000
TEXT_LENGTH = 255
TEXTAREA_LENGTH = 65_535
_TRUE, _FALSE = "1", "0"
_NUMBER = re.compile(r"[+-]?\d{1,30}(\.\d{1,15})?")
_URL = re.compile(r"https?://[^\s/?#]+\S*")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")


class CellError(Exception):
    """The cell cannot be a value; the message says why, for people."""


@dataclass(frozen=True, kw_only=True)
class CellFormat:
    """How a file writes numbers and dates."""

    decimal_separator: str = "."
    date_format: str = "%Y-%m-%d"
    date_pattern: str = "yyyy-MM-dd"


def to_json(value: Any) -> str:
    """Return a value as canonical JSON text."""
    return msgspec.json.encode(value, order="sorted").decode()


def reader(  # noqa: PLR0911 - one return per type reads as the table it is
    attribute: Attribute, options: AbstractSet[str], form: CellFormat
) -> "Reader | Cached":
    """Return the reader of an attribute that takes one column. Options: of selects only."""
    match attribute.kind:
        case AttributeKind.BOOLEAN:
            return cached(_boolean)
        case AttributeKind.NUMBER:
            return cached(lambda cell: to_json(number(cell, attribute, form)))
        case AttributeKind.DATE:
            return cached(lambda cell: to_json(_date(cell, attribute, form)))
        case AttributeKind.SIMPLESELECT:
            return cached(lambda cell: to_json(_option(cell, attribute, options)))
        case AttributeKind.MULTISELECT:
            return cached(lambda cell: to_json(_options(cell, attribute, options)))
        case AttributeKind.IMAGE | AttributeKind.FILE:
            return lambda cell: encode_basestring(_media(cell, attribute))
    return _text_reader(attribute)


class Cached(dict[str, str]):
    """Cells already read: most columns repeat a few. Bounded, so that memory stays flat.

    A dictionary, because looking up what is known must cost no call. An empty
    cell is an empty text.
    """

    def __init__(self, read: Reader) -> None:
        super().__init__({"": ""})
        self._read = read

    def __missing__(self, cell: str) -> str:
        if len(self) >= CACHE_ENTRIES:
            self.clear()
            self[""] = ""
        found = self[cell] = self._read(cell)
        return found


def cached(read: Reader) -> Cached:
    """Return a reader that remembers."""
    return Cached(read)


def number(cell: str, attribute: Attribute, form: CellFormat) -> str:
    """Return a decimal as text, as it was written but for the decimal separator."""
    text = cell.strip()
    if form.decimal_separator != ".":
        text = text.replace(form.decimal_separator, ".")
    if not _NUMBER.fullmatch(text):
        raise CellError(
            f"not a number; write it like 1234{form.decimal_separator}5, without other signs"
        )
    value = _decimal(text)
    rules = attribute.rules
    if "." in text and value != value.to_integral_value() and not rules.get("decimals_allowed"):
        raise CellError("decimals are not allowed")
    if value < 0 and not rules.get("negative_allowed"):
        raise CellError("negative numbers are not allowed")
    _within(value, rules.get("number_min"), rules.get("number_max"), _decimal)
    return text


def _decimal(text: Any) -> Decimal:
    try:
        return Decimal(str(text))
    except InvalidOperation as error:
        raise CellError("not a number") from error


def _within(value: Any, low: Any, high: Any, convert: Callable[[Any], Any]) -> None:
    if low not in {None, ""} and value < convert(low):
        raise CellError(f"less than the minimum {low}")
    if high not in {None, ""} and value > convert(high):
        raise CellError(f"more than the maximum {high}")


def _boolean(cell: str) -> str:
    if cell == _TRUE:
        return "true"
    if cell == _FALSE:
        return "false"
    raise CellError("not yes or no; write 1 or 0")


def _date(cell: str, attribute: Attribute, form: CellFormat) -> str:
    try:
        found = datetime.strptime(cell, form.date_format).date()  # noqa: DTZ007 - a day, not a moment
    except ValueError:
        raise CellError(f"not a date; write it as {form.date_pattern}") from None
    rules = attribute.rules
    _within(found, rules.get("date_min"), rules.get("date_max"), date.fromisoformat)
    return found.isoformat()


def _option(cell: str, attribute: Attribute, options: AbstractSet[str]) -> str:
    if cell not in options:
        raise CellError(f"attribute {attribute.code} has no option {cell!r}")
    return cell


def _options(cell: str, attribute: Attribute, options: AbstractSet[str]) -> list[str]:
    codes = [code.strip() for code in cell.split(",")]
    return [_option(code, attribute, options) for code in dict.fromkeys(filter(None, codes))]


def _media(cell: str, attribute: Attribute) -> str:
    allowed = attribute.rules.get("allowed_extensions") or ()
    extension = cell.rsplit(".", 1)[-1].lower() if "." in cell else ""
    if allowed and extension not in allowed:
        raise CellError(f"not a file of type {', '.join(allowed)}")
    if ".." in cell.split("/") or cell.startswith("/") or len(cell) > TEXT_LENGTH:
        raise CellError("not a path below the folder of the file, of at most 255 characters")
    return cell


def _text_reader(attribute: Attribute) -> Reader:
    area = attribute.kind is AttributeKind.TEXTAREA
    longest = int(attribute.rules.get("max_characters") or 0) or (
        TEXTAREA_LENGTH if area else TEXT_LENGTH
    )
    check = _validation(attribute)

    def read(cell: str) -> str:
        if len(cell) > longest:
            raise CellError(f"{len(cell)} characters; at most {longest} are allowed")
        if check is not None:
            check(cell)
        return encode_basestring(cell)

    return read


def _validation(attribute: Attribute) -> Callable[[str], None] | None:
    rule = attribute.rules.get("validation_rule")
    pattern = {"url": _URL, "email": _EMAIL}.get(rule or "")
    if pattern is None:
        return None

    def check(cell: str) -> None:
        if not pattern.fullmatch(cell):
            raise CellError(f"not a valid {rule}")

    return check
