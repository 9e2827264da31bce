"""The running operator: standby until it holds the Lease, then active until SIGTERM."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any

import kopf

from pimjob_api.names import MANAGER_OPERATOR
from pimjob_kube.client import Client
from pimjob_kube.connection import Connection
from pimjob_kube.lease import Lease
from pimjob_kube.program import serve
from pimjob_operator import frame
from pimjob_operator.answers import Answers
from pimjob_operator.builtin import BuiltinTypes
from pimjob_operator.cache import RELEASE_PREFIX, Cache
from pimjob_operator.health import Health
from pimjob_operator.kinds import kinds
from pimjob_operator.ledger import Ledger
from pimjob_operator.metrics import API_REQUESTS, LEADER
from pimjob_operator.outbox import Outbox
from pimjob_operator.queue import Again, WorkQueue, work
from pimjob_operator.reconcile import Reconciler
from pimjob_operator.releases import ReleaseReconciler
from pimjob_operator.scope import Scope, scopes_of
from pimjob_operator.settings import Settings
from pimjob_operator.sweep import Sweeper

DRAIN_SECONDS = 5.0
"""How long reconciles under way may take to finish after SIGTERM."""

log = logging.getLogger("pimjob_operator")

Reconcile = Callable[[str], Awaitable[Again]]


@dataclass(frozen=True, kw_only=True)
class Context:
    """What the operator is made of, for all that runs in it."""

    settings: Settings
    connection: Connection
    client: Client
    queue: WorkQueue
    scopes: Sequence[Scope]
    sweeper: Sweeper
    types: BuiltinTypes
    reconcile: Reconcile
    catch_up: Callable[[str | None], Coroutine[Any, Any, None]]
    """Makes up for what was deleted in a namespace, or (None) in all, while nobody looked."""
    lease: Lease
    health: Health


async def run(settings: Settings, connection: Connection) -> None:
    """Run as standby until the Lease is ours, then as the active operator."""
    async with Client(connection, counted=_count) as client:
        context = _assemble(settings, connection, client)
        await serve(context.lease, context.health, settings.port, partial(_active, context))


def _assemble(settings: Settings, connection: Connection, client: Client) -> Context:
    ledger, queue = Ledger(), WorkQueue(monotonic)
    cache = Cache(seen=ledger.observe, gone=ledger.drop)
    lease = Lease(
        client=client,
        namespace=settings.namespace,
        name=MANAGER_OPERATOR,
        identity=settings.identity,
        leading=LEADER.set,
    )
    watched = kinds(cache)
    if not settings.notifications:
        # Nobody would send them: nobody is known who wants any.
        del watched["PimNotifier"]
    scopes = scopes_of(
        watched.values(), client=client, cache=cache, queue=queue, namespaces=settings.namespaces
    )
    sweeper = Sweeper(scopes=scopes, queue=queue, period=settings.sweep_seconds)
    outbox, answers = Outbox(client=client, cache=cache), Answers(cache, queue)
    starting: set[str] = set()
    releases = ReleaseReconciler(
        client=client,
        cache=cache,
        queue=queue,
        outbox=outbox,
        answers=answers,
        starting=starting,
    )
    jobs = Reconciler(
        client=client,
        cache=cache,
        settings=settings,
        outbox=outbox,
        answers=answers,
        moved=releases.recount,
        starting=starting,
    )
    return Context(
        settings=settings,
        connection=connection,
        client=client,
        queue=queue,
        scopes=scopes,
        sweeper=sweeper,
        types=BuiltinTypes(client, answers.put_type),
        reconcile=_reconcile(releases, jobs),
        catch_up=releases.catch_up,
        lease=lease,
        health=Health(
            cache=cache,
            queue=queue,
            sweeper=sweeper,
            lease=lease,
            ledger=ledger,
            sweep_seconds=settings.sweep_seconds,
            profiles=settings.profile_metrics,
        ),
    )


def _reconcile(releases: ReleaseReconciler, jobs: Reconciler) -> Reconcile:
    """Return what reconciles a key, whichever kind it is of."""

    def reconcile(key: str) -> Awaitable[Again]:
        one = releases if key.startswith(RELEASE_PREFIX) else jobs
        return one.reconcile(key)

    return reconcile


def _count(method: str, resource: str, status: str) -> None:
    API_REQUESTS.labels(method, resource, status).inc()


async def _active(context: Context) -> None:
    """Run until kopf returns (SIGTERM), or until one of the tasks fails."""
    context.sweeper.last_success = monotonic()
    async with asyncio.TaskGroup() as group:
        # Before kopf: it cancels, when it ends, whatever was started after it.
        tasks = [group.create_task(context.lease.hold())]
        # Nothing is decided before everything is known: what has not been listed
        # yet would look as if it did not exist.
        for scope in context.scopes:
            await scope.fill()
        context.sweeper.last_success = monotonic()
        # A job that was launched for this version must not be refused by the types of the last.
        await context.types.apply()
        tasks += [
            group.create_task(context.sweeper.run()),
            group.create_task(context.types.run()),
            *(
                group.create_task(context.catch_up(n))
                for n in context.settings.namespaces or (None,)
            ),
            *(group.create_task(scope.run()) for scope in context.scopes),
        ]
        tasks += [
            group.create_task(work(context.queue, context.reconcile))
            for _ in range(context.settings.workers)
        ]
        # The watches of scopes begin now, before kopf: it would wait for them when it ends.
        await asyncio.sleep(0)
        await _until_ended(context)
        await _drain(context.queue)
        for task in tasks:
            task.cancel()


async def _until_ended(context: Context) -> None:
    """Let kopf wait for SIGTERM."""
    await kopf.operator(
        registry=frame.registry(context.connection),
        settings=frame.settings(),
        # Its default asks for the name of the container's user, who has none. To kopf it is a
        # str under a name of its own, which is not public.
        identity=context.settings.identity,  # type: ignore[arg-type]
        standalone=True,
        clusterwide=True,
    )


async def _drain(queue: WorkQueue) -> None:
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            await queue.close()
    except TimeoutError:
        log.warning("Reconciles did not finish in %.0f s; the next start goes on.", DRAIN_SECONDS)
