"""kopf as event source: handlers that only fill the cache and mark keys as due."""

import time
from typing import Any

import kopf

from pimjob_api.names import (
    GROUP,
    LABEL_JOB_UID,
    PLURAL_PIMJOB,
    PLURAL_PIMJOBTYPE,
    VERSION,
)
from pimjob_operator.cache import Cache, Children
from pimjob_operator.kube.connection import Connection
from pimjob_operator.metrics import WATCH_EVENT_TIMESTAMP
from pimjob_operator.queue import KeyedQueue

SERVER_TIMEOUT_SECONDS = 300


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
    """Return kopf's settings: no writes, no finalizers, selectors on the server."""
    made = kopf.OperatorSettings()
    made.persistence.progress_storage = _NoProgress()
    made.persistence.diffbase_storage = _NoDifference()
    made.posting.enabled = False
    made.scanning.disabled = True
    made.watching.server_timeout = SERVER_TIMEOUT_SECONDS
    made.networking.request_timeout = 30
    for kind in (("batch", "v1", "jobs"), ("", "v1", "pods")):
        # On the server: other people's Jobs and Pods never reach this process.
        made.watching.label_selectors[kind] = LABEL_JOB_UID
    return made


def registry(cache: Cache, queue: KeyedQueue, connection: Connection) -> kopf.OperatorRegistry:
    """Return the handlers of all kinds that are watched."""
    made = kopf.OperatorRegistry()
    handlers = _Handlers(cache, queue)
    labelled = {LABEL_JOB_UID: kopf.PRESENT}

    @kopf.on.login(registry=made)
    def login(**_: Any) -> kopf.ConnectionInfo:
        return _login(connection)

    kopf.on.event(GROUP, VERSION, PLURAL_PIMJOB, registry=made)(handlers.pimjob)
    kopf.on.event(GROUP, VERSION, PLURAL_PIMJOBTYPE, registry=made)(handlers.pimjobtype)
    kopf.on.event("batch", "v1", "jobs", labels=labelled, registry=made)(handlers.job)
    kopf.on.event("v1", "pods", labels=labelled, registry=made)(handlers.pod)
    return made


class _Handlers:
    """Take events into the cache. No I/O: each event costs a dictionary or two."""

    def __init__(self, cache: Cache, queue: KeyedQueue) -> None:
        self._cache = cache
        self._queue = queue

    async def pimjob(self, event: Any, **_: Any) -> None:
        """Take a PimJob."""
        WATCH_EVENT_TIMESTAMP.set(time.time())
        uid = event["object"]["metadata"]["uid"]
        if event["type"] == "DELETED":
            self._cache.drop_pimjob(uid)
        elif self._cache.put_pimjob(dict(event["object"])):
            self._queue.add(uid)

    async def pimjobtype(self, event: Any, **_: Any) -> None:
        """Take a PimJobType; the PimJobs of the type may be able to go on now."""
        found = dict(event["object"])
        if event["type"] == "DELETED":
            self._cache.drop_type(found["metadata"]["name"])
        else:
            self._cache.put_type(found)
        for uid in self._cache.of_type(found["metadata"]["name"]):
            self._queue.add(uid)

    async def job(self, event: Any, **_: Any) -> None:
        """Take a Job."""
        self._child(self._cache.jobs, event)

    async def pod(self, event: Any, **_: Any) -> None:
        """Take a Pod."""
        self._child(self._cache.pods, event)

    def _child(self, children: Children, event: Any) -> None:
        found = dict(event["object"])
        if event["type"] == "DELETED":
            uid = self._cache.drop_child(children, found)
        else:
            uid = self._cache.put_child(children, found)
        self._queue.add(uid)


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
