"""A terminal for a program under test: a pty, and what the program has painted on it."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class TerminalSession:
    """A program in a terminal of a given size."""

    def __init__(self, process: "subprocess.Popen[bytes]", screen: int) -> None:
        self.process = process
        self._screen = screen
        self.raw = ""

    @property
    def text(self) -> str:
        """All that was written, without colours and movements."""
        return _ESCAPES.sub("", self.raw).replace("\r\n", "\n")

    def type(self, keys: str) -> None:
        os.write(self._screen, keys.encode())

    def wait_for(self, what: str | Callable[[str], bool], seconds: float = 20) -> str:
        """Read until the text has this; return the text."""
        is_there = what if callable(what) else lambda text: what in text
        deadline = time.monotonic() + seconds
        while not is_there(self.text):
            assert time.monotonic() < deadline, f"waited for {what!r} in:\n{self.text}"
            if not self._read(0.1) and self.process.poll() is not None:
                assert is_there(self.text), f"it has ended, without {what!r}:\n{self.text}"
        return self.text

    def end(self, seconds: float = 20) -> int:
        """Read to the end; return the exit code."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"it does not end:\n{self.text}"
            self._read(0.1)
        while self._read(0.0):
            pass
        return self.process.returncode

    def _read(self, seconds: float) -> bool:
        if not select.select([self._screen], [], [], seconds)[0]:
            return False
        try:
            read = os.read(self._screen, 65536)
        except OSError:  # the other end is closed
            return False
        self.raw += read.decode(errors="replace")
        return bool(read)


@contextmanager
def terminal_session(
    command: list[str], environment: dict[str, str], *, columns: int = 100, rows: int = 30
) -> Iterator[TerminalSession]:
    """Run a program in a terminal for as long as the block lasts."""
    screen, inside = pty.openpty()
    fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    process = subprocess.Popen(
        # The terminal's Ctrl-C is for its own session.
        ["setsid", "--ctty", *command],
        stdin=inside,
        stdout=inside,
        stderr=inside,
        env={**environment, "TERM": "xterm-256color"},
    )
    os.close(inside)
    try:
        yield TerminalSession(process, screen)
    finally:
        process.kill()
        process.wait()
        os.close(screen)
