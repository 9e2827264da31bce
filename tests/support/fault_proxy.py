"""A proxy between a program and a real API server that misbehaves when a test says so.

On loopback, in a thread of its own, plain HTTP unless it is given a certificate. Without
faults it hands everything on.
"""

import asyncio
import contextlib
import ssl
import threading
from collections import Counter, defaultdict
from collections.abc import Coroutine, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import aiohttp
import yaml
from aiohttp import web

from support.control_plane import TOKEN, Api, free_port
from support.faults import Answer, Call, Fault, Rule
from support.watch_faults import GONE, Channel, lines

_HEADERS = ("Accept", "Authorization", "Content-Type")


class FaultProxy:
    """One proxy. Its methods are called from the test's thread."""

    def __init__(self, server: str, authority: Path, own_tls: ssl.SSLContext | None = None) -> None:
        self.port = free_port()
        self.calls: list[Call] = []
        self._server = server
        self._tls = ssl.create_default_context(cafile=str(authority))
        self._own_tls = own_tls
        self._rules: list[Rule] = []
        self._channels: defaultdict[str, Channel] = defaultdict(Channel)
        self._watches: list[tuple[web.Request, str]] = []
        self._log_ends_after: int | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def count(self, *, writes: bool = False) -> int:
        """Return how many calls there were, watches and Leases left out; or only writes."""
        counted = [call for call in self.calls if call.kind != "leases" and not call.watches]
        return sum(call.writes or not writes for call in counted)

    def by_kind(self) -> Counter[tuple[str, str]]:
        """Return how often what was called."""
        return Counter((call.method, call.kind) for call in self.calls)

    def on(
        self,
        fault: Fault,
        *,
        method: str | None = None,
        kind: str | None = None,
        writes: bool | None = None,
        nth: int = 1,
        every: int = 0,
        times: float = float("inf"),
    ) -> Rule:
        """Have the calls that match meet a fault. By default only the first that matches does."""

        def matches(call: Call) -> bool:
            wanted = ((method, call.method), (kind, call.kind), (writes, call.writes))
            return not call.watches and all(w in {None, found} for w, found in wanted)

        rule = Rule(fault, matches, nth=nth, every=every, times=times)
        self._rules.append(rule)
        return rule

    def off(self, rule: Rule) -> None:
        """Have no call meet this fault any more."""
        self._rules.remove(rule)

    @contextlib.contextmanager
    def held(self, *kinds: str) -> Iterator[None]:
        """Keep the events of these kinds back for as long as the block lasts."""
        self._change(kinds, lambda channel: channel.open.clear())
        try:
            yield
        finally:
            self._change(kinds, lambda channel: channel.open.set())

    def deafen(self, *kinds: str, deaf: bool = True) -> None:
        """Lose the events of these kinds."""
        self._change(kinds, lambda channel: setattr(channel, "deaf", deaf))

    def double(self, *kinds: str) -> None:
        """Deliver each event of these kinds twice."""
        self._change(kinds, lambda channel: setattr(channel, "doubled", True))

    @contextlib.contextmanager
    def cut(self, *kinds: str, gone: bool = False) -> Iterator[None]:
        """Cut the watches of these kinds; take none until the end of the block.

        `gone`: the first watch after it is told that its version is too old.
        """
        self._change(kinds, lambda channel: setattr(channel, "refused", True))
        self._run(self._cut(kinds))
        try:
            yield
        finally:
            self._change(kinds, lambda channel: setattr(channel, "gone", int(gone)))
            self._change(kinds, lambda channel: setattr(channel, "refused", False))

    def break_log(self, *, after: int) -> None:
        """Break the next log off behind so many lines."""
        self._log_ends_after = after

    @contextlib.contextmanager
    def away(self) -> Iterator[list[float]]:
        """Hang up on whoever calls for as long as the block lasts; yield the times of the calls."""
        tried: list[float] = []
        self._run(self._leave(tried))
        try:
            yield tried
        finally:
            self._run(self._come_back())

    @contextlib.contextmanager
    def running(self) -> Iterator["FaultProxy"]:
        """Serve for as long as the block lasts."""
        self._thread.start()
        self._run(self._start())
        try:
            yield self
        finally:
            self._run(self._end())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def _change(self, kinds: tuple[str, ...], change: Any) -> None:
        async def each() -> None:
            for kind in kinds:
                change(self._channels[kind])

        self._run(each())

    def _run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(20)

    async def _start(self) -> None:
        self._session = aiohttp.ClientSession(
            self._server, connector=aiohttp.TCPConnector(ssl=self._tls, limit=0)
        )
        app = web.Application(client_max_size=2**26)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1
        )
        await self._runner.setup()
        await self._listen()

    async def _end(self) -> None:
        await self._cut(tuple(self._channels))
        await self._runner.cleanup()
        await self._session.close()
        await asyncio.sleep(0.05)

    async def _listen(self) -> None:
        self._site = web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=self._own_tls)
        await self._site.start()

    async def _leave(self, tried: list[float]) -> None:
        def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            tried.append(monotonic())
            writer.transport.abort()

        await self._site.stop()
        self._nobody = await asyncio.start_server(hang_up, "127.0.0.1", self.port)
        server = self._runner.server
        for connection in [] if server is None else list(server.connections):
            if connection.transport is not None:
                connection.transport.abort()

    async def _come_back(self) -> None:
        self._nobody.close()
        await self._nobody.wait_closed()
        await self._listen()

    async def _cut(self, kinds: tuple[str, ...]) -> None:
        for request, kind in list(self._watches):
            if kind in kinds and request.transport is not None:
                request.transport.abort()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        call = Call(request.method, request.path, dict(request.query))
        self.calls.append(call)
        if call.watches:
            return await self._watch(call, request)
        if call.kind == "pods/log":
            return await self._log(request)
        body = await request.read()

        async def forward() -> Answer:
            return await self._forward(request, body)

        rule = next((rule for rule in self._rules if rule.meets(call)), None)
        answer = await (forward() if rule is None else rule.fault(call, forward))
        if answer.body is None:
            return _close(request)
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)

    async def _forward(self, request: web.Request, body: bytes) -> Answer:
        async with self._session.request(
            request.method, request.path_qs, data=body or None, headers=_headers(request)
        ) as answer:
            kept = {"Content-Type": answer.headers.get("Content-Type", "application/json")}
            return Answer(answer.status, await answer.read(), kept)

    async def _watch(self, call: Call, request: web.Request) -> web.StreamResponse:
        channel = self._channels[call.kind]
        if channel.refused:
            return _close(request)
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        if channel.gone:
            channel.gone -= 1
            await response.prepare(request)
            await response.write(GONE + b"\n")
            return response
        watched = (request, call.kind)
        self._watches.append(watched)
        try:
            await self._stream(channel, request, response)
        finally:
            self._watches.remove(watched)
        return response

    async def _log(self, request: web.Request) -> web.StreamResponse:
        """Hand a log on while it is written."""
        left, self._log_ends_after = self._log_ends_after, None
        timeout = aiohttp.ClientTimeout(total=None)
        async with self._session.get(
            request.path_qs, headers=_headers(request), timeout=timeout
        ) as upstream:
            response = web.StreamResponse(status=upstream.status)
            response.content_type = upstream.content_type
            await response.prepare(request)
            async for line in lines(upstream.content.iter_any()):
                if left == 0 and request.transport is not None:
                    request.transport.close()
                    break
                await response.write(line + b"\n")
                left = None if left is None else left - 1
        return response

    async def _stream(
        self, channel: Channel, request: web.Request, response: web.StreamResponse
    ) -> None:
        timeout = aiohttp.ClientTimeout(total=None)
        async with self._session.get(
            request.path_qs, headers=_headers(request), timeout=timeout
        ) as upstream:
            response.set_status(upstream.status)
            await response.prepare(request)
            async for line in lines(upstream.content.iter_any()):
                async for delivered in channel.pass_on(line):
                    await response.write(delivered + b"\n")


def _headers(request: web.Request) -> dict[str, str]:
    return {name: request.headers[name] for name in _HEADERS if name in request.headers}


def _close(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


@contextlib.contextmanager
def fault_proxy(server: tuple[Api, Path], folder: Path) -> Iterator[tuple[FaultProxy, Path]]:
    """Run a proxy before an API server; yield it and a kubeconfig that leads to it."""
    api, kubeconfig = server
    made = FaultProxy(api.url, kubeconfig.parent / "apiserver.crt")
    config = yaml.safe_load(kubeconfig.read_text())
    config["clusters"][0]["cluster"] = {"server": f"http://127.0.0.1:{made.port}"}
    config["users"][0]["user"] = {"token": TOKEN}
    path = folder / "through-proxy"
    path.write_text(yaml.safe_dump(config))
    with made.running():
        yield made, path
