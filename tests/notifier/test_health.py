"""When a notifier says that it is unwell."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from pimjob_kube.client import Client, Object
from pimjob_kube.connection import Connection
from pimjob_kube.errors import RefusedError
from pimjob_kube.lease import Lease
from pimjob_notifier import health
from pimjob_notifier.health import Health
from pimjob_notifier.metrics import NAMESPACES_LEFT_OUT as LEFT_OUT
from pimjob_notifier.rows import Rows
from support.control_plane import wait_for

BOOKMARK = {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "2"}}}
TURN_SECONDS = 0.01
LONGEST_SECONDS = 0.2


class Choosy(Client):
    """An API server that does not let some namespaces be listed; the others are watched well."""

    def __init__(self, *refused: str | None) -> None:
        super().__init__(Connection("http://127.0.0.1:1"))
        self._refused = [self._path(namespace) for namespace in refused]

    def allow_all(self) -> None:
        self._refused = []

    async def get(self, path: str, **query: str) -> Object:
        if path in self._refused:
            raise RefusedError(403, f"{path} may not be listed, not even with {query}")
        return {"metadata": {"resourceVersion": "1"}, "items": []}

    async def watch(self, path: str, **query: str) -> AsyncIterator[Object]:
        assert (path not in self._refused, query["resourceVersion"]) == (True, "1")
        while True:
            await asyncio.sleep(TURN_SECONDS)
            yield BOOKMARK

    @staticmethod
    def _path(namespace: str | None) -> str:
        within = "" if namespace is None else f"/namespaces/{namespace}"
        return f"/apis/pimjobs.dev/v1alpha1{within}/pimnotifications"


def problem(watched: list[str | None], refused: list[str | None]) -> str:
    """Return what is silent after a time without any word of what is refused."""

    async def run() -> str:
        async with Choosy(*refused) as client:
            rows = Rows(client, changed=lambda _: None, gone=lambda _: None)
            lease = Lease(client=client, namespace="pim", name="a", identity="b")
            tasks = [asyncio.create_task(rows.run(namespace)) for namespace in watched]
            await asyncio.sleep(2 * LONGEST_SECONDS)
            found = Health(rows=rows, lease=lease).problem()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            return (found or "").partition(" has been silent for ")[0]

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("watched", "refused", "told"),
    [
        (["shop", "erp"], [], ""),
        # It is left out, and tried again: nobody restarts for it.
        (["shop", "erp"], ["erp"], ""),
        ([None], [], ""),
        ([None], [None], "The watch"),
    ],
)
def test_a_namespace_that_is_not_watched_is_named_however_well_others_are(
    monkeypatch: pytest.MonkeyPatch,
    watched: list[str | None],
    refused: list[str | None],
    told: str,
) -> None:
    monkeypatch.setattr(health, "LONGEST_SILENCE_SECONDS", LONGEST_SECONDS)
    assert problem(watched, refused) == told


def test_a_namespace_that_may_not_be_read_is_left_out_until_it_may() -> None:
    row = {"uid": "1", "name": "a", "resourceVersion": "1", "namespace": "erp",
           "creationTimestamp": "2026-01-01T00:00:00Z"}  # fmt: skip

    async def left_out(number: int) -> None:
        def counted() -> bool:
            return bool(LEFT_OUT.collect()[0].samples[0].value == number)

        await asyncio.to_thread(wait_for, counted, f"{number} left out", seconds=20)

    async def run() -> None:
        async with Choosy("erp") as client:
            rows = Rows(client, changed=lambda _: None, gone=lambda _: None)
            rows.put({"metadata": row, "spec": {"event": "Failed"}})
            task = asyncio.create_task(rows.run("erp", retry_seconds=TURN_SECONDS))
            await left_out(1)
            assert rows.all() == []
            client.allow_all()
            await left_out(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())
