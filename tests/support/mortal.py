"""Processes of the operator that live in the test's own, and die at a chosen call."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pimjob_kube.client import Client, Object
from pimjob_kube.connection import Connection, connect
from pimjob_operator.answers import Answers
from pimjob_operator.cache import Cache
from pimjob_operator.kinds import kinds
from pimjob_operator.outbox import Outbox
from pimjob_operator.queue import WorkQueue
from pimjob_operator.reconcile import Reconciler
from pimjob_operator.scope import scopes_of
from pimjob_operator.settings import Settings
from support.place import Place

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


class Lives:
    """Processes of the operator, one after another, each for one reconcile of one PimJob."""

    def __init__(self, kubeconfig: Path, place: Place, uid: str) -> None:
        self._connection = connect(kubeconfig)
        self._place = place
        self._uid = uid

    def reconcile(
        self,
        *,
        dies_at: float = float("inf"),
        sent: bool = False,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> bool:
        """Start, read everything, reconcile once; False if it died.

        `meanwhile` happens after it has read everything.
        """

        async def run() -> bool:
            client = MortalClient(self._connection, dies_at=dies_at, sent=sent)
            try:
                return await self._once(client, meanwhile)
            finally:
                await client.close()

        return asyncio.run(run())

    async def _once(self, client: Client, meanwhile: Callable[[], None]) -> bool:
        cache, queue = Cache(), WorkQueue(lambda: 0.0)
        namespaces = (self._place.namespace,)
        for scope in scopes_of(
            kinds(cache).values(), client=client, cache=cache, queue=queue, namespaces=namespaces
        ):
            await scope.fill()
        await asyncio.to_thread(meanwhile)
        try:
            await reconciler(client, cache).reconcile(self._uid)
        except Dead:
            return False
        return True


def reconciler(client: Client, cache: Cache) -> Reconciler:
    """Return one with settings for tests."""
    outbox, answers = Outbox(client=client, cache=cache), Answers(cache, WorkQueue(lambda: 0.0))
    return Reconciler(client=client, cache=cache, settings=SETTINGS, outbox=outbox, answers=answers)
