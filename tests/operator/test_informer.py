"""List and watch against the real API server."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from pimjob_kube.client import Client, Object
from pimjob_kube.connection import connect
from pimjob_kube.errors import NotFoundError
from pimjob_operator.cache import Cache
from pimjob_operator.informer import Informer
from pimjob_operator.kinds import kinds
from pimjob_operator.queue import Again, WorkQueue
from support.control_plane import Api, wait_for
from support.place import Place

pytestmark = pytest.mark.cluster

OWNER = "00000000-0000-0000-0000-000000000001"


def labelled(name: str, owner: str = OWNER) -> dict[str, Any]:
    """Return a Job that belongs to a PimJob, and makes no pod."""
    template = {"restartPolicy": "Never", "containers": [{"name": "runner", "image": "x:1"}]}
    return {
        "metadata": {"name": name, "labels": {"pimjobs.dev/job-uid": owner}},
        "spec": {"suspend": True, "template": {"spec": template}},
    }


class Watched:
    """An informer of Jobs at work, and what it fills."""

    def __init__(self, client: Client, place: Place) -> None:
        self.cache, self.queue = Cache(), WorkQueue(lambda: 0.0)
        self.client = client
        self.informer = Informer(
            client=client,
            kind=kinds(self.cache)["Job"],
            queue=self.queue,
            namespace=place.namespace,
        )

    def names(self) -> set[str]:
        return {job["metadata"]["name"] for job in self.cache.jobs[OWNER].values()}

    async def change(self) -> None:
        """Wait until a change was taken."""
        key = await asyncio.wait_for(self.queue.get(), 10)
        self.queue.done(key, Again())


class OnceTooOld(Client):
    """A client whose first watch is answered with 410 Gone, as after a compaction of etcd."""

    meanwhile: Callable[[], object] | None = None
    """What happens until then."""

    async def watch(self, path: str, **query: str) -> AsyncIterator[Object]:
        if self.meanwhile is not None:
            self.meanwhile()
            self.meanwhile = None
            raise NotFoundError(410, "too old resource version: 1 (9)")
        async for event in super().watch(path, **query):
            yield event


@contextlib.asynccontextmanager
async def watched(
    kubeconfig: Path, place: Place, make: type[Client] = Client
) -> AsyncIterator[Watched]:
    async with make(connect(kubeconfig)) as client:
        found = Watched(client, place)
        task = asyncio.create_task(found.informer.run())
        try:
            yield found
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def test_what_is_there_is_listed_and_what_comes_is_watched(
    server: tuple[Api, Path], place: Place
) -> None:
    async def run() -> None:
        place.api.create(place.path("jobs"), labelled("first"))
        async with watched(server[1], place) as found:
            await found.change()
            assert found.names() == {"first"}
            place.api.create(place.path("jobs"), labelled("second"))
            await found.change()
            assert found.names() == {"first", "second"}
            place.api.delete(place.path("jobs", "first") + "?propagationPolicy=Background")
            await found.change()
            assert found.names() == {"second"}

    asyncio.run(run())


def test_other_peoples_jobs_are_never_delivered(server: tuple[Api, Path], place: Place) -> None:
    async def run() -> None:
        foreign = labelled("foreign")
        del foreign["metadata"]["labels"]
        place.api.create(place.path("jobs"), foreign)
        place.api.create(place.path("jobs"), labelled("own"))
        async with watched(server[1], place) as found:
            await found.change()
            assert found.names() == {"own"}

    asyncio.run(run())


def test_a_version_that_is_too_old_leads_to_a_list_and_ghosts_are_forgotten(
    server: tuple[Api, Path], place: Place
) -> None:
    async def run() -> None:
        ghost = place.api.create(place.path("jobs"), labelled("ghost"))
        place.api.delete(place.path("jobs", "ghost") + "?propagationPolicy=Background")
        wait_for(lambda: place.job_names() == [], "the ghost's deletion")
        place.api.create(place.path("jobs"), labelled("own"))
        async with watched(server[1], place, OnceTooOld) as found:
            found.client.meanwhile = lambda: found.cache.put_job(ghost)
            await found.change()
            await found.change()
            assert found.client.meanwhile is None
            assert found.names() == {"own"}
            place.api.create(place.path("jobs"), labelled("later"))
            await found.change()
            assert found.names() == {"own", "later"}

    asyncio.run(run())
