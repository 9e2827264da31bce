"""What each command does: `run` returns an exit code."""

__all__ = [
    "completion",
    "files",
    "get",
    "list",
    "logs",
    "pause",
    "profiles",
    "releases",
    "resume",
    "retry",
    "run",
    "stop",
    "top",
    "types",
    "version",
    "wait",
    "watch",
]
