"""What the harness says: each part, how long it took, and why it can't go on."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

STILL_SECONDS = 20


class CannotGoOnError(Exception):
    """Something is missing that only the user can provide; the message says what to do."""


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)


@contextmanager
def part(title: str) -> Iterator[None]:
    """Announce a part of the work; say how long it took, and that it is alive meanwhile."""
    began = time.monotonic()
    say(f"  {title} ...")
    finished = threading.Event()

    def still() -> None:
        while not finished.wait(STILL_SECONDS):
            say(f"  {title}: still at it after {time.monotonic() - began:.0f} s")

    thread = threading.Thread(target=still, daemon=True)
    thread.start()
    try:
        yield
    finally:
        finished.set()
        thread.join()
    say(f"  {title}: {time.monotonic() - began:.1f} s")


def fail(error: CannotGoOnError) -> int:
    """Print why, return the exit code."""
    print(f"\nCannot go on: {error}", file=sys.stderr, flush=True)
    return 1
