"""A Job counts if the PimJob controls it, a Pod if such a Job does. Labels prove nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from pimjob_api.phases import OutcomeKind
from support.control_plane import wait_for
from support.operator_process import OperatorProcess
from support.place import Place

pytestmark = pytest.mark.cluster


def forged(name: str, uid: str, attempt: str = "1", **metadata: Any) -> dict[str, Any]:
    """Return a Job that says, with its pods, that it belongs to a PimJob."""
    labels = {"pimjobs.dev/job-uid": uid, "pimjobs.dev/attempt": attempt}
    spec = {
        "restartPolicy": "Never",
        "serviceAccountName": "pimjob-runner",
        "containers": [{"name": "runner", "image": "x:1"}],
    }
    return {
        "metadata": {"name": name, "labels": labels, **metadata},
        "spec": {"template": {"metadata": {"labels": labels}, "spec": spec}},
    }


def controller(name: str, uid: str) -> dict[str, Any]:
    api = {"apiVersion": "pimjobs.dev/v1alpha1", "kind": "PimJob", "controller": True}
    return {**api, "name": name, "uid": uid}


def told(operator: OperatorProcess, kind: str) -> float:
    return operator.metric(f'pimjob_operator_foreign_children_total{{kind="{kind}"}}') or 0.0


def told_more(operator: OperatorProcess, before: tuple[float, float]) -> None:
    """Wait until the operator has seen a Job and a Pod more that are nobody's."""

    def both() -> bool:
        return told(operator, "Job") > before[0] and told(operator, "Pod") > before[1]

    wait_for(both, "both to be told of")


@pytest.mark.parametrize("where", ["another namespace", "its own"])
def test_a_forged_job_ends_nobodys_job(
    operator: OperatorProcess, place: Place, new_place: Callable[[], Place], where: str
) -> None:
    uid = place.launch("victim")
    place.run("victim-1")
    place.wait("victim", "Running")
    before = told(operator, "Job"), told(operator, "Pod")
    there = place if where == "its own" else new_place()
    name = "victim-2" if where == "its own" else "victim-1"
    there.api.create(there.path("jobs"), forged(name, uid, name[-1]))
    there.end(name, OutcomeKind.COMPLETED)
    told_more(operator, before)
    # What it is asked for next is answered by its own pod.
    place.change("victim", desiredState="Paused")
    place.wait("victim", "Pausing")
    place.end("victim-1", OutcomeKind.PAUSED, processed=7)
    assert place.wait("victim", "Paused")["attemptCount"] == 1
    assert there.api.get(there.path("jobs", name))["status"], "it is not deleted"


def test_a_job_that_has_no_attempts_name_is_ignored(
    operator: OperatorProcess, place: Place
) -> None:
    uid = place.launch("victim")
    place.run("victim-1")
    place.wait("victim", "Running")
    before = told(operator, "Job")
    owner = controller("victim", uid)
    place.api.create(place.path("jobs"), forged("x", uid, "many", ownerReferences=[owner]))
    wait_for(lambda: told(operator, "Job") > before, "it to be told of")
    place.end("victim-1", OutcomeKind.COMPLETED)
    place.wait("victim", "Completed")


def test_labels_that_somebody_has_edited_block_nothing(
    operator: OperatorProcess, place: Place
) -> None:
    assert operator.get("/healthz")[0] == 200
    place.start("a")
    labels = {"pimjobs.dev/attempt": "many", "pimjobs.dev/job-uid": "somebody-elses"}
    place.api.patch(place.path("jobs", "a-1"), {"metadata": {"labels": labels}})
    place.api.patch(place.path("pods", place.pod("a-1")), {"metadata": {"labels": labels}})
    place.end("a-1", OutcomeKind.COMPLETED)
    assert place.wait("a", "Completed")["attemptCount"] == 1
