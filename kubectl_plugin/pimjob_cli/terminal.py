"""Where a command writes: data to standard output, messages to standard error.

A reader that has left, as `head` does, ends a command that only reads. One that changes
something, or that is asked for its exit code, goes on without a reader.
"""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TextIO

from pimjob_cli.errors import CliError
from pimjob_cli.size import columns, rows
from pimjob_cli.streams import discard

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
    only_reads: bool = True
    """Whether there is no reason to go on for a command whose data nobody reads."""

    def print(self, line: str = "") -> None:
        """Write a line of data. Raises BrokenPipeError or CliError if the command only reads."""
        self._write(lambda: self.out.write(line + "\n"))

    def flush(self) -> None:
        """Write out what is written, so that a reader that has left is noticed here."""
        self._write(self.out.flush)

    def say(self, line: str) -> None:
        """Write a line for people."""
        self.flush()
        self.tell(line + "\n")

    def tell(self, words: str) -> None:
        """Write to standard error; what cannot be written there is lost."""
        try:
            self.err.write(words)
            self.err.flush()
        except OSError:
            discard(self.err)

    def ask(self, question: str) -> bool:
        """Return whether the answer is yes."""
        self.flush()
        self.tell(f"{question} [y/N] ")
        return sys.stdin.readline().strip().lower() in {"y", "yes"}

    def _write(self, act: Callable[[], object]) -> None:
        try:
            act()
        except OSError as error:
            discard(self.out)
            is_left = isinstance(error, BrokenPipeError)
            lost = f"standard output cannot be written: {error.strerror}"
            if self.only_reads:
                raise error if is_left else CliError(lost) from None
            if not is_left:
                self.tell(f"Warning: {lost}\n")

    def width(self) -> int:
        """Return the columns of a line."""
        return columns() if self.live else WIDE

    def height(self) -> int:
        """Return the lines of the screen."""
        return rows()


def terminal(environment: Mapping[str, str] = os.environ, *, only_reads: bool = True) -> Terminal:
    """Return this process's own; about NO_COLOR see no-color.org."""
    live = sys.stdout.isatty() and environment.get("TERM") != "dumb"
    return Terminal(
        out=sys.stdout,
        err=sys.stderr,
        colour=live and not environment.get("NO_COLOR"),
        live=live,
        interactive=sys.stdin.isatty() and sys.stderr.isatty(),
        only_reads=only_reads,
    )
