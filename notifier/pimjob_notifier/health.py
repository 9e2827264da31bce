"""/healthz, /readyz and /metrics."""

from time import monotonic

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from pimjob_kube.lease import Lease
from pimjob_notifier.metrics import measure
from pimjob_notifier.rows import Rows

LONGEST_SILENCE_SECONDS = 600.0
"""The API server says something at least once a minute; nobody restarts for a short outage."""


class Health:
    """What the probes ask."""

    def __init__(self, *, rows: Rows, lease: Lease) -> None:
        self._rows = rows
        self._lease = lease
        self.active = False

    async def healthz(self, _request: web.Request) -> web.Response:
        """Answer the liveness probe: an active one hears of new PimNotifications."""
        silent = monotonic() - self._rows.last_success
        if self.active and silent > LONGEST_SILENCE_SECONDS:
            return web.Response(status=503, text=f"The watch has been silent for {silent:.0f} s.")
        return web.Response(text="ok")

    async def readyz(self, _request: web.Request) -> web.Response:
        """Answer the readiness probe: a standby is ready to take over, if it can."""
        if not self.active and self._lease.trouble is not None:
            return web.Response(
                status=503, text=f"The Lease is out of reach: {self._lease.trouble}"
            )
        return web.Response(text="active" if self.active else "standby")

    async def metrics(self, _request: web.Request) -> web.Response:
        """Answer Prometheus."""
        measure(self._rows.all())
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


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
