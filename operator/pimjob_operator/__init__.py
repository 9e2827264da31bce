"""The operator: turns PimJobs into Jobs and keeps their status true."""

__all__ = ["main", "metrics"]
