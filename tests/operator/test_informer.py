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


def attempt(place: Place, number: int) -> dict[str, Any]:
    """Create a Job of the PimJob `a`, which makes no pod."""
    owner = place.api.get(place.path("pimjobs", "a"))
    reference = {key: owner[key] for key in ("apiVersion", "kind")}
    reference |= {key: owner["metadata"][key] for key in ("name", "uid")}
    template = {"restartPolicy": "Never", "containers": [{"name": "runner", "image": "x:1"}]}
    metadata = {
        "name": f"a-{number}",
        "labels": {"pimjobs.dev/job-uid": reference["uid"]},
        "ownerReferences": [{**reference, "controller": True}],
    }
    body = {"metadata": metadata, "spec": {"suspend": True, "template": {"spec": template}}}
    created: dict[str, Any] = place.api.create(place.path("jobs"), body)
    return created


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
        here = (self.cache.jobs.get(uid) for uid in self.cache.jobs.versions(None))
        return {job.name for job in here if job is not None}

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


@pytest.fixture
def place(place: Place) -> Place:
    """A namespace with a PimJob `a`."""
    place.launch("a")
    return place


def test_what_is_there_is_listed_and_what_comes_is_watched(
    server: tuple[Api, Path], place: Place
) -> None:
    async def run() -> None:
        attempt(place, 1)
        async with watched(server[1], place) as found:
            await found.change()
            assert found.names() == {"a-1"}
            attempt(place, 2)
            await found.change()
            assert found.names() == {"a-1", "a-2"}
            place.api.delete(place.path("jobs", "a-1") + "?propagationPolicy=Background")
            await found.change()
            assert found.names() == {"a-2"}

    asyncio.run(run())


def test_other_peoples_jobs_are_never_delivered(server: tuple[Api, Path], place: Place) -> None:
    async def run() -> None:
        template = {"restartPolicy": "Never", "containers": [{"name": "x", "image": "x:1"}]}
        foreign = {"metadata": {"name": "foreign"}, "spec": {"template": {"spec": template}}}
        place.api.create(place.path("jobs"), foreign)
        attempt(place, 1)
        async with watched(server[1], place) as found:
            await found.change()
            assert found.names() == {"a-1"}

    asyncio.run(run())


def test_a_version_that_is_too_old_leads_to_a_list_and_ghosts_are_forgotten(
    server: tuple[Api, Path], place: Place
) -> None:
    async def run() -> None:
        ghost = attempt(place, 1)
        place.api.delete(place.path("jobs", "a-1") + "?propagationPolicy=Background")
        wait_for(lambda: place.job_names() == [], "the ghost's deletion")
        attempt(place, 2)
        async with watched(server[1], place, OnceTooOld) as found:
            found.client.meanwhile = lambda: found.cache.put_job(ghost)
            await found.change()
            await found.change()
            assert found.client.meanwhile is None
            assert found.names() == {"a-2"}
            attempt(place, 3)
            await found.change()
            assert found.names() == {"a-2", "a-3"}

    asyncio.run(run())
