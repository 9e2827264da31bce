"""Paints lines over those painted before."""

from collections.abc import Sequence
from typing import Self

from pimjob_cli.terminal import Terminal

_UP = "\x1b[{}A"
_CLEAR_LINE = "\x1b[K"
_CLEAR_BELOW = "\x1b[J"
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
        """Show these lines; what does not fit into the height is left out."""
        room = max(1, self._terminal.height() - 1)
        shown = list(lines)
        if len(shown) > room:
            missing = len(shown) - room + 1
            shown = [*shown[: room - 1], f"… {missing} more lines: make the window higher"]
        up = _UP.format(self._painted) if self._painted else ""
        body = "".join(f"{line}{_CLEAR_LINE}\n" for line in shown)
        self._terminal.out.write(up + body + _CLEAR_BELOW)
        self._terminal.out.flush()
        self._painted = len(shown)
