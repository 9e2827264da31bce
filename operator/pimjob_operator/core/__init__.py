"""What to do, as pure functions on frozen values."""

__all__ = [
    "attempts",
    "bodies",
    "decision",
    "draining",
    "events",
    "job",
    "least",
    "notices",
    "observed",
    "recordable",
    "release",
    "release_text",
    "rollout",
    "runner_pod",
    "selector",
    "status",
    "world",
]
