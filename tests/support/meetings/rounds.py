"""Rounds of jobs as chance has it: how many, which, and what went wrong in them."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from random import Random

FEWEST = 3
"""Rounds of each test where no duration is asked for."""
UNITS = {"s": 1, "m": 60, "h": 3600}
DURATION = os.environ.get("PIMJOBS_MEET_DURATION", "0s")
IS_LONG = DURATION != "0s"
SEED = os.environ.get("PIMJOBS_MEET_SEED", "20")
ROUND = os.environ.get("PIMJOBS_MEET_ROUND", "")
TESTS = 6
"""Three kinds of rounds, each on both databases, share the time."""
SECONDS = float(DURATION[:-1]) * UNITS[DURATION[-1]] / TESTS


def play(round_of: Callable[[Random, Path], list[str]], folder: Path) -> None:
    """Play rounds; say of each that went wrong what is wrong, and which one it was."""
    found: list[str] = []
    for name in [ROUND] if ROUND else _names():
        there = folder / name
        there.mkdir()
        problems = round_of(Random(name), there)  # noqa: S311 - reproducible
        found += [f"round {name}", *problems] if problems else []
        shutil.rmtree(there)
    assert not found, "\n".join(found)


def _names() -> Iterator[str]:
    """Yield names until there were enough of them and the time is over."""
    until = time.monotonic() + SECONDS
    for number in count():
        if number >= FEWEST and time.monotonic() >= until:
            return
        yield f"{SEED}-{number}"
