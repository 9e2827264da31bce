"""What the operator sees of a namespace, or of the whole cluster: listed, then watched.

A namespace that may not be read is left out, and looked at again now and then: with a namespace
that is deleted the Role goes that the operator had there, and the others must not wait for it.
Nothing of it stays in the cache: half of what a job consists of is worse than nothing.
"""

import asyncio
import logging
from collections.abc import Iterable, Iterator, Sequence

from pimjob_kube.client import Client
from pimjob_kube.errors import FORBIDDEN, ApiError, RefusedError
from pimjob_operator.cache import Cache
from pimjob_operator.informer import Informer
from pimjob_operator.kinds import Kind
from pimjob_operator.listing import Difference, compare, settle
from pimjob_operator.metrics import NAMESPACES_LEFT_OUT
from pimjob_operator.queue import WorkQueue

RETRY_SECONDS = 2.0
LONGEST_RETRY_SECONDS = 60.0
MISSING = {403, 404}
"""Answers that tell that an optional kind, or the permission to read it, is not there.

A list that took too long ends with 410: that says nothing of what there is.
"""

log = logging.getLogger("pimjob_operator.scope")


def scopes_of(
    kinds: Iterable[Kind],
    *,
    client: Client,
    cache: Cache,
    queue: WorkQueue,
    namespaces: Sequence[str],
) -> list["Scope"]:
    """Return what is read together: what is in no namespace, first; then each namespace, or all."""
    found = list(kinds)

    def scope(namespace: str | None, *, namespaced: bool) -> Scope:
        own = [kind for kind in found if kind.namespaced is namespaced]
        return Scope(client=client, cache=cache, kinds=own, queue=queue, namespace=namespace)

    each = [scope(name, namespaced=True) for name in namespaces or (None,)]
    return [scope(None, namespaced=False), *each]


class Scope:
    """Kinds that are read together, in a namespace or (None) in all."""

    def __init__(
        self,
        *,
        client: Client,
        cache: Cache,
        kinds: Sequence[Kind],
        queue: WorkQueue,
        namespace: str | None,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self._client = client
        self._cache = cache
        self._kinds = kinds
        self._queue = queue
        self._namespace = namespace
        self._retry = retry_seconds
        self._refusal: ApiError | None = None
        self._refused = asyncio.Event()

    @property
    def is_left_out(self) -> bool:
        """Whether it may not be read at the moment."""
        return self._refusal is not None

    async def fill(self) -> None:
        """List all kinds, in order, until that succeeds, or the scope is left out."""
        for kind in self._kinds:
            while not self.is_left_out:
                try:
                    settle(kind, self._queue, await self.compare(kind, self._queue))
                    break
                except ApiError as error:
                    self.refused(error)
                    if not self.is_left_out:
                        log.warning("%ss cannot be listed: %s", kind.name, error)
                        await asyncio.sleep(self._retry)

    async def run(self) -> None:
        """Watch all kinds, for ever."""
        pause = self._retry
        while True:
            if self.is_left_out and self._namespace is not None:
                self._cache.forget_namespace(self._namespace)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_RETRY_SECONDS)
                await self._try_again()
            else:
                pause = self._retry
                await self._watch()

    async def differences(self) -> Sequence[tuple[Kind, Difference]]:
        """Return how full lists differ from the cache; nothing of what is left out."""
        found = []
        for kind in () if self.is_left_out else self._kinds:
            try:
                found.append((kind, await self.compare(kind)))
            except ApiError as error:
                self.refused(error)
                if not self.is_left_out:
                    raise
                return ()
        return found

    async def compare(self, kind: Kind, fill: WorkQueue | None = None) -> Difference:
        """Compare with a list. A kind that jobs can do without has no objects if none is given."""
        try:
            return await compare(self._client, kind, self._namespace, fill)
        except ApiError as error:
            if not kind.optional or error.status not in MISSING:
                raise
            log.warning("%ss cannot be listed, and have no effect: %s", kind.name, error)
            return Difference(ghosts=kind.store.versions(self._namespace))

    def refused(self, error: ApiError) -> None:
        """Leave the scope out, if that is what an answer to a list means."""
        if self._namespace is None or error.status != FORBIDDEN or self.is_left_out:
            return
        log.warning(
            "Namespace %s is left out: %s. It was deleted, or the operator's RoleBinding is missing"
            " there; see `watchNamespaces` in the chart's values.",
            self._namespace,
            error,
        )
        self._refusal = error
        self._refused.set()
        NAMESPACES_LEFT_OUT.inc()

    async def _try_again(self) -> None:
        """Fill anew if it may be read again."""
        try:
            for kind in self._kinds:
                await self.compare(kind)
        except ApiError as error:
            log.debug("Namespace %s is still left out: %s", self._namespace, error)
            return
        self._refusal = None
        self._refused.clear()
        NAMESPACES_LEFT_OUT.dec()
        log.info("Namespace %s is read again.", self._namespace)
        await self.fill()

    async def _watch(self) -> None:
        """Watch until the scope is left out."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._until_refused())
                for informer in self._informers():
                    group.create_task(informer.run())
        except* RefusedError as refusals:
            self.refused(_first(refusals))

    async def _until_refused(self) -> None:
        await self._refused.wait()
        if self._refusal is not None:
            raise self._refusal

    def _informers(self) -> Iterator[Informer]:
        for kind in self._kinds:
            yield Informer(
                client=self._client, kind=kind, queue=self._queue, namespace=self._namespace
            )


def _first(group: BaseExceptionGroup[RefusedError]) -> RefusedError:
    found = group.exceptions[0]
    return _first(found) if isinstance(found, BaseExceptionGroup) else found
