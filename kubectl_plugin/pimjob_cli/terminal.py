"""Where a command writes: data to standard output, messages to standard error."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

from pimjob_cli.size import columns, rows

WIDE = 10_000
"""Columns of what is no terminal: nothing is cut."""


@dataclass(frozen=True)
class Terminal:
    """The two streams, and what may be done with them."""

    out: TextIO
    err: TextIO
    colour: bool
    live: bool
    """Whether standard output is a terminal that can be painted anew."""
    interactive: bool
    """Whether there is somebody who can be asked."""

    def print(self, line: str = "") -> None:
        """Write a line of data."""
        self.out.write(line + "\n")

    def say(self, line: str) -> None:
        """Write a line for people."""
        self.out.flush()
        self.err.write(line + "\n")
        self.err.flush()

    def ask(self, question: str) -> bool:
        """Return whether the answer is yes."""
        self.out.flush()
        self.err.write(f"{question} [y/N] ")
        self.err.flush()
        return sys.stdin.readline().strip().lower() in {"y", "yes"}

    def width(self) -> int:
        """Return the columns of a line."""
        return columns() if self.live else WIDE

    def height(self) -> int:
        """Return the lines of the screen."""
        return rows()


def terminal(environment: Mapping[str, str] = os.environ) -> Terminal:
    """Return this process's own; about NO_COLOR see no-color.org."""
    live = sys.stdout.isatty() and environment.get("TERM") != "dumb"
    return Terminal(
        out=sys.stdout,
        err=sys.stderr,
        colour=live and not environment.get("NO_COLOR"),
        live=live,
        interactive=sys.stdin.isatty() and sys.stderr.isatty(),
    )
