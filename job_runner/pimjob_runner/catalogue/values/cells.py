"""Reading cells: what the readers of all types of values share.

A reader returns JSON that is already in its stored form, so that a row's values
are put together by joining strings. It raises CellError with what is wrong.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec

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
UNLIMITED: Final = (None, "")
"""Limits that an attribute has not set."""


class CellError(Exception):
    """The cell cannot be a value; the message says why, for people.

    `component`: of a value with several columns, the one that is to blame: a currency or `unit`.
    """

    def __init__(self, reason: str, component: str | None = None) -> None:
        super().__init__(reason)
        self.component = component


@dataclass(frozen=True, kw_only=True)
class CellFormat:
    """How a file writes numbers and dates."""

    decimal_separator: str = "."
    date_format: str = "%Y-%m-%d"
    date_pattern: str = "yyyy-MM-dd"


json_bytes: Final = msgspec.json.Encoder(order="sorted").encode
"""Returns a value as canonical JSON."""


def to_json(value: Any) -> str:
    """Return a value as canonical JSON text."""
    return json_bytes(value).decode()


def cache_entries(columns: int) -> int:
    """Return how many cells each of so many columns may remember."""
    return min(CACHE_ENTRIES, CACHED_CELLS // max(columns, 1))


class Cached(dict[str, str]):
    """Cells already read: most columns repeat a few. Bounded, so that memory stays flat.

    A dictionary, because looking up what is known must cost no call.
    `empty`: what an empty cell is.
    """

    def __init__(self, read: Reader, entries: int, empty: str = "") -> None:
        super().__init__({"": empty})
        self.read = read
        self._entries = entries
        self._empty = empty

    def __missing__(self, cell: str) -> str:
        found = self.read(cell)
        if len(cell) <= CACHED_LENGTH:
            if len(self) >= self._entries:
                self.clear()
                self[""] = self._empty
            self[cell] = found
        return found

    def within(self, prefix: str, end: str) -> "Cached":
        """Return one that puts what is read between two texts."""
        read = self.read

        def inner(cell: str) -> str:
            found = read(cell)
            return f"{prefix}{found}{end}" if found else ""

        return Cached(inner, self._entries)


@dataclass(frozen=True)
class Verbatim:
    """A reader of texts most of which are stored as they are: those need no call of it."""

    read: Reader
    longest: int
    one_line: bool
    """Whether those with line breaks are not stored as they are."""

    def __call__(self, cell: str) -> str:
        """Read a cell that is not empty, whatever it is."""
        return self.read(cell)


def check_limits(value: Any, low: Any, high: Any, convert: Callable[[Any], Any]) -> None:
    """Raise CellError if a value is below or above what its attribute allows."""
    if low not in UNLIMITED and value < convert(low):
        raise CellError(f"less than the minimum {low}")
    if high not in UNLIMITED and value > convert(high):
        raise CellError(f"more than the maximum {high}")
