"""The messages of one PimNotifier, one after another."""

import asyncio
from datetime import UTC, datetime, timedelta

from pimjob_notifier.lane import Lane, Went

WELL = Went(well=True)


def now() -> datetime:
    return datetime.now(UTC)


async def played(answers: list[Went], *due: float) -> list[tuple[str, float]]:
    """Send until nothing is left; return what was sent and after how many seconds."""
    began, sent = now(), []

    async def send(uid: str) -> Went:
        sent.append((uid, round((now() - began).total_seconds(), 1)))
        went = answers.pop(0) if answers else WELL
        if not went.well:
            lane.put(uid, now() + timedelta(seconds=60))
        return went

    lane = Lane(send)
    for number, seconds in enumerate(due):
        lane.put(str(number), began + timedelta(seconds=seconds))
    await asyncio.wait_for(lane.run(), 5)
    return sent


def test_each_is_sent_when_it_is_due() -> None:
    assert asyncio.run(played([], 0.2, 0)) == [("1", 0.0), ("0", 0.2)]


def test_a_failure_closes_the_lane_and_a_success_opens_it_for_all() -> None:
    """The one that failed is not due for a minute: the next one shows that all can go."""
    (first, at), *rest = asyncio.run(played([Went(well=False)], 0, 0, 0))
    assert (first, at) == ("0", 0.0)
    assert {uid for uid, _ in rest} == {"0", "1", "2"}
    assert all(0.5 <= when <= 1.1 for _, when in rest)


def test_a_destination_says_how_long_it_wants_to_be_left_alone() -> None:
    (_, rest) = asyncio.run(played([Went(well=False, retry_after=1.5), WELL], 0, 0))[:2]
    assert rest == ("1", 1.5)


def test_what_is_dropped_is_not_sent() -> None:
    async def run() -> list[str]:
        sent: list[str] = []

        async def send(uid: str) -> Went:
            sent.append(uid)
            return WELL

        lane = Lane(send)
        lane.put("a", now() + timedelta(seconds=0.1))
        lane.put("b", now() + timedelta(seconds=0.1))
        task = asyncio.create_task(lane.run())
        await asyncio.sleep(0)
        lane.drop("a")
        await asyncio.wait_for(task, 5)
        return sent

    assert asyncio.run(run()) == ["b"]
