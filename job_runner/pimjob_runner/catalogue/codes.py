"""Codes and identifiers, found whatever their case.

As in the reference PIM `A238B` and `a238b` name the same thing: it keeps the spelling in
which it was created. Unicode is compared in its composed form (NFC), so that a letter with
an accent is the same whichever program wrote it.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypeVar

T = TypeVar("T")
_IDENTIFIER = re.compile(r"[^\s,;](?:[^,;\r\n]{0,253}[^\s,;])?")
IDENTIFIER_RULE = "at most 255 characters, no comma, semicolon, line break or outer spaces"
"""What identifiers of products and codes of product models are: lists in cells name them."""


def is_identifier(text: str) -> bool:
    """Whether it can identify a product or a product model."""
    return _IDENTIFIER.fullmatch(text) is not None


def fold(code: str) -> str:
    """Return the form in which codes are compared: equal for all spellings of one code."""
    if code.isascii():
        return code.lower()
    # Composed once more: folding may take apart what was composed.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", code).casefold())


def fold_all(codes: Collection[str]) -> Iterable[str]:
    """Return the form of each code: of many at once, in a third of the time."""
    text = "\0".join(codes)
    # What has the separator in it would be two.
    if text.count("\0") != len(codes) - 1:
        return map(fold, codes)
    return fold(text).split("\0")


class Codes(Mapping[str, T]):
    """A mapping by code that takes any spelling and keeps its own.

    Of two codes that differ in case only (older catalogues may have such), each is found
    by its own spelling, and the first of them by any other.
    """

    def __init__(self, found: Mapping[str, T] | Iterable[tuple[str, T]] = ()) -> None:
        self._items: dict[str, T] = dict(found)
        self._folded: dict[str, str] | None = None
        """Own spellings by key; None until another spelling is asked for."""

    @property
    def _spellings(self) -> dict[str, str]:
        if self._folded is None:
            self._folded = {}
            for code in self._items:
                self._folded.setdefault(fold(code), code)
        return self._folded

    def __getitem__(self, code: str) -> T:
        try:
            return self._items[code]
        except KeyError:
            return self._items[self._spellings[fold(code)]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, code: object) -> bool:
        return code in self._items or (isinstance(code, str) and fold(code) in self._spellings)

    def spelling(self, code: str) -> str | None:
        """Return a code as it was created, None if there is none."""
        return code if code in self._items else self._spellings.get(fold(code))

    def add(self, code: str, value: T) -> None:
        """Set the value of a code in this very spelling."""
        self._items[code] = value
        if self._folded is not None:
            self._folded.setdefault(fold(code), code)

    def put(self, code: str, value: T) -> None:
        """Set the value of a code, in its own spelling if it is new."""
        self.add(self.spelling(code) or code, value)


def code_set(codes: Iterable[str]) -> Codes[None]:
    """Return codes that have no value."""
    return Codes((code, None) for code in codes)


def equal(one: str | None, other: str | None) -> bool:
    """Whether two codes are the same, whatever their case."""
    return one == other or (one is not None and other is not None and fold(one) == fold(other))
