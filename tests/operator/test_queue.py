"""The keyed queue, on a clock that the test moves."""

import asyncio

from pimjob_operator.queue import Again, KeyedQueue


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def due(queue: KeyedQueue) -> list[str]:
    """Take what is due without waiting."""
    taken = []
    while True:
        try:
            taken.append(await asyncio.wait_for(queue.take(), 0.01))
        except TimeoutError:
            return taken


def test_a_key_added_often_is_taken_once() -> None:
    async def run() -> None:
        queue = KeyedQueue(Clock())
        for _ in range(5):
            queue.add("a")
        assert await due(queue) == ["a"]

    asyncio.run(run())


def test_a_key_added_while_it_is_worked_on_is_taken_again_afterwards() -> None:
    async def run() -> None:
        queue = KeyedQueue(Clock())
        queue.add("a")
        assert await due(queue) == ["a"]
        queue.add("a")
        assert await due(queue) == []
        queue.done("a", Again())
        assert await due(queue) == ["a"]

    asyncio.run(run())


def test_a_delay_passes_by_the_clock() -> None:
    async def run() -> None:
        clock = Clock()
        queue = KeyedQueue(clock)
        queue.add_after("a", 10)
        assert await due(queue) == []
        clock.now = 10.0
        assert await due(queue) == ["a"]

    asyncio.run(run())


def test_of_two_delays_the_earlier_counts_and_only_once() -> None:
    async def run() -> None:
        clock = Clock()
        queue = KeyedQueue(clock)
        queue.add_after("a", 10)
        queue.add_after("a", 5)
        clock.now = 5.0
        assert await due(queue) == ["a"]
        queue.done("a", Again())
        clock.now = 20.0
        assert await due(queue) == []

    asyncio.run(run())


def test_failures_back_off_further_each_time_and_success_forgets_them() -> None:
    async def run() -> None:
        clock = Clock()
        queue = KeyedQueue(clock)
        queue.add("a")
        for longest in (0.5, 1.0, 2.0, 4.0):
            assert await due(queue) == ["a"]
            queue.done("a", Again(failed=True))
            clock.now += longest / 2 - 0.01
            assert await due(queue) == []
            clock.now += longest
        assert await due(queue) == ["a"]
        queue.done("a", Again())
        queue.add("a")
        assert await due(queue) == ["a"]

    asyncio.run(run())
