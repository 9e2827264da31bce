"""What the operator may know of one PimJob: worlds for tests of the pure core."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pimjob_api.outcome import Outcome
from pimjob_api.phases import OutcomeKind
from pimjob_operator.core.decision import Decision, decide
from pimjob_operator.core.observed import ObservedJob, ObservedPod, Waiting
from pimjob_operator.core.world import JobTypeView, World
from pimjob_operator.settings import Settings

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(minutes=5)


def world(
    *,
    spec: dict[str, Any] | None = None,
    status: dict[str, Any] | None = None,
    jobs: Sequence[ObservedJob] = (),
    pods: Sequence[ObservedPod] = (),
    errors: tuple[str, ...] = (),
    gates: Sequence[str] = (),
    **type_spec: Any,
) -> World:
    """Return what is known of PimJob `a`. `pods` are those of its first attempt."""
    return World(
        pimjob={
            "metadata": {"name": "a", "namespace": "ns", "uid": "u", "generation": 1},
            "spec": {"type": "t", "desiredState": "Running", **(spec or {})},
            "status": status or {},
        },
        job_type=JobTypeView(name="t", spec=type_spec, parameter_errors=errors),
        jobs=jobs,
        pods={"a-1": pods},
        trouble=None,
        now=NOW,
        settings=Settings(runner_image="runner:1"),
        gates=gates,
    )


def job(number: int = 1, **more: Any) -> ObservedJob:
    """Return the Job of an attempt."""
    return ObservedJob(
        name=f"a-{number}", uid=f"job-{number}", number=number, created=LONG_AGO, image="runner:1",
        **more,
    )  # fmt: skip


def pod(**more: Any) -> ObservedPod:
    """Return a pod of the first attempt; without more it has not started."""
    return ObservedPod(name="a-1-xyz", uid="pod", created=LONG_AGO, **more)


def ended(kind: OutcomeKind, processed: int = 0) -> ObservedPod:
    """Return one that has left and says why."""
    outcome = Outcome(kind=kind, reason=kind.value, message="why", processed=processed)
    return pod(running_since=LONG_AGO, ended=NOW, outcome=outcome)


RUNNING = pod(running_since=LONG_AGO)
OOM = pod(ended=NOW, failure=Waiting(reason="OOMKilled", message="exit code 137"))


def attempts(*ends: tuple[str, int]) -> dict[str, Any]:
    """Return a status with attempts that ended long ago: (outcome, processed)."""
    return {
        "phase": "Starting",
        "attempts": [
            {
                "number": number,
                "job": f"a-{number}",
                "outcome": outcome,
                "reason": "OOMKilled",
                "processed": processed,
                "endTime": "2026-01-01T11:00:00Z",
            }
            for number, (outcome, processed) in enumerate(ends, start=1)
        ],
    }


def decided(found: World) -> Decision:
    """Return what is decided; fail if nothing is."""
    decision = decide(found)
    assert decision is not None
    return decision
