"""What a replica does about its Lease before it holds it, and when it ends."""

import asyncio
from copy import deepcopy

import pytest
from aiohttp.test_utils import make_mocked_request

from pimjob_kube.client import Client, Object
from pimjob_kube.connection import Connection
from pimjob_kube.lease import Lease
from pimjob_kube.probes import Probes
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
