"""Keeps a list of jobs up to date, in a thread, through broken connections."""

import contextlib
import threading
import time
from typing import Any

from pimjob_api import nesting
from pimjob_cli.api import Api
from pimjob_cli.errors import CliError, ServerError, UnreachableError, may_pass
from pimjob_cli.job import Job

_SECONDS = 300
"""How long the API server may keep one watch."""
_AGAIN = 1.0
_EXPIRED = 410


class Watcher:
    """The jobs of a path and its selectors, by namespace and name."""

    def __init__(self, api: Api, path: str, query: dict[str, str]) -> None:
        self._api, self._path, self._query = api, path, query
        self._known: dict[tuple[str, str], Job] = {}
        self._error: CliError | None = None
        self._ready = False
        self._changed = threading.Condition()
        self._news = 0
        threading.Thread(target=self._run, daemon=True).start()

    def jobs(self) -> list[Job]:
        """Return all, once they have been read. Raises what keeps them from being read."""
        with self._changed:
            self._changed.wait_for(lambda: self._ready or self._error)
            if self._error:
                raise self._error
            return list(self._known.values())

    def wait(self, seconds: float | None) -> bool:
        """Wait for news; return whether there are any."""
        with self._changed:
            self._changed.wait_for(lambda: self._news or self._error, seconds)
            found, self._news = bool(self._news), 0
            return found

    def _run(self) -> None:
        while True:
            try:
                self._watch(self._list())
            except CliError as error:
                expired = isinstance(error, ServerError) and error.status == _EXPIRED
                if not (self._ready and (expired or may_pass(error))):
                    self._fail(error)
                    return
                # It was there; it will be again.
                time.sleep(_AGAIN)

    def _fail(self, error: CliError) -> None:
        with self._changed:
            self._error = error
            self._changed.notify_all()

    def _list(self) -> str:
        known, version = {}, ""
        for page in self._api.pages(self._path, **self._query):
            known.update({_key(item): Job(item) for item in page["items"]})
            version = page["metadata"]["resourceVersion"]
        with self._changed:
            self._known, self._ready = known, True
            self._notify()
        return version

    def _watch(self, version: str) -> None:
        while True:
            query = {
                **self._query,
                "watch": "true",
                "allowWatchBookmarks": "true",
                "resourceVersion": version,
                "timeoutSeconds": str(_SECONDS),
            }
            for line in self._api.lines(self._path, **query):
                event = _event(line)
                if event["type"] == "ERROR":
                    raise ServerError(_EXPIRED, "Expired", str(event["object"].get("message")))
                version = event["object"]["metadata"]["resourceVersion"]
                if event["type"] != "BOOKMARK":
                    self._handle(event)

    def _handle(self, event: dict[str, Any]) -> None:
        item = event["object"]
        with self._changed:
            if event["type"] == "DELETED":
                with contextlib.suppress(KeyError):
                    del self._known[_key(item)]
            else:
                self._known[_key(item)] = Job(item)
            self._notify()

    def _notify(self) -> None:
        self._news += 1
        self._changed.notify_all()


def _event(line: bytes) -> dict[str, Any]:
    try:
        found: dict[str, Any] = nesting.loads(line.decode())
    except ValueError:
        raise UnreachableError("the API server's answer broke off in a line") from None
    return found


def _key(item: dict[str, Any]) -> tuple[str, str]:
    return item["metadata"]["namespace"], item["metadata"]["name"]
