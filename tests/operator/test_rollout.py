"""How the rollout of a Deployment stands: no I/O."""

from dataclasses import replace
from typing import Any

import pytest

from pimjob_api.gate import RolloutState
from pimjob_operator.core.rollout import Rollout, rollout_of
from support.deployments import NEW, OLD, deployment

NO_PODS = {"replicas": 0, "updatedReplicas": 0, "availableReplicas": 0}
SETTLED = Rollout(name="web", state=RolloutState.COMPLETE, template=OLD)


@pytest.mark.parametrize(
    ("found", "before", "state"),
    [
        (None, None, "Missing"),
        (None, SETTLED, "Missing"),
        (deployment(), None, "Complete"),
        (deployment(updatedReplicas=1), None, "Progressing"),
        (deployment(seen=False), SETTLED, "Progressing"),
        (deployment(updatedReplicas=1), SETTLED, "Progressing"),
        (deployment(replicas=3), SETTLED, "Progressing"),
        (deployment(availableReplicas=1), SETTLED, "Progressing"),
        (deployment(updatedReplicas=1, failed=True), SETTLED, "Failed"),
        (deployment(updatedReplicas=1, failed=True, seen=False), SETTLED, "Progressing"),
        (deployment(), SETTLED, "Complete"),
        (deployment(wanted=0, **NO_PODS), None, "Complete"),
        # The template is the same: it was scaled, or a pod was lost.
        (deployment(OLD, wanted=5, seen=False), SETTLED, "Complete"),
        (deployment(OLD, availableReplicas=0, failed=True), SETTLED, "Complete"),
        # Rolled back: it is over when all pods are of the old template again.
        (deployment(OLD, replicas=3), replace(SETTLED, state=RolloutState.FAILED, template=NEW),
         "Progressing"),
        (deployment(OLD), replace(SETTLED, state=RolloutState.FAILED, template=NEW), "Complete"),
    ],
)  # fmt: skip
def test_a_rollout_begins_with_another_template_and_ends_when_all_pods_are_of_it(
    found: dict[str, Any] | None, before: Rollout | None, state: str
) -> None:
    assert rollout_of("web", found, before).state == state
