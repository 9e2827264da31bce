"""Admission policies: what the API server itself checks and stamps, in CEL, without a webhook.

`parameters` bounds what a CRD cannot bound, `commands` asks for the verbs of people,
`caller` writes down who asked, `runner` keeps a runner to its own job.
"""

from typing import Any

from pimjob_api.admission import caller, commands, parameters, runner

__all__ = ["documents"]

_POLICIES = (parameters, commands, caller, runner)


def documents() -> dict[str, list[dict[str, Any]]]:
    """Return each policy with its binding, by its name: `pimjob-commands`."""
    return {policy.NAME: policy.documents() for policy in _POLICIES}
