"""What is read from Pods as the API server delivers them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pimjob_api.outcome import Outcome
from pimjob_api.phases import OutcomeKind
from pimjob_operator.core.observed import ObservedPod, Waiting, newest, observe_pod

CREATED = "2026-01-01T12:00:00Z"
LATER = "2026-01-01T12:00:09Z"
MUCH_LATER = "2026-01-01T12:00:39Z"
OUTCOME = Outcome(kind=OutcomeKind.COMPLETED, reason="Completed", message="done", processed=3)


def time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def read(
    state: dict[str, Any] | None = None, deleted: str | None = None, **more: Any
) -> ObservedPod:
    """Read a pod whose runner is in this state; `more` goes into its status.

    `deleted`: when it has to be gone.
    """
    containers = [{"name": "sidecar", "state": {"running": {"startedAt": CREATED}}}]
    if state is not None:
        containers.append({"name": "runner", "state": state})
    return observe_pod(
        {
            "metadata": {
                "name": "a-1-x",
                "uid": "p",
                "creationTimestamp": CREATED,
                **({} if deleted is None else {"deletionTimestamp": deleted}),
            },
            "spec": {"nodeName": "node1"},
            "status": {"containerStatuses": containers, **more},
        }
    )


def condition(kind: str, status: str, reason: str, message: str = "") -> dict[str, Any]:
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": LATER,
    }


def test_a_running_container() -> None:
    assert read({"running": {"startedAt": LATER}}).running_since == time(LATER)


def test_an_outcome_in_the_termination_message() -> None:
    ended = {"exitCode": 0, "message": OUTCOME.to_json(), "startedAt": CREATED, "finishedAt": LATER}
    found = read({"terminated": ended}, phase="Succeeded")
    assert (found.outcome, found.ended, found.failure) == (OUTCOME, time(LATER), None)


@pytest.mark.parametrize(
    ("terminated", "status", "failure"),
    [
        (
            {"exitCode": 137, "reason": "OOMKilled"},
            {},
            Waiting(reason="OOMKilled", message="exit code 137"),
        ),
        (
            {"exitCode": 1, "reason": "Error", "message": "Traceback …\nOSError: disk full\n"},
            {},
            Waiting(reason="Error", message="exit code 1: OSError: disk full"),
        ),
        (
            {"exitCode": 137, "reason": "Error"},
            {"reason": "Evicted", "message": "The node was low on resource: memory."},
            Waiting(
                reason="Evicted",
                message="exit code 137: The node was low on resource: memory.",
            ),
        ),
        (
            {"exitCode": 128, "reason": "StartError", "message": "exec: no such file"},
            {},
            Waiting(reason="StartError", message="exit code 128: exec: no such file"),
        ),
        (
            {"exitCode": 137, "reason": "ContainerStatusUnknown", "finishedAt": None},
            {},
            Waiting(reason="ContainerStatusUnknown", message="exit code 137"),
        ),
    ],
)
def test_a_container_that_ended_without_an_outcome(
    terminated: dict[str, Any], status: dict[str, Any], failure: Waiting
) -> None:
    found = read({"terminated": terminated}, **status)
    assert (found.outcome, found.failure) == (None, failure)
    assert found.ended is not None


DRAINED = condition("DisruptionTarget", "True", "EvictionByEvictionAPI")


def test_a_crash_for_want_of_a_database_has_a_reason_of_its_own() -> None:
    said = "DatabaseUnavailable: PostgreSQL does not answer: refused\n\tIs the server running?\n"
    pod = read({"terminated": {"exitCode": 1, "reason": "Error", "message": said}})
    assert pod.failure == Waiting(
        reason="DatabaseUnavailable",
        message="exit code 1: DatabaseUnavailable: PostgreSQL does not answer: refused Is the"
        " server running?",
    )
    # A line of it in a log says nothing.
    logged = f"Traceback\n{said}"
    pod = read({"terminated": {"exitCode": 1, "reason": "Error", "message": logged}})
    assert pod.failure is not None
    assert pod.failure.reason == "Error"


def test_of_a_log_of_json_the_last_message_is_told() -> None:
    log = (
        '{"level": "info", "message": "begins"}\n{"level": "error", "message": "no such module"}\n'
    )
    pod = read({"terminated": {"exitCode": 1, "reason": "Error", "message": log}})
    assert pod.failure == Waiting(reason="Error", message="exit code 1: no such module")


@pytest.mark.parametrize(
    ("deleted", "conditions", "terminated", "reason"),
    [
        (LATER, [DRAINED], {"exitCode": 137, "reason": "Error"}, "EvictionByEvictionAPI"),
        (LATER, [], {"exitCode": 137, "reason": "Error"}, "PodDeleted"),
        # It ran out of memory, ended by itself, or was killed before its time was over.
        (LATER, [DRAINED], {"exitCode": 137, "reason": "OOMKilled"}, "OOMKilled"),
        (LATER, [DRAINED], {"exitCode": 1, "reason": "Error"}, "Error"),
        (MUCH_LATER, [DRAINED], {"exitCode": 137, "reason": "Error"}, "Error"),
        (None, [], {"exitCode": 137, "reason": "Error"}, "Error"),
    ],
)
def test_a_container_that_was_killed_at_the_end_of_its_grace_period_was_killed_by_others(
    deleted: str | None,
    conditions: list[dict[str, Any]],
    terminated: dict[str, Any],
    reason: str,
) -> None:
    found = read({"terminated": terminated | {"finishedAt": LATER}}, deleted, conditions=conditions)
    assert found.failure == Waiting(reason=reason, message=f"exit code {terminated['exitCode']}")


@pytest.mark.parametrize(
    ("state", "status", "waiting"),
    [
        (None, {}, None),
        ({"waiting": {"reason": "ContainerCreating"}}, {}, None),
        (
            {"waiting": {"reason": "ErrImagePull", "message": "no such image: x:1"}},
            {},
            Waiting(reason="ErrImagePull", message="no such image: x:1"),
        ),
        (
            {"waiting": {"reason": "InvalidImageName", "message": "Failed to apply"}},
            {},
            Waiting(reason="InvalidImageName", message="Failed to apply"),
        ),
        (
            {"waiting": {"reason": "CreateContainerConfigError", "message": 'no secret "db"'}},
            {},
            Waiting(reason="CreateContainerConfigError", message='no secret "db"'),
        ),
        (
            None,
            {
                "conditions": [
                    condition("PodScheduled", "False", "Unschedulable", "0/1 nodes: no memory")
                ]
            },
            Waiting(reason="Unschedulable", message="0/1 nodes: no memory"),
        ),
    ],
)
def test_what_a_pod_waits_for(
    state: dict[str, Any] | None, status: dict[str, Any], waiting: Waiting | None
) -> None:
    found = read(state, phase="Pending", **status)
    assert (found.waiting, found.running_since, found.ended) == (waiting, None, None)


def test_a_pod_that_a_controller_gave_up_has_ended_though_its_container_seems_to_run() -> None:
    lost = condition("DisruptionTarget", "True", "DeletionByPodGC", "node not found")
    found = read({"running": {"startedAt": CREATED}}, phase="Failed", conditions=[lost])
    assert found.failure == Waiting(reason="DeletionByPodGC", message="node not found")
    assert found.ended == time(LATER)


def test_who_wanted_a_pod_to_leave_stands_beside_its_own_last_word() -> None:
    evicted = condition(
        "DisruptionTarget", "True", "EvictionByEvictionAPI", "Eviction API: evicting"
    )
    found = read(
        {"terminated": {"exitCode": 0, "message": OUTCOME.to_json()}}, conditions=[evicted]
    )
    assert found.outcome == OUTCOME
    assert found.disruption == Waiting(
        reason="EvictionByEvictionAPI", message="Eviction API: evicting"
    )


def test_of_several_pods_the_one_with_an_outcome_speaks() -> None:
    with_outcome = read({"terminated": {"exitCode": 0, "message": OUTCOME.to_json()}})
    younger = ObservedPod(name="b", uid="q", created=time(LATER))
    assert newest([younger, with_outcome]) == with_outcome
    assert newest([read(), younger]) == younger
    assert newest([]) is None
