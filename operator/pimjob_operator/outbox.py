"""Puts a PimNotification into the outbox for each PimNotifier that a change concerns.

Before the status that tells the change, as `announce` does with Events: after that nobody
looks again. Its name says which change it is, so that one who starts over tells it once.
Whom nobody wants to be told costs no call at all. The notifier sends what is there.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pimjob_api.names import type_object_name
from pimjob_api.notices import NotifierEvent
from pimjob_kube import paths
from pimjob_kube.client import Client
from pimjob_kube.errors import ConflictError, NotFoundError, RefusedError, UnavailableError
from pimjob_operator.cache import Cache
from pimjob_operator.core.notices import (
    Notice,
    change_of_release,
    end_of,
    end_of_deleted_release,
    least_notification,
    notification_of,
    notifiers_of,
    watchers_of_warnings,
)
from pimjob_operator.core.status import text
from pimjob_operator.metrics import NOTIFICATIONS
from pimjob_operator.statuses import INVALID

REMEMBERED = 10_000

Object = Mapping[str, Any]

log = logging.getLogger("pimjob_operator.outbox")


class Outbox:
    """Creates PimNotifications. Raises UnavailableError: then the status has to wait, too."""

    def __init__(self, *, client: Client, cache: Cache) -> None:
        self._client = client
        self._cache = cache
        self._told: dict[str, None] = {}

    async def tell_end(self, pimjob: Object, status: Object) -> None:
        """Tell of a job's end, which `status` is about to say."""
        asked = {NotifierEvent(status["phase"]), NotifierEvent.WARNINGS_OVER}
        notifiers = self._cache.notifiers_in(pimjob["metadata"]["namespace"])
        if not any(asked & {*notifier["spec"]["events"]} for notifier in notifiers):
            return
        # The runner's last report, which the watch may not have brought yet.
        found = await self._read(pimjob)
        if found is None:
            return
        await self.tell_warnings(found)
        job_type = self._type_of(found)
        notice = end_of(found, status, job_type)
        for notifier in notifiers_of(notice, notifiers, job_type):
            await self._create(notice, notifier)

    async def tell_warnings(self, pimjob: Object) -> None:
        """Tell those who want to know of a job with so many warnings, each once."""
        notifiers = self._cache.notifiers_in(pimjob["metadata"]["namespace"])
        for notice, notifier in watchers_of_warnings(pimjob, notifiers, self._type_of(pimjob)):
            await self._create(notice, notifier)

    async def tell_release(self, release: Object, before: Object, status: Object) -> None:
        """Tell of all the jobs of a release at once, what `status` is about to say of them."""
        notice = change_of_release(release, before, status)
        if notice is None:
            return
        notifiers = self._cache.notifiers_in(release["metadata"]["namespace"])
        for notifier in notifiers_of(notice, notifiers, {}):
            await self._create(notice, notifier)

    async def tell_deleted_releases(self, namespace: str | None) -> None:
        """Tell that jobs go on where a release's pause was told, and it is gone since.

        Nothing else remembers a release that was deleted; a namespace, or (None) all.
        """
        if not self._cache.notifiers:
            return
        query = {"fieldSelector": f"spec.event={NotifierEvent.RELEASE_PAUSED}"}
        found = await self._client.get(paths.pimnotifications(namespace), **query)
        for told in (row["spec"] for row in found["items"]):
            if told["subject"]["uid"] in self._cache.releases:
                continue
            notice = end_of_deleted_release(told)
            there = self._cache.notifiers_in(notice.subject["metadata"]["namespace"])
            same = (n for n in there if n["metadata"]["name"] == told["notifier"])
            for notifier in notifiers_of(notice, same, {}):
                await self._create(notice, notifier)

    async def _post(self, path: str, body: dict[str, Any]) -> None:
        """Create a PimNotification: with the least that it has to tell, if all is refused."""
        try:
            await self._client.create(path, body)
        except RefusedError as error:
            if error.status not in INVALID:
                raise
            log.warning("The PimNotification is refused, and tells less: %s", error)
            await self._client.create(path, least_notification(body))

    async def _read(self, pimjob: Object) -> Object | None:
        """Return a job as it is now; None if it is gone, or another one has its name."""
        metadata = pimjob["metadata"]
        path = paths.pimjobs(metadata["namespace"], metadata["name"])
        try:
            found = await self._client.get(path)
        except NotFoundError:
            return None
        return found if found["metadata"]["uid"] == metadata["uid"] else None

    def _type_of(self, pimjob: Object) -> Object:
        found = self._cache.types.get(type_object_name(pimjob["spec"]["type"]), {})
        spec: Object = found.get("spec") or {}
        return spec

    async def _create(self, notice: Notice, notifier: Object) -> None:
        body = notification_of(notice, notifier, text(datetime.now(UTC)))
        name, namespace = body["metadata"]["name"], body["metadata"]["namespace"]
        if name in self._told:
            return
        try:
            await self._post(paths.pimnotifications(namespace), body)
            NOTIFICATIONS.labels(notice.event, "created").inc()
        except ConflictError as error:
            if not error.exists:
                raise UnavailableError(error.status, str(error)) from error
            log.debug("PimNotification %s is there already.", name)
        except (RefusedError, NotFoundError) as error:
            # A quota, or permissions that are missing: a job's end must not wait for them.
            log.warning("No PimNotification %s: %s", name, error)
            NOTIFICATIONS.labels(notice.event, "refused").inc()
        self._told[name] = None
        if len(self._told) > REMEMBERED:
            del self._told[next(iter(self._told))]
