"""kopf as event source of types, releases and notifiers: fills the cache, marks keys as due."""

from collections.abc import Awaitable, Callable
from typing import Any

import kopf

from pimjob_api.names import (
    GROUP,
    PLURAL_PIMJOBTYPE,
    PLURAL_PIMNOTIFIER,
    PLURAL_PIMRELEASE,
    VERSION,
)
from pimjob_kube.connection import Connection
from pimjob_operator.kinds import Kind
from pimjob_operator.listing import informed
from pimjob_operator.queue import WorkQueue

SERVER_TIMEOUT_SECONDS = 300

Handler = Callable[..., Awaitable[None]]


class _NoProgress(kopf.ProgressStorage):
    """No handler keeps state on objects, so none is read from or cleared in each event."""

    def fetch(self, **_: Any) -> None:
        """Know nothing."""

    def store(self, **_: Any) -> None:
        """Keep nothing."""

    def purge(self, **_: Any) -> None:
        """Remove nothing."""

    def touch(self, **_: Any) -> None:
        """Touch nothing."""

    def clear(self, *, essence: Any) -> Any:
        """Return what came."""
        return essence


class _NoDifference(kopf.DiffBaseStorage):
    """No handler asks what has changed, so no snapshot is made of each event."""

    def build(self, **_: Any) -> Any:
        """Return an empty essence."""
        return {}

    def fetch(self, **_: Any) -> None:
        """Know no snapshot."""

    def store(self, **_: Any) -> None:
        """Keep no snapshot."""


def settings() -> kopf.OperatorSettings:
    """Return kopf's settings: no writes, no finalizers, no look-ups of its own."""
    made = kopf.OperatorSettings()
    made.persistence.progress_storage = _NoProgress()
    made.persistence.diffbase_storage = _NoDifference()
    made.posting.enabled = False
    made.scanning.disabled = True
    made.watching.server_timeout = SERVER_TIMEOUT_SECONDS
    made.networking.request_timeout = 30
    return made


def registry(
    kinds: dict[str, Kind], queue: WorkQueue, connection: Connection
) -> kopf.OperatorRegistry:
    """Return the handlers of all kinds that are watched."""
    made = kopf.OperatorRegistry()

    @kopf.on.login(registry=made)
    def login(**_: Any) -> kopf.ConnectionInfo:
        return _login(connection)

    def handler_of(name: str) -> Handler:
        return _handler(kinds[name], queue)

    kopf.on.event(GROUP, VERSION, PLURAL_PIMJOBTYPE, registry=made)(handler_of("PimJobType"))
    kopf.on.event(GROUP, VERSION, PLURAL_PIMRELEASE, registry=made)(handler_of("PimRelease"))
    if "PimNotifier" in kinds:
        kopf.on.event(GROUP, VERSION, PLURAL_PIMNOTIFIER, registry=made)(handler_of("PimNotifier"))
    return made


def _handler(kind: Kind, queue: WorkQueue) -> Handler:
    """Return a handler that stores events in the cache. No I/O: a dictionary or two."""

    async def handle(event: Any, **_: Any) -> None:
        informed(kind, queue, event["type"], dict(event["object"]))

    return handle


def _login(connection: Connection) -> kopf.ConnectionInfo:
    return kopf.ConnectionInfo(
        server=connection.server,
        ca_path=_text(connection.certificate_authority),
        token=connection.bearer(),
        certificate_path=_text(connection.client_certificate),
        private_key_path=_text(connection.client_key),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
