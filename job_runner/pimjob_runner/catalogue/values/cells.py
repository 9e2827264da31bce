"""From the text of a cell to the JSON text of a value, by attribute type.

A reader returns JSON that is already in its stored form, so that a row's values
are put together by joining strings. It raises CellError with what is wrong.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from json.encoder import encode_basestring
from typing import Any

import msgspec

from pimjob_runner.catalogue.codes import Codes
from pimjob_runner.catalogue.structure import (
    ONE_OPTION,
    SEVERAL_OPTIONS,
    Attribute,
    AttributeKind,
)
from pimjob_runner.catalogue.values.expressions import compile_expression

Reader = Callable[[str], str]
"""From a cell that is not empty to JSON."""

Note = Callable[[str, str], None]
"""Takes a cell that was changed to be stored, and how."""

CACHE_ENTRIES = 10_000
"""Of one column at most."""
CACHED_CELLS = 100_000
"""Of all columns of a file together: about 30 MiB at worst."""
CACHED_LENGTH = 200
"""Longer cells repeat too seldom to be worth their memory."""
TEXT_LENGTH = 255
TEXTAREA_LENGTH = 65_535
_TRUE, _FALSE = "1", "0"
_UNLIMITED = (None, "")
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_NUMBER = re.compile(r"[+-]?\d{1,30}(\.\d{1,15})?", re.ASCII)
# Neither has two parts that could share the same text: time grows with the text only.
_URL = re.compile(r"https?://[^\s/?#]\S*", re.IGNORECASE)
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


def cache_entries(columns: int) -> int:
    """Return how many cells each of so many columns may remember."""
    return min(CACHE_ENTRIES, CACHED_CELLS // max(columns, 1))


def reader(
    attribute: Attribute,
    options: Codes[None],
    form: CellFormat,
    entries: int,
    note: Note = lambda _cell, _reason: None,
) -> "Reader | Cached":
    """Return the reader of an attribute that takes one column. Options: of selects only."""
    convert: Callable[[str], Any]
    match attribute.kind:
        case AttributeKind.BOOLEAN:
            convert = _boolean
        case AttributeKind.NUMBER:
            convert = partial(number, attribute=attribute, form=form)
        case AttributeKind.DATE:
            convert = partial(_date, attribute=attribute, form=form)
        case kind if kind in ONE_OPTION:
            convert = partial(_option, attribute=attribute, options=options)
        case kind if kind in SEVERAL_OPTIONS:
            convert = partial(_options, attribute=attribute, options=options)
        case AttributeKind.IMAGE | AttributeKind.FILE:
            return lambda cell: encode_basestring(_media(cell, attribute))
        case _:
            return _text_reader(attribute, note)
    return Cached(lambda cell: _json_unless_empty(convert(cell)), entries)


def _json_unless_empty(value: Any) -> str:
    """Return JSON, or nothing for a list of nothing: as good as an empty cell."""
    return "" if value == [] else to_json(value)


class Cached(dict[str, str]):
    """Cells already read: most columns repeat a few. Bounded, so that memory stays flat.

    A dictionary, because looking up what is known must cost no call. An empty
    cell is an empty text.
    """

    def __init__(self, read: Reader, entries: int) -> None:
        super().__init__({"": ""})
        self.read = read
        self._entries = entries

    def __missing__(self, cell: str) -> str:
        found = self.read(cell)
        if len(cell) <= CACHED_LENGTH:
            if len(self) >= self._entries:
                self.clear()
                self[""] = ""
            self[cell] = found
        return found

    def within(self, prefix: str, end: str) -> "Cached":
        """Return one that puts what is read between two texts."""
        read = self.read

        def inner(cell: str) -> str:
            found = read(cell)
            return f"{prefix}{found}{end}" if found else ""

        return Cached(inner, self._entries)


def number(cell: str, attribute: Attribute, form: CellFormat) -> str:
    """Return a decimal in its one stored form."""
    text = cell.strip()
    if form.decimal_separator != ".":
        text = text.replace(form.decimal_separator, ".")
    if not _NUMBER.fullmatch(text):
        raise CellError(
            f"not a number; write it like 1234{form.decimal_separator}5, without other signs"
        )
    rules = attribute.rules
    low, high = rules.get("number_min"), rules.get("number_max")
    if text.isdigit() and low in _UNLIMITED and high in _UNLIMITED:
        return canonical(text)
    value = _decimal(text)
    if "." in text and value != value.to_integral_value() and not rules.get("decimals_allowed"):
        raise CellError("decimals are not allowed")
    if value < 0 and not rules.get("negative_allowed"):
        raise CellError("negative numbers are not allowed")
    _within(value, low, high, _decimal)
    return canonical(text)


def canonical(text: str) -> str:
    """Return a decimal in the one form in which it is stored: `+007.50` is `7.5`, `-0` is `0`.

    So equal numbers are equal texts: a row that writes one in another way changes nothing,
    and a unique number has one owner.
    """
    whole, _, fraction = text.lstrip("+-").partition(".")
    whole, fraction = whole.lstrip("0") or "0", fraction.rstrip("0")
    found = f"{whole}.{fraction}" if fraction else whole
    return f"-{found}" if text.startswith("-") and found != "0" else found


def _decimal(text: Any) -> Decimal:
    try:
        return Decimal(str(text))
    except InvalidOperation as error:
        raise CellError("not a number") from error


def _within(value: Any, low: Any, high: Any, convert: Callable[[Any], Any]) -> None:
    if low not in _UNLIMITED and value < convert(low):
        raise CellError(f"less than the minimum {low}")
    if high not in _UNLIMITED and value > convert(high):
        raise CellError(f"more than the maximum {high}")


def _boolean(cell: str) -> bool:
    if cell in {_TRUE, _FALSE}:
        return cell == _TRUE
    raise CellError("not yes or no; write 1 or 0")


def _date(cell: str, attribute: Attribute, form: CellFormat) -> str:
    try:
        found = datetime.strptime(cell, form.date_format).date()  # noqa: DTZ007 - a day, not a moment
    except ValueError:
        raise CellError(f"not a date; write it as {form.date_pattern}") from None
    rules = attribute.rules
    _within(found, rules.get("date_min"), rules.get("date_max"), date.fromisoformat)
    return found.isoformat()


def _option(cell: str, attribute: Attribute, options: Codes[None]) -> str:
    code = options.spelling(cell.strip())
    if code is None:
        raise CellError(f"attribute {attribute.code} has no option {cell!r}")
    return code


def _options(cell: str, attribute: Attribute, options: Codes[None]) -> list[str]:
    """Return codes in one order: a set that is written in another is the same."""
    codes = filter(None, map(str.strip, cell.split(",")))
    return sorted({_option(code, attribute, options) for code in codes})


def _media(cell: str, attribute: Attribute) -> str:
    allowed = attribute.rules.get("allowed_extensions") or ()
    extension = cell.rsplit(".", 1)[-1].lower() if "." in cell else ""
    if allowed and extension not in allowed:
        raise CellError(f"not a file of type {', '.join(allowed)}")
    if ".." in cell.split("/") or cell.startswith("/") or len(cell) > TEXT_LENGTH:
        raise CellError("not a path below the folder of the file, of at most 255 characters")
    return cell


def _text_reader(attribute: Attribute, note: Note) -> Reader:
    area = attribute.kind is AttributeKind.TEXTAREA
    longest = int(attribute.rules.get("max_characters") or 0) or (
        TEXTAREA_LENGTH if area else TEXT_LENGTH
    )
    check = _validation(attribute)
    names = attribute.kind is AttributeKind.IDENTIFIER

    def read(cell: str) -> str:
        if not area and ("\n" in cell or "\r" in cell):
            note(cell, "a line break became a space: the attribute has one line")
            cell = _LINE_BREAK.sub(" ", cell)
        if names:
            cell = cell.strip()
        if len(cell) > longest:
            raise CellError(f"{len(cell)} characters; at most {longest} are allowed")
        if check is not None:
            check(cell)
        return encode_basestring(cell)

    return read


def _validation(attribute: Attribute) -> Callable[[str], None] | None:
    rule = attribute.rules.get("validation_rule")
    matches: Callable[[str], object]
    why = f"not a valid {rule}"
    match rule:
        case "url":
            matches = _URL.fullmatch
        case "email":
            matches = _EMAIL.fullmatch
        case "regexp":
            expression = attribute.rules.get("validation_regexp", "")
            matches, why = compile_expression(expression), f"it does not match {expression}"
        case _:
            return None

    def check(cell: str) -> None:
        if not matches(cell):
            raise CellError(why)

    return check
