"""`pimjob-operator`: runs until SIGTERM, or until the Lease is lost."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from importlib.metadata import version
from pathlib import Path
from time import monotonic

import kopf
from kopf._core.engines.peering import Identity

from pimjob_operator import watch
from pimjob_operator.builtin import apply_builtin_types
from pimjob_operator.cache import Cache
from pimjob_operator.health import Health, serve
from pimjob_operator.kube.client import Client
from pimjob_operator.kube.connection import Connection, connect
from pimjob_operator.lease import Lease, LeaseLostError
from pimjob_operator.logs import configure
from pimjob_operator.metrics import BUILD_INFO
from pimjob_operator.queue import KeyedQueue, work
from pimjob_operator.reconcile import Reconciler
from pimjob_operator.settings import DOCUMENTATION, Settings, SettingsError, read_settings
from pimjob_operator.sweep import Sweeper

log = logging.getLogger("pimjob_operator")


async def run(settings: Settings, connection: Connection) -> None:
    """Run as standby until the Lease is ours, then as the active operator."""
    client = Client(connection)
    cache, queue = Cache(), KeyedQueue(monotonic)
    sweeper = Sweeper(
        client=client,
        cache=cache,
        queue=queue,
        namespaces=settings.namespaces,
        period=settings.sweep_seconds,
    )
    health = Health(queue=queue, sweeper=sweeper, sweep_seconds=settings.sweep_seconds)
    server = await serve(health, settings.port)
    lease = Lease(client=client, namespace=settings.namespace, identity=settings.identity)
    try:
        await lease.acquire()
        try:
            health.active = True
            sweeper.last_success = monotonic()
            reconciler = Reconciler(client=client, cache=cache, settings=settings)
            await _active(settings, connection, client, cache, queue, sweeper, reconciler, lease)
        finally:
            await lease.release()
    finally:
        await server.cleanup()
        await client.close()


async def _active(  # noqa: PLR0917 - the parts of the running operator
    settings: Settings,
    connection: Connection,
    client: Client,
    cache: Cache,
    queue: KeyedQueue,
    sweeper: Sweeper,
    reconciler: Reconciler,
    lease: Lease,
) -> None:
    """Run until kopf returns (SIGTERM), or until one of the tasks fails."""
    async with asyncio.TaskGroup() as group:
        # Before kopf: it cancels, when it ends, whatever was started after it.
        tasks = [
            group.create_task(lease.hold()),
            group.create_task(sweeper.run()),
            group.create_task(apply_builtin_types(client)),
            *(
                group.create_task(work(queue, reconciler.reconcile))
                for _ in range(settings.workers)
            ),
        ]
        await kopf.operator(
            registry=watch.registry(cache, queue, connection),
            settings=watch.settings(),
            # Its default asks for the name of the container's user, who has none.
            identity=Identity(settings.identity),
            standalone=True,
            clusterwide=not settings.namespaces,
            namespaces=settings.namespaces,
        )
        for task in tasks:
            task.cancel()


def main(arguments: list[str] | None = None) -> int:
    """Parse, run, and say why it ended."""
    parser = argparse.ArgumentParser(
        prog="pimjob-operator",
        description=__doc__,
        epilog=DOCUMENTATION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--kubeconfig", type=Path, help="run outside a cluster, with this kubeconfig's context"
    )
    options = parser.parse_args(arguments)
    try:
        settings = read_settings(os.environ)
    except SettingsError as error:
        print(f"pimjob-operator: {error}", file=sys.stderr)  # noqa: T201 - before logging is set up
        return 2
    configure(settings.log_format)
    BUILD_INFO.labels(version("pimjobs")).set(1)
    return asyncio.run(_guarded(settings, connect(options.kubeconfig)))


async def _guarded(settings: Settings, connection: Connection) -> int:
    task = asyncio.ensure_future(run(settings, connection))
    # For the time as a standby; kopf brings its own handler.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        log.info("Ended on request, as a standby.")
    except BaseExceptionGroup as group:
        lost = group.subgroup(LeaseLostError)
        if lost is None:
            raise
        log.error("%s", lost.exceptions[0])  # noqa: TRY400 - no traceback is needed
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
