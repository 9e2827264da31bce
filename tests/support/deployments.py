"""Deployments as the operator keeps them: of the template a digest."""

from typing import Any

from pimjob_operator.core.rollout import digest

OLD, NEW = digest({"image": "web:1"}), digest({"image": "web:2"})


def deployment(
    template: str = NEW, *, wanted: int = 2, seen: bool = True, failed: bool = False, **counts: int
) -> dict[str, Any]:
    """Return one whose two pods are all of its template, but for what is said."""
    status = {"replicas": 2, "updatedReplicas": 2, "availableReplicas": 2, **counts}
    condition = {"type": "Progressing", "status": "False" if failed else "True"}
    return {
        "metadata": {"generation": 2},
        "spec": {"replicas": wanted, "template": template},
        "status": {**status, "observedGeneration": 2 if seen else 1, "conditions": [condition]},
    }
