"""What a caller learns from the API server's answers. The server answers from a script."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from pimjob_kube.client import Client
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


def with_answers(*answers: Answer, use: Callable[[Client], Awaitable[None]]) -> int:
    """Use a client on a server that gives these answers in turn; return how often it was asked."""
    asked = 0

    async def answer(_request: web.Request) -> web.Response:
        nonlocal asked
        status, headers = answers[min(asked, len(answers) - 1)]
        asked += 1
        return web.json_response({"message": f"answer {asked}"}, status=status, headers=headers)

    async def run() -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        port = free_port()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        client = Client(Connection(f"http://127.0.0.1:{port}"))
        try:
            await use(client)
        finally:
            await client.close()
            await runner.cleanup()

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
