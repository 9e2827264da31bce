"""What a caller learns from the API server's answers. The server answers from a script."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from pimjob_kube.client import Client, Object
from pimjob_kube.connection import Connection
from pimjob_kube.errors import (
    ApiError,
    ConflictError,
    NotFoundError,
    RefusedError,
    UnavailableError,
)
from pimjob_kube.paths import resource_of
from support.control_plane import free_port

Answer = tuple[int, dict[str, str]]


@asynccontextmanager
async def served(
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]],
) -> AsyncIterator[Client]:
    """Yield a client of a server that answers so."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1000).start()
    try:
        async with Client(Connection(f"http://127.0.0.1:{port}")) as client:
            yield client
    finally:
        await runner.cleanup()


def with_answers(*answers: Answer, use: Callable[[Client], Awaitable[None]]) -> int:
    """Use a client on a server that gives these answers in turn; return how often it was asked."""
    asked = 0

    async def answer(_request: web.Request) -> web.Response:
        nonlocal asked
        status, headers = answers[min(asked, len(answers) - 1)]
        asked += 1
        return web.json_response({"message": f"answer {asked}"}, status=status, headers=headers)

    async def run() -> None:
        async with served(answer) as client:
            await use(client)

    asyncio.run(run())
    return asked


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, NotFoundError),
        (410, NotFoundError),
        (409, ConflictError),
        (403, RefusedError),
        (422, RefusedError),
    ],
)
def test_an_answer_that_would_be_the_same_again_is_given_at_once(
    status: int, error: type[ApiError]
) -> None:
    async def use(client: Client) -> None:
        with pytest.raises(error, match="answer 1"):
            await client.get("/api/v1/pods")

    assert with_answers((status, {}), use=use) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_answer_that_may_be_another_one_later_is_asked_for_again(status: int) -> None:
    async def use(client: Client) -> None:
        assert await client.get("/api/v1/pods") == {"message": "answer 2"}

    assert with_answers((status, {}), (200, {}), use=use) == 2


def test_a_server_that_says_when_is_not_asked_before() -> None:
    async def use(client: Client) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await client.get("/api/v1/pods")
        assert loop.time() - began >= 1

    assert with_answers((429, {"Retry-After": "1"}), (200, {}), use=use) == 2


def test_a_server_that_stays_unavailable_is_given_up() -> None:
    async def use(client: Client) -> None:
        with pytest.raises(UnavailableError) as caught:
            await client.get("/api/v1/pods")
        assert caught.value.status == 503

    assert with_answers((503, {}), use=use) == 4


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        ("/api/v1/namespaces/ns/events", "events"),
        ("/api/v1/pods", "pods"),
        ("/apis/batch/v1/namespaces/ns/jobs/a-1", "jobs"),
        ("/apis/pimjobs.dev/v1alpha1/namespaces/ns/pimjobs/a/status", "pimjobs/status"),
        ("/apis/pimjobs.dev/v1alpha1/pimjobtypes/numbers", "pimjobtypes"),
    ],
)
def test_requests_are_counted_by_resource_and_never_by_name(path: str, resource: str) -> None:
    assert resource_of(path) == resource


def test_no_number_of_watches_keeps_a_request_waiting() -> None:
    """The Lease is renewed beside the watches, of which each namespace has some."""
    watches, all_open = 101, asyncio.Event()
    opened = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal opened
        if "watch" not in request.query:
            return web.json_response({"kind": "Lease"})
        opened += 1
        if opened == watches:
            all_open.set()
        response = web.StreamResponse()
        await response.prepare(request)
        await asyncio.Event().wait()
        return response

    async def watch(client: Client) -> None:
        async for _ in client.watch("/api/v1/pods"):
            pass

    async def run() -> Object:
        async with served(answer) as client:
            tasks = [asyncio.create_task(watch(client)) for _ in range(watches)]
            async with asyncio.timeout(10):
                await all_open.wait()
                found = await client.get("/apis/a/v1/leases/b")
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            return found

    assert asyncio.run(run()) == {"kind": "Lease"}
