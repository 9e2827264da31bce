"""What a job type is written with: all that a type of one's own may import."""

from pimjob_runner.sdk.functions import ItemStepFrom, SessionFrom, TaskletFrom
from pimjob_runner.sdk.row_warnings import MOST_PER_ROW, of_one_row, with_more
from pimjob_runner.sdk.steps import (
    ArtifactFile,
    ArtifactKind,
    Chunk,
    ChunkResult,
    ItemSession,
    ItemStep,
    ItemWarning,
    JobFailedError,
    JobType,
    Position,
    RefusedRecords,
    SkippedItem,
    StaleReadError,
    StepContext,
    Tasklet,
    TaskletResult,
)

__all__ = [
    "MOST_PER_ROW",
    "ArtifactFile",
    "ArtifactKind",
    "Chunk",
    "ChunkResult",
    "ItemSession",
    "ItemStep",
    "ItemStepFrom",
    "ItemWarning",
    "JobFailedError",
    "JobType",
    "Position",
    "RefusedRecords",
    "SessionFrom",
    "SkippedItem",
    "StaleReadError",
    "StepContext",
    "Tasklet",
    "TaskletFrom",
    "TaskletResult",
    "of_one_row",
    "with_more",
]
