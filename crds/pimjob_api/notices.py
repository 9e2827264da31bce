"""The words of notifications: what people can be told of, and how far it has come.

A change has one id, whoever finds it out and how often: who is told of it twice can tell.
"""

import hashlib
from enum import StrEnum
from typing import Final

from pimjob_api.names import GROUP

_REVERSED: Final = ".".join(reversed(GROUP.split(".")))


class NotifierEvent(StrEnum):
    """What a PimNotifier can tell of."""

    COMPLETED = "Completed"
    FAILED = "Failed"
    STOPPED = "Stopped"
    WARNINGS_OVER = "WarningsOver"
    """A PimJob has more warnings than the notifier's `warningsOver`."""
    RELEASE_PAUSED = "ReleasePaused"
    """A PimRelease is drained: what it concerns has paused or waits."""
    RELEASE_RESUMED = "ReleaseResumed"
    """All that had paused for a PimRelease, or waited, goes on."""


OF_RELEASES: Final = frozenset({NotifierEvent.RELEASE_PAUSED, NotifierEvent.RELEASE_RESUMED})
"""Events of PimReleases; the others are those of PimJobs."""


class NotificationState(StrEnum):
    """How far a PimNotification has come. None yet is Pending, too."""

    PENDING = "Pending"
    SENT = "Sent"
    SKIPPED = "Skipped"
    """There is nobody to tell: no address for the user, or the PimNotifier is gone."""
    DEAD = "Dead"
    """Given up. Raise spec.resend to try again."""


EVENT_TYPES: Final = {
    NotifierEvent.COMPLETED: f"{_REVERSED}.job.completed.v1",
    NotifierEvent.FAILED: f"{_REVERSED}.job.failed.v1",
    NotifierEvent.STOPPED: f"{_REVERSED}.job.stopped.v1",
    NotifierEvent.WARNINGS_OVER: f"{_REVERSED}.job.warnings_over.v1",
    NotifierEvent.RELEASE_PAUSED: f"{_REVERSED}.release.paused.v1",
    NotifierEvent.RELEASE_RESUMED: f"{_REVERSED}.release.resumed.v1",
}
"""CloudEvents' `type` of each."""


def event_id(uid: str, event: NotifierEvent, occurrence: str) -> str:
    """Return the id of a change: of the object with this UID, and which of its kind."""
    return _digest(f"{uid}/{event}/{occurrence}")[:32]


def notification_name(subject: str, event: NotifierEvent, change: str, notifier_uid: str) -> str:
    """Return the name of the PimNotification about a change (its id), for one PimNotifier."""
    return f"{subject[:150]}-{event.lower()}-{_digest(f'{change}/{notifier_uid}')[:10]}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
