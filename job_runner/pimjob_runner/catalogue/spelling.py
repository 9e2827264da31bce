"""Codes and names are found whatever their case, and keep the spelling that they were given."""

import unicodedata
from collections.abc import Iterable


def fold(name: str) -> str:
    """Return what two spellings of one name have in common."""
    return unicodedata.normalize("NFC", name).casefold()


class Spellings:
    """Names as the catalogue spells them, found whatever their case."""

    def __init__(self, names: Iterable[str]) -> None:
        known = tuple(names)
        # Of two that differ by case only, each is found by its own spelling.
        self._names = {fold(name): name for name in known} | {name: name for name in known}

    def find(self, name: str) -> str | None:
        """Return the catalogue's spelling of a name, None if it is not known."""
        return self._names.get(name) or self._names.get(fold(name))
