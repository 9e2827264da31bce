"""Dates: days, stored as `2026-12-31` however a file writes them."""

from datetime import date, datetime
from typing import Any, Final

from pimjob_runner.catalogue.values.cells import CellError, CellFormat, check_limits
from pimjob_runner.catalogue.values.value_type import Reading, ValueType, one_cell


def _date(cell: str, reading: Reading) -> str:
    form, rules = reading.form, reading.attribute.rules
    try:
        found = datetime.strptime(cell, form.date_format).date()  # noqa: DTZ007 - a day, not a moment
    except ValueError:
        raise CellError(f"not a date; write it as {form.date_pattern}") from None
    check_limits(found, rules.get("date_min"), rules.get("date_max"), date.fromisoformat)
    return found.isoformat()


def _render(data: Any, form: CellFormat) -> str:
    # Of years before 1000 strftime writes fewer digits on some systems.
    day = date.fromisoformat(data)
    return day.strftime(form.date_format.replace("%Y", f"{day.year:04}"))


DATE: Final = ValueType(
    parse=one_cell(_date),
    render=_render,
    schema={"type": "string", "format": "date"},
    can_be_unique=True,
)
