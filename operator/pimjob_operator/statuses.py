"""Writes statuses by server-side apply. What is refused as a whole is said in fewer words.

The same status is not tried again and again: the API server would refuse it each time.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pimjob_api.names import MANAGER_OPERATOR
from pimjob_kube.client import Client
from pimjob_kube.errors import RefusedError
from pimjob_operator.announce import announce
from pimjob_operator.core.bodies import event_body, status_body
from pimjob_operator.core.least import STATUS_REFUSED, Status, least_status
from pimjob_operator.core.status import text

INVALID = frozenset({400, 413, 422})
"""Answers that are about what was sent. Others (403) would be given to anything."""
REMEMBERED = 1_000

Object = Mapping[str, Any]

log = logging.getLogger("pimjob_operator.statuses")


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A status that was refused, and what was taken in its place."""

    wanted: Status
    taken: Status


class Statuses:
    """The operator's writes of statuses."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._refusals: dict[str, Refusal] = {}

    def sayable(self, subject: Object, wanted: Status) -> Status:
        """Return what can be said of a status: the least of it where this very one was refused."""
        known = self._refusals.get(subject["metadata"]["uid"])
        return known.taken if known is not None and known.wanted == wanted else wanted

    async def write(self, path: str, subject: Object, kind: str, wanted: Status) -> dict[str, Any]:
        """Write the status of the object at a path; return the object as it is then.

        NotFoundError if it is gone, RefusedError if not even the least of it is taken.
        """
        sayable = self.sayable(subject, wanted)
        try:
            written = await self._apply(path, subject, kind, sayable)
        except RefusedError as error:
            if error.status not in INVALID or sayable is not wanted:
                raise
            return await self._write_least(path, subject, kind, wanted, str(error))
        if sayable is wanted:
            self._refusals.pop(subject["metadata"]["uid"], None)
        return written

    async def _write_least(
        self, path: str, subject: Object, kind: str, wanted: Status, why: str
    ) -> dict[str, Any]:
        log.warning("The status is refused, and says less: %s", why)
        now = text(datetime.now(UTC))
        least = least_status(wanted, why, now, subject.get("status") or {})
        # Before it: after that nobody looks again.
        await announce(self._client, _event(subject, kind, least, now))
        written = await self._apply(path, subject, kind, least)
        self._refusals[subject["metadata"]["uid"]] = Refusal(wanted=wanted, taken=least)
        if len(self._refusals) > REMEMBERED:
            del self._refusals[next(iter(self._refusals))]
        return written

    async def _apply(self, path: str, subject: Object, kind: str, status: Status) -> dict[str, Any]:
        body = status_body(subject, kind, status)
        return await self._client.apply(f"{path}/status", body, manager=MANAGER_OPERATOR)


def _event(subject: Object, kind: str, least: Status, now: str) -> Object:
    key = f"{least.get('attemptCount', 0)}.{STATUS_REFUSED.lower()}"
    return event_body(
        subject, kind, key, severity="Warning", reason=STATUS_REFUSED,
        message=least["message"], now=now,
    )  # fmt: skip
