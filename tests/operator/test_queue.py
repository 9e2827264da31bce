"""The work queue, on a clock that the test moves."""

import asyncio
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pimjob_operator.queue import Again, WorkQueue


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def due(queue: WorkQueue) -> list[str]:
    """Take what is due without waiting."""
    taken = []
    while True:
        try:
            taken.append(await asyncio.wait_for(queue.get(), 0.01))
        except TimeoutError:
            return taken


def test_a_key_added_often_is_taken_once() -> None:
    async def run() -> None:
        queue = WorkQueue(Clock())
        for _ in range(5):
            queue.add("a")
        assert await due(queue) == ["a"]

    asyncio.run(run())


def test_a_key_added_while_it_is_worked_on_is_taken_again_afterwards() -> None:
    async def run() -> None:
        queue = WorkQueue(Clock())
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
        queue = WorkQueue(clock)
        queue.add_after("a", 10)
        assert await due(queue) == []
        clock.now = 10.0
        assert await due(queue) == ["a"]

    asyncio.run(run())


def test_of_two_delays_the_earlier_counts_and_only_once() -> None:
    async def run() -> None:
        clock = Clock()
        queue = WorkQueue(clock)
        queue.add_after("a", 10)
        queue.add_after("a", 5)
        clock.now = 5.0
        assert await due(queue) == ["a"]
        queue.done("a", Again())
        clock.now = 20.0
        assert await due(queue) == []

    asyncio.run(run())


def test_a_delay_is_over_once_its_key_was_taken_for_another_reason() -> None:
    async def run() -> None:
        clock = Clock()
        queue = WorkQueue(clock)
        queue.add_after("a", 5)
        queue.add("a")
        assert await due(queue) == ["a"]
        queue.add_after("a", 8)
        queue.done("a", Again(after=10))
        clock.now = 7.0
        assert await due(queue) == []
        clock.now = 8.0
        assert await due(queue) == ["a"]

    asyncio.run(run())


def test_failures_back_off_further_each_time_and_success_forgets_them() -> None:
    async def run() -> None:
        clock = Clock()
        queue = WorkQueue(clock)
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


def test_each_waiting_worker_gets_a_key_and_none_is_woken_in_vain() -> None:
    async def run() -> None:
        queue = WorkQueue(Clock())
        workers = [asyncio.create_task(queue.get()) for _ in range(3)]
        await asyncio.sleep(0)
        for key in "abc":
            queue.add(key)
        assert sorted(await asyncio.gather(*workers)) == ["a", "b", "c"]

    asyncio.run(run())


def test_a_key_whose_worker_was_cancelled_goes_to_another() -> None:
    async def run() -> None:
        queue = WorkQueue(Clock())
        first, second = (asyncio.create_task(queue.get()) for _ in range(2))
        await asyncio.sleep(0)
        queue.add("a")
        first.cancel()
        assert await asyncio.wait_for(second, 1) == "a"

    asyncio.run(run())


def test_a_delay_wakes_a_worker_by_itself() -> None:
    async def run() -> None:
        queue = WorkQueue(asyncio.get_running_loop().time)
        queue.add_after("later", 0.05)
        queue.add_after("soon", 0.01)
        assert await asyncio.wait_for(queue.get(), 1) == "soon"
        assert await asyncio.wait_for(queue.get(), 1) == "later"

    asyncio.run(run())


def test_a_closed_queue_gives_out_nothing_and_waits_for_what_is_under_way() -> None:
    async def run() -> None:
        queue = WorkQueue(Clock())
        queue.add("a")
        assert await due(queue) == ["a"]
        closing = asyncio.create_task(queue.close())
        await asyncio.sleep(0)
        queue.add("b")
        assert (await due(queue), closing.done()) == ([], False)
        queue.done("a", Again())
        await asyncio.wait_for(closing, 1)

    asyncio.run(run())


class Story:
    """A queue, and what is known about its keys from outside."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.queue = WorkQueue(self.clock)
        self.wanted: set[str] = set()
        self.working: set[str] = set()

    async def add(self, key: str) -> None:
        self.wanted.add(key)
        self.queue.add(key)

    async def add_later(self, key: str) -> None:
        self.wanted.add(key)
        self.queue.add_after(key, 5)

    async def take(self, _key: str = "") -> bool:
        task = asyncio.create_task(self.queue.get())
        await asyncio.sleep(0)
        if not task.done():
            task.cancel()
            return False
        assert task.result() not in self.working
        self.working.add(task.result())
        self.wanted.discard(task.result())
        return True

    async def succeed(self, key: str) -> None:
        self.done(key, Again())

    async def fail(self, key: str) -> None:
        self.done(key, Again(failed=True))

    async def let_time_pass(self, _key: str) -> None:
        self.clock.now += 3

    def done(self, key: str, again: Again) -> None:
        if key in self.working:
            self.working.discard(key)
            self.queue.done(key, again)

    async def finish(self) -> None:
        """Do all that is left."""
        for key in sorted(self.working):
            self.done(key, Again())
        self.clock.now += 1000
        while await self.take():
            pass


ACTIONS = (Story.add, Story.add_later, Story.take, Story.succeed, Story.fail, Story.let_time_pass)


@given(st.lists(st.tuples(st.sampled_from(ACTIONS), st.sampled_from("abc")), max_size=40))
@settings(max_examples=200, deadline=None)
def test_no_key_is_lost_and_none_is_worked_on_twice_at_once(actions: list[Any]) -> None:
    """Whatever happens in whatever order: a key that was added is taken after that."""

    async def run() -> None:
        story = Story()
        for act, key in actions:
            await act(story, key)
        await story.finish()
        assert story.wanted == set()

    asyncio.run(run())
