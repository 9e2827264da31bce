"""List and watch of one kind. See docs/decisions/0024, 0050 and 0091."""

from pimjob_kube.client import Client
from pimjob_kube.objects import Object
from pimjob_kube.watching import follow
from pimjob_operator.kinds import Kind
from pimjob_operator.listing import compare, informed, settle
from pimjob_operator.queue import WorkQueue


class Informer:
    """Keeps one kind in the cache, in one namespace or (None) in all."""

    def __init__(
        self, *, client: Client, kind: Kind, queue: WorkQueue, namespace: str | None
    ) -> None:
        self._client = client
        self._kind = kind
        self._queue = queue
        self._namespace = namespace

    async def run(self) -> None:
        """List, then watch from there, for ever. Raises RefusedError if lists are refused.

        Not for a kind that jobs can do without, nor in all namespaces: there that is waited out.
        """
        await follow(
            self._client,
            self._kind.path(self._namespace),
            kind=self._kind.name,
            fill=self._fill,
            handle=self._handle,
            selector=self._kind.selector,
            required=self._namespace is not None and not self._kind.optional,
        )

    async def _fill(self) -> str:
        difference = await compare(self._client, self._kind, self._namespace, self._queue)
        settle(self._kind, self._queue, difference)
        return difference.version

    def _handle(self, event: str, found: Object) -> None:
        if event != "BOOKMARK":
            informed(self._kind, self._queue, event, found)
