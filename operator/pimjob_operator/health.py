"""/healthz, /readyz and /metrics."""

import asyncio
from time import monotonic

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from pimjob_kube.lease import Lease
from pimjob_operator.cache import Cache
from pimjob_operator.gauges import measure_jobs, measure_profiles, measure_releases
from pimjob_operator.ledger import Ledger
from pimjob_operator.metrics import QUEUE_DEPTH
from pimjob_operator.queue import KeyedQueue
from pimjob_operator.sweep import Sweeper

SWEEPS_MISSED = 3


class Health:
    """What the probes ask. Healthy means that the watch has been proven alive lately."""

    def __init__(
        self,
        *,
        cache: Cache,
        queue: KeyedQueue,
        sweeper: Sweeper,
        lease: Lease,
        ledger: Ledger,
        sweep_seconds: float,
        profiles: bool = False,
    ) -> None:
        """Make one. `profiles`: whether metrics name them."""
        self._cache = cache
        self._queue = queue
        self._sweeper = sweeper
        self._lease = lease
        self._ledger = ledger
        self._profiles = profiles
        self._longest = SWEEPS_MISSED * sweep_seconds + 60
        self.active = False

    def problem(self) -> str | None:
        """Return what is wrong, None if nothing is."""
        if not self.active:
            return None
        if self._sweeper.missed >= SWEEPS_MISSED:
            return "The watch is deaf: full lists keep finding what it did not deliver."
        silent = monotonic() - self._sweeper.last_success
        if silent > self._longest:
            return f"No full list has succeeded for {silent:.0f} s."
        return None

    async def healthz(self, _request: web.Request) -> web.Response:
        """Answer the liveness probe."""
        problem = self.problem()
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
        QUEUE_DEPTH.set(len(self._queue))
        measure_jobs(self._cache.pimjobs.values(), self._ledger)
        measure_releases(self._cache.releases.values())
        if self._profiles:
            measure_profiles(self._cache.pimjobs.values())
        # On a thread: with thousands of series it takes longer than the Lease may wait.
        text = await asyncio.to_thread(generate_latest)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})


async def serve(health: Health, port: int) -> web.AppRunner:
    """Start the server; call `cleanup()` of what is returned to end it."""
    app = web.Application()
    app.add_routes(
        [
            web.get("/healthz", health.healthz),
            web.get("/readyz", health.readyz),
            web.get("/metrics", health.metrics),
        ]
    )
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, port=port).start()
    return runner
