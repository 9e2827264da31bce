"""The contract between operator, runner, tools and people.

Importing this package imports nothing else: the runner starts in a fraction of
a second and must not pay for pydantic. Models live in `pimjob_api.pimjob` and
`pimjob_api.pimjobtype`; names, phases and outcomes need the standard library
only.
"""

__all__ = [
    "bounds",
    "gate",
    "lifecycle",
    "logs",
    "names",
    "nesting",
    "notices",
    "outcome",
    "phases",
    "text",
]
