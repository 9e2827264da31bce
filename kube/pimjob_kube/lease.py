"""One active replica: whoever holds the Lease. Losing it ends the process."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from pimjob_api.logs import about, reference_to
from pimjob_kube import paths
from pimjob_kube.client import Client
from pimjob_kube.errors import ApiError, ConflictError, NotFoundError
from pimjob_kube.objects import Object

DURATION_SECONDS = 6.0
"""How long a Lease must not have changed before its holder is taken for dead.

A standby may see the last change RETRY_SECONDS late, and looks again as late after that: with
the first full list, a holder that was killed is followed in less than ten seconds.
"""
GIVE_UP_SECONDS = 4.5
"""When a holder that could not renew gives up: well before anybody else takes over."""
RENEW_SECONDS = 1.5
RETRY_SECONDS = 1.0

log = logging.getLogger("pimjob_kube.lease")


class LeaseLostError(Exception):
    """Another replica may be active by now; this one must end at once."""


class Lease:
    """A coordination.k8s.io Lease, compared and swapped by its resource version.

    A holder is taken for dead when its Lease has not changed for
    DURATION_SECONDS by our own clock: clocks of machines are not compared.
    """

    def __init__(
        self,
        *,
        client: Client,
        namespace: str,
        name: str,
        identity: str,
        leading: Callable[[bool], None] = lambda _leading: None,
    ) -> None:
        """Make one. `leading` is told when it is acquired and when it is given up."""
        self._name = name
        self._leading = leading
        self._client = client
        self._namespace = namespace
        self._identity = identity
        self._seen: tuple[str, float] = ("", 0.0)
        self._own: Object | None = None
        """The Lease as our own last write has left it."""
        self._reference = reference_to("Lease", {"namespace": namespace, "name": name})
        self.trouble: str | None = "it has not been read yet"
        """Why it cannot even be asked for."""

    async def acquire(self) -> None:
        """Wait until the Lease is ours."""
        with about(self._reference):
            await self._acquire()

    async def hold(self) -> None:
        """Renew for ever. Raises LeaseLostError."""
        with about(self._reference):
            await self._hold()

    async def release(self) -> None:
        """Give it up, so that a standby need not wait."""
        self._leading(False)  # noqa: FBT003 - what it is told
        with about(self._reference):
            await self._release()

    async def _acquire(self) -> None:
        while True:
            try:
                acquired = await self._try()
                self.trouble = None
                if acquired:
                    self._leading(True)  # noqa: FBT003 - what it is told
                    log.info("Lease acquired by %s", self._identity)
                    return
            except ApiError as error:
                self.trouble = str(error)
                log.warning("Lease: %s", error)
            await asyncio.sleep(RETRY_SECONDS)

    async def _hold(self) -> None:
        renewed = monotonic()
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            # Counted from before the request: its answer may be late.
            asked = monotonic()
            try:
                async with asyncio.timeout(renewed + GIVE_UP_SECONDS - asked):
                    held = await self._renew()
            except TimeoutError as error:
                raise LeaseLostError("The Lease could not be renewed in time.") from error
            except ApiError as error:
                log.warning("Lease not renewed: %s", error)
                continue
            if not held:
                raise LeaseLostError("Another replica holds the Lease.")
            renewed = asked

    async def _release(self) -> None:
        try:
            async with asyncio.timeout(RENEW_SECONDS):
                found = await self._client.get(self._path)
                if found["spec"].get("holderIdentity") == self._identity:
                    found["spec"]["holderIdentity"] = ""
                    await self._client.replace(self._path, found)
        except (ApiError, TimeoutError) as error:
            log.warning("Lease not released: %s", error)

    @property
    def _path(self) -> str:
        return paths.leases(self._namespace, self._name)

    async def _renew(self) -> bool:
        """Write without a look where our own write was the last; False if it is somebody else's."""
        if self._own is not None:
            # An answer that is lost leaves nothing to rely on.
            own, self._own = self._own, None
            with contextlib.suppress(ConflictError, NotFoundError):
                await self._replace(own)
                return True
        return await self._try()

    async def _replace(self, found: Object) -> None:
        spec = self._renewed(found["spec"])
        self._own = await self._client.replace(self._path, {**found, "spec": spec})

    async def _try(self) -> bool:
        """Take or renew the Lease; False if it is somebody else's."""
        try:
            found = await self._client.get(self._path)
        except NotFoundError:
            return await self._create()
        holder = found["spec"].get("holderIdentity") or ""
        if holder not in {"", self._identity} and not self._expired(found):
            return False
        try:
            await self._replace(found)
        except ConflictError:
            # Somebody was quicker; whether with the Lease or a label of it is seen next time.
            return holder == self._identity and await self._is_ours()
        return True

    async def _is_ours(self) -> bool:
        found = await self._client.get(self._path)
        return bool(found["spec"].get("holderIdentity") == self._identity)

    def _expired(self, found: dict[str, Any]) -> bool:
        version = found["metadata"]["resourceVersion"]
        if self._seen[0] != version:
            self._seen = (version, monotonic())
        return monotonic() - self._seen[1] > DURATION_SECONDS

    async def _create(self) -> bool:
        body = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": self._name, "namespace": self._namespace},
            "spec": self._renewed({}),
        }
        try:
            self._own = await self._client.create(paths.leases(self._namespace), body)
        except ConflictError:
            return False
        return True

    def _renewed(self, before: dict[str, Any]) -> dict[str, Any]:
        now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        taken = before.get("holderIdentity") != self._identity
        return {
            "holderIdentity": self._identity,
            "leaseDurationSeconds": int(DURATION_SECONDS),
            "renewTime": now,
            "acquireTime": now if taken else before.get("acquireTime", now),
            "leaseTransitions": before.get("leaseTransitions", 0) + (taken and bool(before)),
        }
