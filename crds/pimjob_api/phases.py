"""The words of a job's life: phases, wishes, outcomes and reasons."""

from enum import StrEnum
from typing import Final

RELEASE_IN_PROGRESS: Final = "ReleaseInProgress"
"""Reason of a job that waits, or of an attempt that left, because of a release."""
NEW_IMAGE: Final = "NewImage"
"""Reason of a job whose attempt makes room for one on its type's new image."""

DELETED: Final = "Deleted"
"""Reason of an attempt that was ended by deleting its Job, for people or for a release."""
POD_DELETED: Final = "PodDeleted"
"""Reason of an attempt whose pod was deleted under it."""
NODE_LOST: Final = "NodeLost"
"""Reason of an attempt whose node does not answer."""

DATABASE_UNAVAILABLE: Final = "DatabaseUnavailable"
"""Reason of an attempt that crashed because its database was away."""

PLATFORM_FAILURES: Final = frozenset(
    {
        *("AttemptsExhausted", "TooManyItemsEndTheRunner", "UnknownType"),
        *(DATABASE_UNAVAILABLE, "DatabaseMisconfigured"),
        *("FilesMisconfigured", "FilesUnavailable", "EnvironmentIncomplete"),
    }
)
"""Reasons of failed jobs that nothing in their files and parameters has caused."""

FROM_OUTSIDE: Final = frozenset(
    {
        *(DELETED, POD_DELETED, NODE_LOST),
        # Kubernetes' own words: drains, taints, preemption, node shutdown. Not Evicted: that is
        # a node short of memory or disk, which the attempt itself may have used up.
        *("EvictionByEvictionAPI", "DeletionByTaintManager", "DeletionByPodGC"),
        *("PreemptionByScheduler", "Preempting", "Terminated"),
    }
)
"""Reasons of attempts that were ended by somebody else: nothing that they did was the cause."""


class Phase(StrEnum):
    """Where a PimJob is. Stopped, Completed and Failed are ends; only Failed can be retried."""

    QUEUED = "Queued"
    STARTING = "Starting"
    RUNNING = "Running"
    PAUSING = "Pausing"
    PAUSED = "Paused"
    STOPPING = "Stopping"
    STOPPED = "Stopped"
    COMPLETED = "Completed"
    FAILED = "Failed"


ENDED: frozenset[Phase] = frozenset({Phase.STOPPED, Phase.COMPLETED, Phase.FAILED})


class StepPhase(StrEnum):
    """Where one step of a job is."""

    PENDING = "Pending"
    RUNNING = "Running"
    PAUSED = "Paused"
    STOPPED = "Stopped"
    COMPLETED = "Completed"
    FAILED = "Failed"


class DesiredState(StrEnum):
    """What people ask for in `spec.desiredState`. Stopped is final."""

    RUNNING = "Running"
    PAUSED = "Paused"
    STOPPED = "Stopped"


class OutcomeKind(StrEnum):
    """How an attempt ended, in the runner's own words (its termination message).

    An attempt that ends without any of these crashed.
    """

    COMPLETED = "Completed"
    STOPPED = "Stopped"
    PAUSED = "Paused"
    FAILED = "Failed"
    """The job cannot succeed by trying again: wrong file, wrong parameters."""
    INTERRUPTED = "Interrupted"
    """SIGTERM: the chunk is committed, the job goes on in the next attempt."""
    SUPERSEDED = "Superseded"
    """Another attempt holds the epoch; this one wrote nothing after losing it."""
    CHECKPOINT_UNREADABLE = "CheckpointUnreadable"
    """This image cannot read the checkpoint; the job waits, paused, for one that can."""
