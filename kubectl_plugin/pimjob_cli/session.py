"""What a command works with: the terminal, kubectl, the API server, the namespace, the user."""

from datetime import UTC, datetime
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

from pimjob_cli import paths
from pimjob_cli.kubectl import CurrentNamespace, Kubectl
from pimjob_cli.paint import Paint, in_colour, plain
from pimjob_cli.proxy import Proxy
from pimjob_cli.terminal import Terminal
from pimjob_cli.text import clean

if TYPE_CHECKING:
    from pimjob_cli.api import Api


class Session:
    """Everything is begun when it is first needed, and ended at the end of the block."""

    def __init__(self, terminal: Terminal, kubectl: Kubectl, namespace: str | None = None) -> None:
        self.terminal = terminal
        self.kubectl = kubectl
        self.paint: Paint = in_colour if terminal.colour else plain
        self._given = namespace or None
        self._proxy: Proxy | None = None
        self._current: CurrentNamespace | None = None
        self._said: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._proxy is not None:
            if "api" in self.__dict__:
                self.api.close()
            self._proxy.close()

    @cached_property
    def api(self) -> "Api":
        """The API server. kubectl starts while Python imports what talks to it."""
        self._proxy = Proxy(self.kubectl)
        if self._given is None:
            self._current = CurrentNamespace(self.kubectl)
        from pimjob_cli.api import Api  # noqa: PLC0415 - meanwhile

        return Api(self._proxy, self._warn)

    @cached_property
    def namespace(self) -> str:
        """The namespace of -n, or the current context's."""
        if self._given is not None:
            return self._given
        current = self._current or CurrentNamespace(self.kubectl)
        return current.get()

    @cached_property
    def user(self) -> str:
        """Who we are to the API server."""
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        review = self.api.create(paths.REVIEWS, body)
        return str(review["status"]["userInfo"]["username"])

    def _warn(self, warning: str) -> None:
        """Pass a warning of the API server on, once."""
        if warning not in self._said:
            self._said.add(warning)
            self.terminal.say(f"Warning: {clean(warning)}")


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)
