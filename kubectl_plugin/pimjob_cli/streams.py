"""Standard input, output and error, whatever they are connected to."""

import os
import sys
from typing import TextIO


def prepare() -> None:
    """Let a stream that is closed lead nowhere, and a character that it cannot show be a `?`."""
    for place, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            number = os.open(os.devnull, os.O_RDWR)  # the lowest that is free: the stream's own
            os.set_inheritable(number, True)  # noqa: FBT003 - it takes no keywords
            setattr(sys, name, open(number, "w" if place else "r", encoding="utf-8"))  # noqa: PTH123, SIM115 - a descriptor
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]


def discard(stream: TextIO) -> None:
    """Let what is left in a stream, and what follows, go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def finish() -> None:
    """Leave nothing for Python's own end, which would change the exit code."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            discard(stream)
