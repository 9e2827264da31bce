"""Paints lines over those painted before."""

import re
from collections.abc import Sequence
from typing import Self

from pimjob_cli import text
from pimjob_cli.terminal import Terminal

_UP = "\x1b[{}A"
_CLEAR_LINE = "\x1b[K"
_CLEAR_BELOW = "\x1b[J"
_COLOUR = re.compile(r"(\x1b\[\d+m)")
_HIDE, _SHOW = "\x1b[?25l", "\x1b[?25h"


class Screen:
    """A part of the terminal that changes in place. What was painted last stays at the end."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._painted = 0

    def __enter__(self) -> Self:
        self._terminal.out.write(_HIDE)
        return self

    def __exit__(self, *_: object) -> None:
        self._terminal.out.write(_SHOW)
        self._terminal.out.flush()

    def paint(self, lines: Sequence[str]) -> None:
        """Show these lines, folded; what does not fit into the height is left out."""
        room = max(1, self._terminal.height() - 1)
        # One as wide as the terminal would be folded by it, where nobody counts.
        columns = max(1, self._terminal.width() - 1)
        shown = [part for line in lines for part in folded(line, columns)]
        if len(shown) > room:
            missing = len(shown) - room + 1
            more = f"… {missing} more lines: make the window higher"
            shown = [*shown[: room - 1], text.cut(more, columns)]
        up = _UP.format(self._painted) if self._painted else ""
        body = "".join(f"{line}{_CLEAR_LINE}\n" for line in shown)
        self._terminal.out.write(up + body + _CLEAR_BELOW)
        self._terminal.out.flush()
        self._painted = len(shown)


def folded(line: str, columns: int) -> list[str]:
    """Return a line as lines of at most so many columns; a colour goes on in the next."""
    if len(line) <= columns and line.isascii():
        return [line]
    parts, used = [""], 0
    for place, piece in enumerate(_COLOUR.split(line)):
        if place % 2:  # a colour
            parts[-1] += piece
            continue
        for character in piece:
            width = text.width(character)
            if used and used + width > columns:
                parts.append("")
                used = 0
            parts[-1] += character
            used += width
    return parts
