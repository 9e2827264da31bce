"""What each command takes: its flags, its examples. Light, for help and TAB read nothing else."""

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
