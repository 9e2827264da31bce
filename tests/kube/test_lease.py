"""What a replica does about its Lease before it holds it, and when it ends."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable
from copy import deepcopy

import pytest
from aiohttp.test_utils import make_mocked_request

from pimjob_kube.client import Client, Object
from pimjob_kube.connection import Connection
from pimjob_kube.lease import Lease
from pimjob_kube.probes import Probes
from pimjob_kube.program import _until_it_ends, serve
from support.control_plane import free_port

LEASE = "/apis/coordination.k8s.io/v1/namespaces/pim/leases/pimjob-test"


class Well(Probes):
    """A replica that has no trouble of its own."""

    def problem(self) -> str | None:
        return None

    def measure(self) -> None:
        """Have nothing to measure."""


class Cluster(Client):
    """An API server that has nothing but one Lease."""

    def __init__(self, holder: str) -> None:
        super().__init__(Connection("http://127.0.0.1:1"))
        self.lease: Object = {
            "metadata": {"resourceVersion": "1"},
            "spec": {"holderIdentity": holder},
        }

    async def get(self, path: str, **query: str) -> Object:
        assert (path, query) == (LEASE, {})
        return deepcopy(self.lease)

    async def replace(self, path: str, body: Object) -> Object:
        assert path == LEASE
        self.lease = deepcopy(body)
        return body

    def holder(self) -> str:
        return str(self.lease["spec"]["holderIdentity"])


def lease_of(client: Client) -> Lease:
    return Lease(client=client, namespace="pim", name="pimjob-test", identity="own")


async def ready(lease: Lease) -> tuple[int, str | None]:
    found = await Well(lease).readyz(make_mocked_request("GET", "/readyz"))
    return found.status, found.text


def test_one_that_the_api_server_has_never_answered_is_not_ready() -> None:
    """Though nothing has failed: the server takes the connection, and is silent."""

    async def run() -> tuple[int, str | None]:
        asked = asyncio.Event()

        async def be_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readline()
            asked.set()
            await reader.read()
            writer.close()

        port = free_port()
        async with (
            await asyncio.start_server(be_silent, "127.0.0.1", port),
            Client(Connection(f"http://127.0.0.1:{port}")) as client,
        ):
            lease = lease_of(client)
            task = asyncio.create_task(lease.acquire())
            await asyncio.wait_for(asked.wait(), 10)
            found = await ready(lease)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return found

    assert asyncio.run(run()) == (503, "The Lease is out of reach: it has not been read yet")


def test_a_standby_is_ready_with_the_first_answer() -> None:
    async def run() -> tuple[int, str | None]:
        async with Cluster(holder="another") as client:
            lease = lease_of(client)
            with pytest.raises(TimeoutError):
                # Shorter than until it asks for the second time.
                await asyncio.wait_for(lease.acquire(), 0.1)
            return await ready(lease)

    assert asyncio.run(run()) == (200, "standby")


class Cut(Cluster):
    """Whoever acquires the Lease is told to end before he learns that he has it."""

    async def replace(self, path: str, body: Object) -> Object:
        found = await super().replace(path, body)
        if self.holder() == "own":
            await be_told_to_end()
            await for_ever()
        return found


class Impatient(Cluster):
    """Whoever reads a Lease that somebody holds is told to end, each time."""

    async def get(self, path: str, **query: str) -> Object:
        found = await super().get(path, **query)
        if self.holder():
            await be_told_to_end()
        return found


async def be_told_to_end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    # Turns of the loop in which the signal is handled.
    for _ in range(5):
        await asyncio.sleep(0)


async def for_ever() -> None:
    await asyncio.Event().wait()


async def end_when_told() -> None:
    await be_told_to_end()
    await for_ever()


async def fail() -> None:
    raise ZeroDivisionError


def left_holder(
    cluster: Callable[[], Cluster], active: Callable[[], Awaitable[None]] = for_ever
) -> str:
    """Live until the end; return whose the Lease is afterwards."""

    async def run() -> str:
        async with cluster() as client:
            lease = lease_of(client)
            with contextlib.suppress(ZeroDivisionError):
                await _until_it_ends(serve(lease, Well(lease), free_port(), active))
            return client.holder()

    return asyncio.run(asyncio.wait_for(run(), 10))


def test_a_lease_is_released_though_nobody_knew_yet_that_it_was_acquired() -> None:
    assert left_holder(lambda: Cut(holder="")) == ""


@pytest.mark.parametrize("active", [end_when_told, fail])
def test_who_is_told_to_end_while_he_releases_the_lease_releases_it(
    active: Callable[[], Awaitable[None]],
) -> None:
    assert left_holder(lambda: Impatient(holder=""), active) == ""


def test_a_standby_that_ends_leaves_the_lease_to_its_holder() -> None:
    assert left_holder(lambda: Impatient(holder="another")) == "another"


class Counted(Cluster):
    """It knows how often it was asked, and how often told."""

    def __init__(self) -> None:
        super().__init__(holder="")
        self.reads = self.writes = 0
        self.renewed = asyncio.Event()

    async def get(self, path: str, **query: str) -> Object:
        self.reads += 1
        return await super().get(path, **query)

    async def replace(self, path: str, body: Object) -> Object:
        self.writes += 1
        if self.writes == 5:
            self.renewed.set()
        return await super().replace(path, body)


def test_a_holder_writes_without_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pimjob_kube.lease.RENEW_SECONDS", 0.001)

    async def run() -> None:
        async with Counted() as client:
            lease = lease_of(client)
            await lease.acquire()
            holding = asyncio.create_task(lease.hold())
            await client.renewed.wait()
            holding.cancel()
            assert client.reads == 1

    asyncio.run(asyncio.wait_for(run(), 10))
