"""A full list heals what the watch has missed, and finds out that the watch is deaf."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from pimjob_kube import watching
from pimjob_kube.client import Client, Object
from pimjob_kube.connection import connect
from pimjob_kube.errors import ApiError, NotFoundError, RefusedError
from pimjob_kube.lease import Lease
from pimjob_operator import listing
from pimjob_operator.cache import Cache
from pimjob_operator.health import SWEEPS_MISSED, Health
from pimjob_operator.kinds import kinds
from pimjob_operator.ledger import Ledger
from pimjob_operator.queue import WorkQueue
from pimjob_operator.scope import scopes_of
from pimjob_operator.sweep import Sweeper
from support.control_plane import Api
from support.place import Place

pytestmark = pytest.mark.cluster


class Deaf:
    """An operator's cache that no watch delivers to."""

    def __init__(self, client: Client, place: Place) -> None:
        self.cache, self.queue = Cache(), WorkQueue(lambda: 0.0)
        self.scopes = scopes_of(
            kinds(self.cache).values(),
            client=client,
            cache=self.cache,
            queue=self.queue,
            namespaces=(place.namespace,),
        )
        self.sweeper = Sweeper(scopes=self.scopes, queue=self.queue, period=60, confirm=0)
        self.health = Health(
            cache=self.cache,
            queue=self.queue,
            sweeper=self.sweeper,
            lease=Lease(client=client, namespace=place.namespace, name="deaf", identity="deaf"),
            ledger=Ledger(),
            sweep_seconds=60,
        )
        self.health.active = True

    async def fill(self) -> None:
        for scope in self.scopes:
            await scope.fill()


@pytest.fixture
def deaf(
    server: tuple[Api, Path], place: Place
) -> Callable[[Callable[[Deaf], Awaitable[None]]], None]:
    """Run a test's coroutine on a deaf operator."""

    def run(test: Callable[[Deaf], Awaitable[None]]) -> None:
        async def with_client() -> None:
            client = Client(connect(server[1]))
            try:
                found = Deaf(client, place)
                await found.fill()
                await test(found)
            finally:
                await client.close()

        asyncio.run(with_client())

    return run


Run = Callable[[Callable[[Deaf], Awaitable[None]]], None]


def test_before_anything_is_decided_everything_is_in_the_cache(deaf: Run, place: Place) -> None:
    uid = place.launch("a")

    async def test(operator: Deaf) -> None:
        assert set(operator.cache.pimjobs) == {uid}
        assert "numbers" in operator.cache.types
        assert await operator.queue.get() == uid

    deaf(test)


def test_what_was_missed_is_brought_and_reconciled(deaf: Run, place: Place) -> None:
    async def test(operator: Deaf) -> None:
        uid = place.launch("a")
        assert await operator.sweeper.sweep() == 1
        assert await operator.queue.get() == uid
        operator.cache.pimjobs[uid]["metadata"]["resourceVersion"] = "1"
        assert await operator.sweeper.sweep() == 1
        assert await operator.sweeper.sweep() == 0

    deaf(test)


def test_what_was_deleted_unseen_is_forgotten(deaf: Run, place: Place) -> None:
    place.launch("a")

    async def test(operator: Deaf) -> None:
        place.api.delete(place.path("pimjobs", "a"))
        assert await operator.sweeper.sweep() == 1
        assert operator.cache.pimjobs == {}

    deaf(test)


def test_what_is_nobodys_is_not_missed(deaf: Run, place: Place) -> None:
    """A forged Job is in no cache, and no list that has it proves that the watch is deaf."""

    async def test(operator: Deaf) -> None:
        template = {"restartPolicy": "Never", "containers": [{"name": "x", "image": "x:1"}]}
        labels = {"pimjobs.dev/job-uid": "somebody"}
        body = {"metadata": {"name": "x", "labels": labels},
                "spec": {"suspend": True, "template": {"spec": template}}}  # fmt: skip
        place.api.create(place.path("jobs"), body)
        assert await operator.sweeper.sweep() == 0

    deaf(test)


def test_a_list_of_any_length_is_stored_page_by_page(
    deaf: Run, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "PAGE", 2)
    monkeypatch.setattr(listing, "MOST_BEHIND", 3)
    for number in range(5):
        place.launch(f"a{number}")

    async def test(operator: Deaf) -> None:
        assert len(operator.cache.pimjobs) == 5
        for number in range(5):
            place.launch(f"b{number}")
        # A sweep keeps what it has found until it is sure: not everything at once.
        assert [await operator.sweeper.sweep() for _ in range(3)] == [3, 2, 0]
        assert len(operator.cache.pimjobs) == 10

    deaf(test)


def test_a_watch_that_keeps_missing_things_is_unhealthy(deaf: Run, place: Place) -> None:
    async def test(operator: Deaf) -> None:
        for sweep in range(SWEEPS_MISSED):
            assert operator.health.problem() is None
            place.launch(f"a{sweep}")
            await operator.sweeper.sweep()
        assert "deaf" in (operator.health.problem() or "")
        await operator.sweeper.sweep()
        assert operator.health.problem() is None

    deaf(test)


class Failing(Client):
    """A client whose lists of PimNotifiers fail once it is told how."""

    failure: ApiError | None = None

    async def get(self, path: str, **query: str) -> Object:
        if self.failure is not None and path.endswith("/pimnotifiers"):
            raise self.failure
        return await super().get(path, **query)


@pytest.mark.parametrize(
    ("failure", "left"),
    [
        (NotFoundError(404, "there is no such kind"), 0),
        (RefusedError(403, "may not list it"), 0),
        (NotFoundError(410, "the continue token is too old"), 1),
        (RefusedError(401, "the token has expired"), 1),
    ],
    ids=lambda value: str(getattr(value, "status", value)),
)
def test_what_jobs_can_do_without_is_forgotten_only_if_it_is_missing(
    server: tuple[Api, Path], place: Place, failure: ApiError, left: int
) -> None:
    place.notifier("erp", "Failed")

    async def run() -> int:
        async with Failing(connect(server[1])) as client:
            operator = Deaf(client, place)
            await operator.fill()
            assert len(operator.cache.notifiers) == 1
            client.failure = failure
            with contextlib.suppress(ApiError):
                await operator.sweeper.sweep()
            return len(operator.cache.notifiers)

    assert asyncio.run(run()) == left
