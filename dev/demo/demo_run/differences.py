"""Where two records differ, in words."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

SHOWN = 5
LONGEST = 120


def differences(expected: Any, found: Any, path: str = "") -> Iterator[str]:
    """Yield one line for each place where `found` is not what was expected."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        for key in sorted({*expected, *found}):
            inner = f"{path}.{key}" if path else str(key)
            yield from differences(expected.get(key), found.get(key), inner)
    elif expected != found or type(expected) is not type(found):
        yield f"{path}: expected {_short(expected)}, found {_short(found)}"


def first_few(found: Iterable[str]) -> list[str]:
    """Return the first lines, and how many more there are."""
    lines = list(found)
    more = len(lines) - SHOWN
    return lines[:SHOWN] + ([f"… and {more:,} more"] if more > 0 else [])


def _short(value: Any) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
