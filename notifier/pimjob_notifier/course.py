"""The course of one PimNotification: when it is due, and what its status says next. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pimjob_api import bounds
from pimjob_api.notices import OF_RELEASES, NotificationState, NotifierEvent
from pimjob_api.text import clip
from pimjob_notifier.errors import DeliveryError

Object = Mapping[str, Any]
Status = dict[str, Any]

FIRST_SECONDS = 5.0
LONGEST_SECONDS = 6 * 3600.0
_ENDED = frozenset({NotificationState.SENT, NotificationState.SKIPPED, NotificationState.DEAD})
_ASKED_AGAIN = frozenset({NotifierEvent.WARNINGS_OVER, *OF_RELEASES})
"""Changes that last: a row of theirs is all that keeps an operator from telling them again."""


def due(row: Object) -> datetime | None:
    """Return when it is to be sent, None if it has ended."""
    status = row.get("status") or {}
    if is_asked_anew(row):
        return asked(row)
    if status.get("state") in _ENDED:
        return None
    return time_of(status.get("nextAttemptTime") or row["metadata"]["creationTimestamp"])


def is_asked_anew(row: Object) -> bool:
    """Whether people have raised `resend` since the status was written."""
    return int(row["spec"].get("resend", 0)) > int(_status(row).get("observedResend", 0))


def asked(row: Object) -> datetime:
    """Return since when it is to be sent. Of one that is asked for anew nobody has noted it yet."""
    noted = None if is_asked_anew(row) else _status(row).get("askedTime")
    return time_of(noted or row["metadata"]["creationTimestamp"])


def sent(row: Object, now: datetime) -> Status:
    """Return the status of one that was delivered."""
    return {**_tried(row, now), "state": NotificationState.SENT.value, "endTime": text(now)}


def skipped(row: Object, why: str, now: datetime) -> Status:
    """Return the status of one that nobody is to be told."""
    ended = {"state": NotificationState.SKIPPED.value, "endTime": text(now)}
    return {**_tried(row, now), **ended, "lastError": clip(why, bounds.MESSAGE)}


def failed(
    row: Object, error: DeliveryError, now: datetime, *, give_up: float, jitter: float
) -> Status:
    """Return the status of one that was not delivered.

    `give_up`: seconds after which it is dead. `jitter` from 0 to 1 spreads what failed at once.
    """
    status = {**_tried(row, now), "lastError": clip(str(error), bounds.MESSAGE)}
    wait = max(_backoff(status["attempts"]) * (0.5 + jitter / 2), error.retry_after)
    if error.final or now + timedelta(seconds=wait) >= _end(row, now, give_up):
        return {**status, "state": NotificationState.DEAD.value, "endTime": text(now)}
    due_at = text(now + timedelta(seconds=wait))
    return {**status, "state": NotificationState.PENDING.value, "nextAttemptTime": due_at}


def expired(row: Object, now: datetime, *, give_up: float) -> Status | None:
    """Return the status of one that has waited for too long behind others; None if it has not."""
    if due(row) is None or is_asked_anew(row) or now < _end(row, now, give_up):
        return None
    why = _status(row).get("lastError") or "Others of its PimNotifier were not delivered either."
    ended = {"state": NotificationState.DEAD.value, "endTime": text(now), "lastError": why}
    return {**_kept(row), **ended}


def is_over(row: Object, now: datetime, *, keep_sent: float, keep_dead: float) -> bool:
    """Whether it has ended long enough ago to be removed."""
    status = _status(row)
    if is_asked_anew(row) or "endTime" not in status or status.get("state") not in _ENDED:
        return False
    dead = status["state"] == NotificationState.DEAD
    keep = keep_dead if dead or row["spec"]["event"] in _ASKED_AGAIN else keep_sent
    return now >= time_of(status["endTime"]) + timedelta(seconds=keep)


def time_of(written: str) -> datetime:
    """Read a time of the API server."""
    return datetime.fromisoformat(written)


def text(time: datetime) -> str:
    """Return a time as the API server writes it."""
    return time.replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _status(row: Object) -> Object:
    return row.get("status") or {}


def _kept(row: Object) -> Status:
    """Return what stays of a status until it is sent."""
    names = ("attempts", "askedTime", "lastAttemptTime", "observedResend")
    return {name: _status(row)[name] for name in names if name in _status(row)}


def _tried(row: Object, now: datetime) -> Status:
    attempts = 0 if is_asked_anew(row) else int(_status(row).get("attempts", 0))
    since = now if is_asked_anew(row) else asked(row)
    return {
        "attempts": attempts + 1,
        "askedTime": text(since),
        "lastAttemptTime": text(now),
        "observedResend": int(row["spec"].get("resend", 0)),
    }


def _end(row: Object, now: datetime, give_up: float) -> datetime:
    since = now if is_asked_anew(row) else asked(row)
    return since + timedelta(seconds=give_up)


def _backoff(attempts: int) -> float:
    return min(FIRST_SECONDS * 2.0 ** min(attempts - 1, 16), LONGEST_SECONDS)
