"""/healthz, /readyz and /metrics of a component that has one active replica."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from pimjob_kube.lease import Lease


class Probes(ABC):
    """What the kubelet and Prometheus ask. A component says what is wrong with an active one."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self.active = False

    @abstractmethod
    def problem(self) -> str | None:
        """Return what is wrong with this active replica, None if nothing is."""

    @abstractmethod
    def measure(self) -> None:
        """Set the metrics that are counted when somebody asks."""

    async def healthz(self, _request: web.Request) -> web.Response:
        """Answer the liveness probe."""
        problem = self.problem() if self.active else None
        return web.Response(status=503 if problem else 200, text=problem or "ok")

    async def readyz(self, _request: web.Request) -> web.Response:
        """Answer the readiness probe: a standby is ready to take over, if it can."""
        if not self.active and self._lease.trouble is not None:
            return web.Response(
                status=503, text=f"The Lease is out of reach: {self._lease.trouble}"
            )
        return web.Response(text="active" if self.active else "standby")

    async def metrics(self, _request: web.Request) -> web.Response:
        """Answer Prometheus."""
        self.measure()
        # On a thread: with thousands of series it takes longer than the Lease may wait.
        text = await asyncio.to_thread(generate_latest)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})


@asynccontextmanager
async def answering(probes: Probes, port: int) -> AsyncIterator[None]:
    """Answer them for as long as the block lasts."""
    app = web.Application()
    app.add_routes(
        [
            web.get("/healthz", probes.healthz),
            web.get("/readyz", probes.readyz),
            web.get("/metrics", probes.metrics),
        ]
    )
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, port=port).start()
        yield
    finally:
        await runner.cleanup()
