"""What components in a cluster share: API calls, watches, a Lease, settings, probes, a process.

It knows no component: what a component counts or says is handed in.
"""

__all__ = [
    "client",
    "connection",
    "errors",
    "lease",
    "metered",
    "objects",
    "paths",
    "probes",
    "program",
    "settings",
    "watching",
]
