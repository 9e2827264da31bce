"""Jobs as chance has it run at once, some are killed: what is left is what an order of rows gives.

    make meet DURATION=10m
    PIMJOBS_MEET_ROUND=20-7 pytest tests/meeting/test_random.py

A round is named by its seed and number: the same jobs are killed at the same calls again.
What the others do meanwhile is up to the machine, so that it may take a few tries.
"""

from pathlib import Path
from random import Random

import pytest

from support.meetings.chance import jobs_of
from support.meetings.crowd import run_all
from support.meetings.ground import Ground
from support.meetings.held import BETWEEN, WITHIN, at_each_point, orders_of
from support.meetings.large import BEFORE, broken, large_jobs
from support.meetings.meetings import Meeting
from support.meetings.orders import Orders
from support.meetings.rounds import SECONDS, play
from support.meetings.state import differences, state

LATEST_KILL = 400
"""A large job has several hundred points."""


@pytest.mark.timeout(600 + SECONDS)
def test_jobs_at_once_leave_what_an_order_of_whole_rows_gives(
    shop: Ground, sqlite_shop: Ground, tmp_path: Path
) -> None:
    def round_of(chance: Random, folder: Path) -> list[str]:
        jobs = jobs_of(chance)
        with shop.copy() as place:
            runners = run_all(place, jobs, chance, most_rows=3)
            left = state(place, [job.name for job in jobs])
        found = [runner.crash for runner in runners if runner.crash]
        orders = Orders(sqlite_shop.place, folder, jobs, checks=False)
        if not found and not orders.leads_to(left):
            found = ["no order of rows leads there; one after the other leads elsewhere:"]
            found += differences(left, orders.one_after_the_other())
        return [*map(str, jobs), *found] if found else []

    play(round_of, tmp_path)


@pytest.mark.timeout(600 + SECONDS)
def test_one_is_held_while_another_runs(shop: Ground, sqlite_shop: Ground, tmp_path: Path) -> None:
    def round_of(chance: Random, folder: Path) -> list[str]:
        held, other = jobs_of(chance)[:2]
        meeting = Meeting("by chance", held, other)
        orders, chunk = orders_of(sqlite_shop, folder, meeting), chance.randint(1, 2)
        kinds = BETWEEN if shop.place.is_sqlite else chance.choice([BETWEEN, WITHIN])
        found = at_each_point(shop, meeting, orders, kinds=kinds, chunk=chunk)
        return [str(held), str(other), *found] if found else []

    play(round_of, tmp_path)


@pytest.mark.timeout(600 + SECONDS)
def test_large_jobs_at_once_lose_nothing(shop: Ground, tmp_path: Path) -> None:
    def round_of(chance: Random, _folder: Path) -> list[str]:
        large = large_jobs(chance)
        jobs = [one.job for one in large]
        with shop.copy() as place:
            for job in BEFORE:
                place.attempt(job)
            runners = run_all(place, jobs, chance, most_rows=20, latest_kill=LATEST_KILL)
            left = state(place, [job.name for job in jobs])
        crashes = [runner.crash for runner in runners if runner.crash]
        return crashes or list(broken(left, large))

    play(round_of, tmp_path)
