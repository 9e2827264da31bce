"""Chunks, checkpoints, fencing, control: what runs a job type's steps."""

__all__ = [
    "checkpoint",
    "chunk_size",
    "control",
    "engine",
    "errors",
    "plan",
    "progress",
    "schema",
    "take_over",
]
