"""The running notifier: standby until it holds the Lease, then active until SIGTERM."""

import asyncio
from functools import partial

from pimjob_api.names import MANAGER_NOTIFIER
from pimjob_kube.client import Client
from pimjob_kube.connection import Connection
from pimjob_kube.lease import Lease
from pimjob_kube.program import serve
from pimjob_notifier.courier import Courier
from pimjob_notifier.health import Health
from pimjob_notifier.metrics import API_REQUESTS, LEADER
from pimjob_notifier.settings import Settings


async def run(settings: Settings, connection: Connection) -> None:
    """Run until cancelled. Raises LeaseLostError in a group when another one may be active."""
    async with Client(connection, counted=_count) as client:
        lease = Lease(
            client=client,
            namespace=settings.namespace,
            name=MANAGER_NOTIFIER,
            identity=settings.identity,
            leading=LEADER.set,
        )
        courier = Courier(client=client, settings=settings)
        health = Health(rows=courier.rows, lease=lease)
        await serve(lease, health, settings.port, partial(_active, courier, lease, settings))


async def _active(courier: Courier, lease: Lease, settings: Settings) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(lease.hold())
            group.create_task(courier.sweep())
            for namespace in settings.namespaces or (None,):
                group.create_task(courier.rows.run(namespace))
    finally:
        await courier.close()


def _count(method: str, resource: str, status: str) -> None:
    API_REQUESTS.labels(method, resource, status).inc()
