"""Sends what is due, and writes down what became of it.

First it is sent, then it is written down: whoever dies in between leaves a message that is
sent once more, under the same id. None is written down that was not sent.
"""

import asyncio
import logging
import random
import traceback
from datetime import UTC, datetime
from time import monotonic

from pimjob_api.names import API_VERSION, KIND_PIMNOTIFICATION, MANAGER_NOTIFIER
from pimjob_api.notices import NotificationState
from pimjob_kube import paths
from pimjob_kube.client import Client
from pimjob_kube.errors import ApiError, ConflictError, NotFoundError
from pimjob_kube.objects import Object
from pimjob_notifier import course
from pimjob_notifier.delivery import Delivery, destination_of
from pimjob_notifier.errors import DeliveryError, NobodyToTellError
from pimjob_notifier.lane import Lane, Went
from pimjob_notifier.metrics import DEAD, FAILED, SEND_SECONDS, SENT
from pimjob_notifier.rows import Rows
from pimjob_notifier.settings import Settings

AT_ONCE = 64
"""Messages on their way at once. One per PimNotifier; who fails is soon left in peace."""
PEOPLE_AT_ONCE = 4
"""Of them, those that have a process of their own."""
RECORD_SECONDS = 5.0

log = logging.getLogger("pimjob_notifier.courier")


class Courier:
    """Has a lane for each PimNotifier with messages to send."""

    def __init__(self, *, client: Client, settings: Settings) -> None:
        self._client = client
        self._settings = settings
        self._delivery = Delivery(client, settings)
        self.rows = Rows(client, changed=self._changed, gone=self._gone)
        self._lanes: dict[tuple[str, str], Lane] = {}
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._people = asyncio.Semaphore(PEOPLE_AT_ONCE)
        self._active = True

    async def close(self) -> None:
        """Send nothing more."""
        self._active = False
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def sweep(self) -> None:
        """Remove what ended long ago and give up what waits for too long, for ever."""
        while True:
            for row in self.rows.all():
                try:
                    await self._tidy(row)
                except ApiError as error:
                    log.warning("PimNotifications are not removed at the moment: %s", error)
                    break
            self._forget_empty_lanes()
            await asyncio.sleep(self._settings.sweep_seconds)

    def _forget_empty_lanes(self) -> None:
        for key in [key for key, task in self._tasks.items() if task.done()]:
            del self._tasks[key]
        for key in [key for key in self._lanes if key not in self._tasks]:
            del self._lanes[key]

    def _changed(self, row: Object) -> None:
        key, uid = _lane_of(row), row["metadata"]["uid"]
        due = course.due(row)
        if due is None:
            if key in self._lanes:
                self._lanes[key].drop(uid)
            return
        lane = self._lanes.setdefault(key, Lane(self._send))
        lane.put(uid, due)
        task = self._tasks.get(key)
        if self._active and (task is None or task.done()):
            self._tasks[key] = asyncio.create_task(lane.run())

    def _gone(self, row: Object) -> None:
        for lane in self._lanes.values():
            lane.drop(row["metadata"]["uid"])

    async def _send(self, uid: str) -> Went:
        """Send one message; never raises: a bad one must not stop the others."""
        row = self.rows.get(uid)
        if row is None or course.due(row) is None:
            return Went(well=True)
        try:
            status, went = await self._try(row)
        except ApiError as error:
            log.warning("%s waits for the API server: %s", row["metadata"]["name"], error)
            self._changed(row)
            return Went(well=False)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this message's
            # Where it happened, and not what it says: that may hold an address.
            places = "".join(traceback.format_tb(error.__traceback__))
            log.error(  # noqa: TRY400 - its message stays out
                "%s could not be sent: %s\n%s",
                row["metadata"]["name"],
                type(error).__name__,
                places,
            )
            failure = DeliveryError(f"The notifier failed: {type(error).__name__}.")
            status, went = self._failed(row, failure), Went(well=False)
        await self._record(row, status)
        return went

    async def _try(self, row: Object) -> tuple[Object, Went]:
        namespace, destination = row["metadata"]["namespace"], "none"
        try:
            notifier = await self._delivery.notifier_of(row)
            destination = destination_of(notifier)
            slots = self._slots if destination == "webhook" else self._people
            async with slots:
                began = monotonic()
                try:
                    await self._delivery.deliver(row, notifier)
                finally:
                    SEND_SECONDS.labels(destination).observe(monotonic() - began)
        except NobodyToTellError as nobody:
            return course.skipped(row, str(nobody), datetime.now(UTC)), Went(well=True)
        except DeliveryError as error:
            FAILED.labels(namespace, destination).inc()
            log.info("%s was not delivered: %s", row["metadata"]["name"], error)
            return self._failed(row, error), Went(well=False, retry_after=error.retry_after)
        SENT.labels(namespace, destination).inc()
        return course.sent(row, datetime.now(UTC)), Went(well=True)

    def _failed(self, row: Object, error: DeliveryError) -> Object:
        jitter = random.random()  # noqa: S311 - no secret
        give_up = self._settings.give_up_seconds
        return course.failed(row, error, datetime.now(UTC), give_up=give_up, jitter=jitter)

    async def _record(self, row: Object, status: Object) -> None:
        """Write a status down, however long that takes: until then nothing is sent twice."""
        while True:
            try:
                await self._write(row, status)
            except (NotFoundError, ConflictError):
                # Gone, or another one of its name.
                self.rows.drop(row)
                return
            except ApiError as error:
                log.warning("%s is not written down yet: %s", row["metadata"]["name"], error)
                await asyncio.sleep(RECORD_SECONDS)
            else:
                return

    async def _write(self, row: Object, status: Object) -> None:
        metadata = row["metadata"]
        body = {
            "apiVersion": API_VERSION,
            "kind": KIND_PIMNOTIFICATION,
            "metadata": {name: metadata[name] for name in ("name", "namespace", "uid")},
            "status": status,
        }
        path = paths.pimnotifications(metadata["namespace"], metadata["name"]) + "/status"
        written = await self._client.apply(path, body, manager=MANAGER_NOTIFIER)
        if status["state"] == NotificationState.DEAD:
            DEAD.labels(metadata["namespace"]).inc()
        self.rows.put(written)

    async def _tidy(self, row: Object) -> None:
        settings, now, metadata = self._settings, datetime.now(UTC), row["metadata"]
        if course.is_over(
            row, now, keep_sent=settings.keep_sent_seconds, keep_dead=settings.keep_dead_seconds
        ):
            path = paths.pimnotifications(metadata["namespace"], metadata["name"])
            await self._client.delete(path, uid=metadata["uid"], propagation="Background")
            return
        status = course.expired(row, now, give_up=settings.give_up_seconds)
        if status is not None:
            await self._write(row, status)


def _lane_of(row: Object) -> tuple[str, str]:
    return row["metadata"]["namespace"], row["spec"].get("notifier", "")
