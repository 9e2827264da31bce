"""The step runner: chunks, checkpoints and fencing around a job type's steps."""

__all__ = ["formats", "jobs", "main", "sdk", "testing"]
