"""Cells of structure files, and what more than one kind of structure checks."""

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Any

from pimjob_runner.catalogue.cells import CellError
from pimjob_runner.catalogue.legible import illegible
from pimjob_runner.catalogue.value_plan import CellProblem
from pimjob_runner.jobs.imports.entities import Data

_CODE = re.compile(r"[A-Za-z0-9_]{1,100}")
_INTEGER = re.compile(r"[0-9]{1,9}")
_DECIMAL = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,15})?")


def flag(cell: str) -> bool:
    """Read 1 or 0."""
    if cell not in {"0", "1"}:
        raise CellError("not yes or no; write 1 or 0")
    return cell == "1"


def integer(cell: str) -> int:
    """Read a whole number that is not negative."""
    if not _INTEGER.fullmatch(cell):
        raise CellError("not a whole number")
    return int(cell)


def decimal(cell: str) -> str:
    """Read a number, kept as it is written."""
    if not _DECIMAL.fullmatch(cell):
        raise CellError("not a number; write it like 1234.5")
    return cell


def day(cell: str) -> str:
    """Read a date, kept as it is written."""
    try:
        date.fromisoformat(cell)
    except ValueError:
        raise CellError("not a date; write it as yyyy-MM-dd") from None
    return cell


def codes(cell: str) -> list[str]:
    """Read a comma list, each code once."""
    return list(dict.fromkeys(filter(None, (code.strip() for code in cell.split(",")))))


def check_code(data: Data) -> Iterator[CellProblem]:
    """Yield what is wrong with the code."""
    if not _CODE.fullmatch(data["code"]):
        why = illegible(data["code"])
        why = why or "only letters, digits and _ are allowed, at most 100 of them"
        yield CellProblem("code", data["code"], why)


def unknown(
    column: str, found: Iterable[str] | None, known: AbstractSet[str] | Any, what: str
) -> Iterator[CellProblem]:
    """Yield a problem for each code that is not known."""
    for code in found or ():
        if code not in known:
            yield CellProblem(column, code, f"there is no {what} {code!r}")
