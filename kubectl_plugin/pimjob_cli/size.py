"""How large the terminal is."""

import os

_USUAL = (80, 24)


def columns() -> int:
    """Return the columns of a line; $COLUMNS wins, as everywhere."""
    return _given("COLUMNS") or _measured()[0]


def rows() -> int:
    """Return the lines of the screen."""
    return _given("LINES") or _measured()[1]


def _given(name: str) -> int:
    value = os.environ.get(name, "")
    return int(value) if value.isdecimal() else 0


def _measured() -> tuple[int, int]:
    try:
        found = os.get_terminal_size(1)
    except OSError:
        return _USUAL
    return (found.columns or _USUAL[0], found.lines or _USUAL[1])
