"""How the rollout of a watched Deployment stands.

A rollout begins with another pod template and ends when all pods are of that
template. Scaling changes the same counters, so what was rolled out is remembered
by the digest of its template: while that stays the same, nothing is rolled out.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pimjob_api.gate import RolloutState

Object = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """A rollout of one Deployment."""

    name: str
    state: RolloutState
    template: str = ""
    """Digest of the pod template."""


def digest(template: Object) -> str:
    """Return a short digest of a pod template."""
    text = json.dumps(template, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def rollout_of(name: str, deployment: Object | None, before: Rollout | None) -> Rollout:
    """Return how a Deployment's rollout stands; `before`: as it was last recorded."""
    if deployment is None:
        return Rollout(name=name, state=RolloutState.MISSING)
    template = deployment["spec"]["template"]
    complete = Rollout(name=name, state=RolloutState.COMPLETE, template=template)
    if before == complete or _is_complete(deployment):
        return complete
    failed = _has_failed(deployment)
    state = RolloutState.FAILED if failed else RolloutState.PROGRESSING
    return Rollout(name=name, state=state, template=template)


def has_begun(rollout: Rollout, before: Rollout | None) -> bool:
    """Whether a rollout under way is another one than was recorded."""
    under_way = rollout.state in {RolloutState.PROGRESSING, RolloutState.FAILED}
    return under_way and (before is None or before.template != rollout.template)


def _is_complete(deployment: Object) -> bool:
    """Whether the controller has seen the template and all pods are of it: as kubectl asks."""
    wanted, status = deployment["spec"]["replicas"], deployment["status"]
    updated = status.get("updatedReplicas", 0)
    return (
        _is_observed(deployment)
        and updated >= wanted
        and status.get("replicas", 0) <= updated
        and status.get("availableReplicas", 0) >= updated
    )


def _has_failed(deployment: Object) -> bool:
    """Whether its controller has given it up. An older rollout's failure says nothing."""
    return _is_observed(deployment) and any(
        condition["type"] == "Progressing" and condition["status"] == "False"
        for condition in deployment["status"].get("conditions") or ()
    )


def _is_observed(deployment: Object) -> bool:
    observed = deployment["status"].get("observedGeneration", 0)
    return bool(observed >= deployment["metadata"]["generation"])
