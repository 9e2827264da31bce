"""Numbers: exact decimals, stored as texts in one form."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from pimjob_runner.catalogue.structure import Attribute
from pimjob_runner.catalogue.values.cells import UNLIMITED, CellError, CellFormat, check_limits
from pimjob_runner.catalogue.values.value_type import ValueType, one_cell

_WHOLE = re.compile(r"0|[1-9]\d{0,29}", re.ASCII).fullmatch
_NUMBER = re.compile(r"[+-]?\d{1,30}(\.\d{1,15})?", re.ASCII)
DECIMAL_SCHEMA: Final = {"type": "string", "pattern": r"^-?(0|[1-9]\d*)(\.\d*[1-9])?$"}


def number(cell: str, attribute: Attribute, form: CellFormat) -> str:
    """Return a decimal in its one stored form. Raises CellError."""
    rules = attribute.rules
    low, high = rules.get("number_min"), rules.get("number_max")
    unlimited = low in UNLIMITED and high in UNLIMITED
    if unlimited and _WHOLE(cell):
        return cell
    text = cell.strip()
    if form.decimal_separator != ".":
        text = text.replace(form.decimal_separator, ".")
    if not _NUMBER.fullmatch(text):
        raise CellError(
            f"not a number; write it like 1234{form.decimal_separator}5, without other signs"
        )
    if unlimited and text.isdigit():
        return canonical(text)
    value = _decimal(text)
    if "." in text and value != value.to_integral_value() and not rules.get("decimals_allowed"):
        raise CellError("decimals are not allowed")
    if value < 0 and not rules.get("negative_allowed"):
        raise CellError("negative numbers are not allowed")
    check_limits(value, low, high, _decimal)
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


def written(data: Any, form: CellFormat) -> str:
    """Return a stored decimal as a file writes it."""
    return str(data).replace(".", form.decimal_separator)


def _decimal(text: Any) -> Decimal:
    try:
        return Decimal(str(text))
    except InvalidOperation as error:
        raise CellError("not a number") from error


NUMBER: Final = ValueType(
    parse=one_cell(lambda cell, reading: number(cell, reading.attribute, reading.form)),
    render=written,
    schema=DECIMAL_SCHEMA,
    can_be_unique=True,
)
