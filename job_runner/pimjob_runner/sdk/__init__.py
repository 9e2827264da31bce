"""What a job type is written with: all that a type of one's own may import."""

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
    StaleReadError,
    StepContext,
    Tasklet,
    TaskletResult,
)

__all__ = [
    "ArtifactFile",
    "ArtifactKind",
    "Chunk",
    "ChunkResult",
    "ItemSession",
    "ItemStep",
    "ItemWarning",
    "JobFailedError",
    "JobType",
    "Position",
    "StaleReadError",
    "StepContext",
    "Tasklet",
    "TaskletResult",
]
