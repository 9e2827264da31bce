"""Carries out PimNotifiers: sends what the outbox holds, at least once."""

__all__ = ["main", "metrics"]
