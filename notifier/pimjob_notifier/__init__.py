"""Carries out PimNotifiers: sends what the outbox holds, at least once."""
