"""Jobs as chance has it run at once, some are killed: what is left is what an order of rows gives.

    make meet DURATION=10m
    PIMJOBS_MEET_ROUND=20-7 pytest tests/meeting/test_random.py

A round is named by its seed and number: the same jobs are killed at the same calls again.
What the others do meanwhile is up to the machine, so that it may take a few tries.
"""

import os
import shutil
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from random import Random

import pytest

from support.meetings.chance import jobs_of
from support.meetings.crowd import run_all
from support.meetings.ground import Ground
from support.meetings.orders import Orders
from support.meetings.state import differences, state

ROUNDS = 8
"""How many there are at least."""
SECONDS = float(os.environ.get("PIMJOBS_MEET_SECONDS", "0"))
SEED = os.environ.get("PIMJOBS_MEET_SEED", "20")
ROUND = os.environ.get("PIMJOBS_MEET_ROUND", "")


def rounds() -> Iterator[str]:
    """Yield the names of rounds until there were enough of them and the time is over."""
    until = time.monotonic() + SECONDS
    for number in count():
        if number >= ROUNDS and time.monotonic() >= until:
            return
        yield f"{SEED}-{number}"


@pytest.mark.timeout(600 + SECONDS)
def test_jobs_at_once_leave_what_an_order_of_whole_rows_gives(
    shop: Ground, sqlite_shop: Ground, tmp_path: Path
) -> None:
    names = [ROUND] if ROUND else rounds()
    found = [
        problem for name in names for problem in problems_of(shop, sqlite_shop, tmp_path, name)
    ]
    assert not found, "\n".join(found)


def problems_of(shop: Ground, oracle: Ground, folder: Path, name: str) -> list[str]:
    """Play a round; return what is wrong after it, and with which jobs."""
    chance = Random(name)  # noqa: S311 - reproducible
    jobs = jobs_of(chance)
    with shop.copy() as place:
        runners = run_all(place, jobs, chance, most_rows=3)
        left = state(place, [job.name for job in jobs])
    found = [crash for runner in runners for crash in runner.crashes]
    orders = Orders(oracle.place, folder / name, jobs, checks=False)
    if not found and not orders.leads_to(left):
        found = ["no order of rows leads there; one after the other leads elsewhere:"]
        found += differences(left, orders.one_after_the_other())
    shutil.rmtree(folder / name, ignore_errors=True)
    return [f"round {name}", *(f"{job.type}:\n{job.text}" for job in jobs), *found] if found else []
