"""How all objects of a kind are followed, whatever the API server answers."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from pimjob_kube import watching
from pimjob_kube.client import Client, Object
from pimjob_kube.connection import Connection
from pimjob_kube.errors import ApiError, NotFoundError, UnavailableError
from pimjob_kube.watching import PAGE, follow, pages

GONE = NotFoundError(410, "too old resource version")
AWAY = UnavailableError(0, "connection refused")
MISSING = NotFoundError(404, "there is no such kind")


def event(version: int, kind: str = "MODIFIED") -> Object:
    return {"type": kind, "object": {"metadata": {"resourceVersion": str(version)}}}


class Scripted(Client):
    """An API server's lists and watches, one after another; the last watch stays silent."""

    def __init__(
        self, *, lists: list[int | ApiError], watches: list[list[Object | ApiError]]
    ) -> None:
        super().__init__(Connection("http://127.0.0.1:1"))
        self.lists, self.watches = lists, watches
        self.began: list[str] = []
        self.taken: list[str] = []
        self.over = asyncio.Event()

    async def fill(self) -> str:
        found = self.lists.pop(0)
        if isinstance(found, ApiError):
            raise found
        return str(found)

    def handle(self, kind: str, found: Object) -> None:
        self.taken.append(f"{kind} {found['metadata']['resourceVersion']}")

    async def watch(self, path: str, **query: str) -> AsyncIterator[Object]:
        assert path == "/things"
        self.began.append(query["resourceVersion"])
        if not self.watches:
            self.over.set()
            await asyncio.Event().wait()
        for found in self.watches.pop(0):
            if isinstance(found, ApiError):
                raise found
            yield found


def followed(
    lists: list[int | ApiError], watches: list[list[Object | ApiError]]
) -> tuple[list[str], list[str]]:
    """Follow until the script is over; return where watches began, and what was taken."""

    async def run() -> tuple[list[str], list[str]]:
        async with Scripted(lists=lists, watches=watches) as client:
            work = follow(client, "/things", kind="Thing", fill=client.fill, handle=client.handle)
            task = asyncio.create_task(work)
            await asyncio.wait_for(client.over.wait(), 10)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert client.lists == []
            return client.began, client.taken

    return asyncio.run(run())


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried again is tried again soon."""
    monkeypatch.setattr(watching, "RETRY_SECONDS", 0.1)


def test_a_watch_goes_on_where_the_one_before_it_ended() -> None:
    began, taken = followed([3], [[event(4), event(9, "BOOKMARK")], []])
    assert (began, taken) == (["3", "9", "9"], ["MODIFIED 4", "BOOKMARK 9"])


def test_after_a_trouble_it_goes_on_from_the_last_event(caplog: pytest.LogCaptureFixture) -> None:
    began, taken = followed([3], [[event(4), AWAY]])
    assert (began, taken) == (["3", "4"], ["MODIFIED 4"])
    assert caplog.messages == ["Things are not watched at the moment: connection refused"]


def test_a_version_that_is_too_old_leads_to_a_list_at_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    began, _ = followed([3, 20], [[event(4), GONE]])
    assert began == ["3", "20"]
    assert caplog.messages == []


def test_a_version_that_is_too_old_again_and_again_leads_to_no_storm_of_lists(
    caplog: pytest.LogCaptureFixture,
) -> None:
    start = time.monotonic()
    began, _ = followed([3, 20, 30], [[GONE], [GONE]])
    # Each of the two at least half of the usual time.
    assert time.monotonic() - start > watching.RETRY_SECONDS
    assert began == ["3", "20", "30"]
    assert caplog.messages == [f"Things are not watched at the moment: {GONE}"] * 2


def test_a_version_that_is_too_old_once_the_watch_is_cut_leads_to_a_list_at_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    began, _ = followed([3, 20], [[event(4)], [GONE]])
    assert began == ["3", "4", "20"]
    assert caplog.messages == []


def test_watches_that_end_at_once_and_bring_nothing_make_no_storm(
    caplog: pytest.LogCaptureFixture,
) -> None:
    start = time.monotonic()
    began, _ = followed([3], [[], []])
    assert time.monotonic() - start > watching.RETRY_SECONDS
    assert began == ["3"] * 3
    ended = "Things are not watched at the moment: the API server ended a watch at once"
    assert caplog.messages == [ended] * 2


def test_a_watch_that_lasted_goes_on_at_once_though_nothing_happened(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "SHORT_SECONDS", 0)
    began, _ = followed([3], [[], []])
    assert began == ["3"] * 3
    assert caplog.messages == []


def test_a_list_that_fails_is_tried_again_after_a_while(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Also where the kind is not there yet: nobody asks for it without a pause."""
    start = time.monotonic()
    began, _ = followed([MISSING, AWAY, 3], [])
    # Each of the two at least half of the usual time.
    assert time.monotonic() - start > watching.RETRY_SECONDS
    assert began == ["3"]
    assert len(caplog.messages) == 2


class Paged(Client):
    """An API server with a list of two pages."""

    async def get(self, path: str, **query: str) -> Object:
        assert (path, query["limit"], query["labelSelector"]) == ("/things", str(PAGE), "mine")
        if "continue" in query:
            return {"metadata": {"continue": ""}, "items": [query["continue"]]}
        return {"metadata": {"continue": "more"}, "items": ["first"]}


def test_a_long_list_comes_page_by_page() -> None:
    async def run() -> list[str]:
        async with Paged(Connection("http://127.0.0.1:1")) as client:
            found = pages(client, "/things", "mine")
            return [item async for page in found for item in page["items"]]

    assert asyncio.run(run()) == ["first", "more"]
