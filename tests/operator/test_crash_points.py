"""What an operator makes of a job that its predecessor left half recorded, or that it half knows.

Reconciles run in this process, on a cache that is filled from the real API server,
as after a restart. `test_killed_at_each_write` kills whole processes.
"""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from pimjob_api.phases import OutcomeKind
from pimjob_operator.cache import Cache
from pimjob_operator.kinds import kinds
from pimjob_operator.kube.client import Client, Object
from pimjob_operator.kube.connection import Connection, connect
from pimjob_operator.queue import KeyedQueue
from pimjob_operator.reconcile import Reconciler
from pimjob_operator.settings import Settings
from pimjob_operator.sweep import Sweeper
from support.control_plane import Api, wait_for
from support.place import Place

pytestmark = pytest.mark.cluster

SETTINGS = Settings(runner_image="numbers:1", backoff_seconds=0)


class Dead(BaseException):
    """The process is no more. Not an Exception: nothing may catch it."""


class MortalClient(Client):
    """A client whose process dies at its nth writing call, before it is sent or after."""

    def __init__(self, connection: Connection, *, dies_at: float, sent: bool) -> None:
        super().__init__(connection)
        self._left = dies_at
        self._sent = sent

    async def _request(self, method: str, path: str, **more: Any) -> Object:
        self._left -= method != "GET"
        dies = self._left == 0 and method != "GET"
        if dies and not self._sent:
            raise Dead
        answer = await super()._request(method, path, **more)
        if dies:
            raise Dead
        return answer


class Life:
    """Processes of the operator, one after another."""

    def __init__(self, kubeconfig: Path, place: Place, uid: str) -> None:
        self._connection = connect(kubeconfig)
        self._place = place
        self._uid = uid

    def reconcile(self, *, dies_at: float = float("inf"), sent: bool = False) -> bool:
        """Start, read everything, reconcile once; False if it died."""

        async def run() -> bool:
            client = MortalClient(self._connection, dies_at=dies_at, sent=sent)
            try:
                return await self._once(client)
            finally:
                await client.close()

        return asyncio.run(run())

    async def _once(self, client: Client) -> bool:
        cache, queue = Cache(), KeyedQueue(lambda: 0.0)
        sweeper = Sweeper(
            client=client,
            kinds=kinds(cache),
            queue=queue,
            namespaces=(self._place.namespace,),
            period=60,
        )
        await sweeper.fill()
        reconciler = Reconciler(client=client, cache=cache, settings=SETTINGS)
        try:
            await reconciler.reconcile(self._uid)
        except Dead:
            return False
        return True


@pytest.fixture
def life(server: tuple[Api, Path], place: Place) -> Life:
    uid = place.launch("a")
    wait_for(lambda: place.api.get(place.path("pimjobs", "a")), "the PimJob")
    return Life(server[1], place, uid)


def test_a_job_that_was_created_but_not_recorded_and_has_ended_is_recorded(
    life: Life, place: Place
) -> None:
    assert not life.reconcile(dies_at=1, sent=True)
    assert place.status("a") == {}
    place.end("a-1", OutcomeKind.COMPLETED, processed=3)
    life.reconcile()
    status = place.status("a")
    assert (status["phase"], status["attemptCount"]) == ("Completed", 1)
    assert status["attempts"][0]["processed"] == 3


def test_an_operator_that_knows_nothing_yet_creates_nothing_twice(
    server: tuple[Api, Path], life: Life, place: Place
) -> None:
    """The PimJob is delivered first, its Job and pod are still on their way."""
    life.reconcile()
    place.run("a-1")
    life.reconcile()
    assert place.status("a")["phase"] == "Running"
    known = place.api.get(place.path("pimjobs", "a"))

    async def reconcile_with(pimjob: Object) -> None:
        client = Client(connect(server[1]))
        cache = Cache()
        cache.put_type(place.api.get("/apis/pimjobs.dev/v1alpha1/pimjobtypes/numbers"))
        cache.put_pimjob(pimjob)
        reconciler = Reconciler(client=client, cache=cache, settings=SETTINGS)
        await reconciler.reconcile(pimjob["metadata"]["uid"])
        await client.close()

    asyncio.run(reconcile_with(known))
    assert (place.status("a"), place.job_names()) == (known["status"], ["a-1"])
    without_status = {key: value for key, value in known.items() if key != "status"}
    asyncio.run(reconcile_with(without_status))
    assert (place.status("a")["phase"], place.job_names()) == ("Starting", ["a-1"])
    life.reconcile()
    assert (place.status("a")["phase"], place.job_names()) == ("Running", ["a-1"])
