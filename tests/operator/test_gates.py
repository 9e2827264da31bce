"""What a gate does, and what is told of it: no I/O."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pimjob_operator.core.draining import ConcernedJob, Counts, count
from pimjob_operator.core.release import ReleaseWorld, decide_release, is_settled
from pimjob_operator.core.release_text import events_of, state_of
from pimjob_operator.core.rollout import digest
from support.deployments import OLD, deployment

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


def job(phase: str | None, reason: str = "x", *, makes_room: bool = True) -> ConcernedJob:
    return ConcernedJob(status={"phase": phase, "reason": reason}, makes_room=makes_room)


def test_jobs_are_counted_by_what_they_do_about_a_release() -> None:
    waits = "ReleaseInProgress"
    jobs = [
        job("Starting"), job("Running"), job(None), job("Running", makes_room=False),
        job("Pausing"), job("Stopping"), job("Paused", waits), job("Queued", waits),
        job("Paused"), job("Queued"), job("Completed"), job("Failed"), job("Stopped"),
    ]  # fmt: skip
    assert count(jobs) == Counts(running=3, draining=2, finishing=1, paused=1, held=1)


def world(
    *jobs: ConcernedJob,
    status: dict[str, Any] | None = None,
    cluster: dict[str, Any] | None = None,
    generation: int = 1,
    now: datetime = NOW,
    created: str = "2026-01-01T11:00:00Z",
    **spec: Any,
) -> ReleaseWorld:
    return ReleaseWorld(
        release={
            "metadata": {
                "name": "weekly",
                "namespace": "ns",
                "uid": "uid-of-it",
                "generation": generation,
                "creationTimestamp": created,
            },
            "spec": {"gate": "Closed", "deadlineSeconds": 600, **spec},
            "status": status or {},
        },
        deployments=cluster or {},
        jobs=jobs,
        now=now,
    )


def test_a_gate_that_somebody_else_wrote_closed_is_closed_from_now_on() -> None:
    decision = decide_release(world(status={"gate": "Closed"}))
    assert decision.status["closedAt"] == "2026-01-01T12:00:00Z"


def conditions(status: dict[str, Any]) -> dict[str, str]:
    return {c["type"]: c["status"] for c in status["conditions"]}


CLOSED = decide_release(world(job("Running"))).status
PAUSED = job("Paused", "ReleaseInProgress")
HELD = job("Queued", "ReleaseInProgress")


def test_a_closed_gate_says_since_when_why_and_who_is_still_under_way() -> None:
    assert (CLOSED["gate"], CLOSED["reason"], CLOSED["closedAt"]) == (
        "Closed", "Requested", "2026-01-01T12:00:00Z",
    )  # fmt: skip
    assert (CLOSED["running"], "drainedAt" in CLOSED) == (1, False)
    assert conditions(CLOSED) == {"Drained": "False", "RolloutFailed": "False", "Stuck": "False"}


def test_it_is_drained_only_when_those_are_counted_that_saw_it_open() -> None:
    """One may be being started while the gate closes."""
    closed = decide_release(world(HELD))
    assert (conditions(closed.status)["Drained"], closed.again) == ("False", 0.1)
    starts = replace(HELD, may_run=True)
    counted = decide_release(world(starts, status=closed.status)).status
    assert (counted["running"], counted["held"], conditions(counted)["Drained"]) == (1, 0, "False")
    drained = decide_release(world(HELD, status=counted)).status
    assert (conditions(drained)["Drained"], "drainedAt" in drained) == ("True", True)


def test_it_is_drained_when_nobody_runs_any_more() -> None:
    later = NOW + timedelta(seconds=5)
    drained = decide_release(world(PAUSED, HELD, status=CLOSED, now=later)).status
    assert (drained["drainedAt"], drained["closedAt"]) == (
        "2026-01-01T12:00:05Z", "2026-01-01T12:00:00Z",
    )  # fmt: skip
    assert (drained["paused"], drained["held"], drained["concerned"]) == (1, 1, 2)
    assert conditions(drained)["Drained"] == "True"
    finishing = decide_release(world(PAUSED, job("Running", makes_room=False), status=CLOSED))
    assert conditions(finishing.status)["Drained"] == "False"


def test_a_status_is_the_same_while_nothing_changes() -> None:
    for jobs in ((PAUSED, HELD), (job("Running"),)):
        first = decide_release(world(*jobs, status=CLOSED)).status
        again = decide_release(world(*jobs, status=first, now=NOW + timedelta(seconds=9))).status
        assert again == first


def test_after_opening_jobs_are_counted_until_all_go_on_and_no_longer() -> None:
    closed = decide_release(world(PAUSED, HELD, status=CLOSED)).status
    opened = decide_release(world(PAUSED, HELD, status=closed, gate="Open")).status
    assert (opened["gate"], opened["openedAt"]) == ("Open", "2026-01-01T12:00:00Z")
    assert (opened["concerned"], opened["resumed"], is_settled(opened)) == (2, 0, False)
    half = decide_release(world(PAUSED, job("Running"), status=opened, gate="Open")).status
    assert (half["resumed"], half["paused"], half["running"]) == (1, 1, 0)
    done = decide_release(world(job("Running"), status=half, gate="Open"))
    assert (done.status["resumed"], done.again) == (2, None)
    assert is_settled(done.status)
    another_release = decide_release(world(PAUSED, PAUSED, status=done.status, gate="Open"))
    assert another_release.status == done.status


def test_after_its_deadline_a_gate_opens_by_itself_and_says_so() -> None:
    just_before = decide_release(world(status=CLOSED, now=NOW + timedelta(seconds=599)))
    assert (just_before.status["gate"], just_before.again) == ("Closed", 1.0)
    stuck = decide_release(world(status=CLOSED, now=NOW + timedelta(seconds=600))).status
    assert (stuck["gate"], stuck["reason"], conditions(stuck)["Stuck"]) == (
        "Open", "DeadlineExceeded", "True",
    )  # fmt: skip
    assert state_of(stuck) == "Stuck"
    much_later = decide_release(world(status=stuck, now=NOW + timedelta(days=1))).status
    assert much_later == stuck


def test_a_gate_that_was_stuck_closes_again_when_the_spec_is_changed() -> None:
    stuck = decide_release(world(status=CLOSED, now=NOW + timedelta(seconds=600))).status
    later = NOW + timedelta(days=1)
    asked = decide_release(world(status=stuck, now=later, generation=2)).status
    assert (asked["gate"], asked["closedAt"]) == ("Closed", "2026-01-02T12:00:00Z")
    opened = decide_release(world(status=stuck, gate="Open", generation=2)).status
    assert (opened["gate"], conditions(opened)["Stuck"]) == ("Open", "False")


def test_a_status_of_an_earlier_release_of_the_name_is_not_taken_over() -> None:
    late = NOW + timedelta(seconds=700)
    again = decide_release(world(status=CLOSED, now=late, created="2026-01-01T12:11:00Z")).status
    assert (again["gate"], again["closedAt"]) == ("Closed", "2026-01-01T12:11:40Z")


def test_a_deadline_can_be_extended_while_it_runs() -> None:
    late = NOW + timedelta(seconds=599)
    extended = decide_release(world(status=CLOSED, now=late, generation=2, deadlineSeconds=3600))
    assert extended.status["gate"] == "Closed"
    over = NOW + timedelta(seconds=601)
    still = world(status=extended.status, now=over, generation=2, deadlineSeconds=3600)
    assert decide_release(still).status["gate"] == "Closed"


def test_a_failed_rollout_is_told_and_one_more_rollout_renews_the_deadline() -> None:
    watched = {"gate": "Open", "deployments": ["web"]}
    settled = decide_release(world(cluster={"web": deployment(OLD)}, **watched)).status
    assert settled["rollouts"] == [{"name": "web", "state": "Complete", "template": OLD}]
    failed = {"web": deployment(updatedReplicas=1, failed=True)}
    closed = decide_release(world(status=settled, cluster=failed, **watched)).status
    assert (closed["gate"], closed["reason"]) == ("Closed", "RolloutFailed")
    late = NOW + timedelta(seconds=600)
    stuck = decide_release(world(status=closed, cluster=failed, now=late, **watched)).status
    assert (stuck["gate"], conditions(stuck)) == (
        "Open", {"Drained": "False", "RolloutFailed": "True", "Stuck": "True"},
    )  # fmt: skip
    back = {"web": deployment(OLD, seen=False)}
    rolled = decide_release(world(status=stuck, cluster=back, now=late, **watched)).status
    assert (rolled["gate"], rolled["reason"], rolled["closedAt"]) == (
        "Closed", "RolloutInProgress", "2026-01-01T12:10:00Z",
    )  # fmt: skip
    over = {"web": deployment(OLD)}
    opened = decide_release(world(status=rolled, cluster=over, now=late, **watched)).status
    assert (opened["gate"], conditions(opened)["Stuck"]) == ("Open", "False")


def test_events_tell_each_change_once() -> None:
    def told(before: dict[str, Any], status: dict[str, Any]) -> list[tuple[str, str]]:
        found = events_of(world().release, before, status, "2026-01-01T12:00:00Z")
        return [(event["type"], event["reason"]) for event in found]

    late = NOW + timedelta(seconds=600)
    stuck = decide_release(world(status=CLOSED, now=late)).status
    opened = decide_release(world(status=CLOSED, gate="Open")).status
    assert told({}, opened) == []
    assert told({}, CLOSED) == [("Normal", "GateClosed")]
    assert told(CLOSED, CLOSED) == []
    assert told(CLOSED, opened) == [("Normal", "GateOpened")]
    assert told(CLOSED, stuck) == [("Warning", "GateStuck")]
    assert told(stuck, stuck) == []


def test_an_event_has_the_same_name_however_often_it_is_decided_and_another_the_next_time() -> None:
    def name(before: dict[str, Any], status: dict[str, Any], minute: int = 0) -> str:
        now = f"2026-01-01T12:{minute:02}:00Z"
        [event] = events_of(world().release, before, status, now)
        return str(event["metadata"]["name"])

    opened = decide_release(world(status=CLOSED, gate="Open")).status
    assert name({}, CLOSED) == name({}, CLOSED, minute=1) == "weekly.uid-of-i.gateclosed.first"
    assert name(opened, CLOSED) == name(opened, CLOSED, minute=1) != name({}, CLOSED)
    again = {**CLOSED, "closedAt": "2026-01-01T12:01:00Z"}
    assert name(CLOSED, opened) == name(CLOSED, opened, minute=1) != name(again, opened)


def test_each_failure_of_a_rollout_has_an_event_of_its_own() -> None:
    watched = {"gate": "Open", "deployments": ["web"]}
    under_way, failed = (
        {"web": deployment(seen=False)},
        {"web": deployment(failed=True, replicas=3)},
    )

    def next_of(status: dict[str, Any], cluster: dict[str, Any], minute: int) -> dict[str, Any]:
        now = NOW + timedelta(minutes=minute)
        found = world(status=status, cluster=cluster, now=now, **watched)
        return dict(decide_release(found).status)

    def names(before: dict[str, Any], status: dict[str, Any]) -> list[str]:
        found = events_of(world().release, before, status, "2026-01-01T12:09:00Z")
        return [event["metadata"]["name"].removeprefix("weekly.uid-of-i.") for event in found]

    closed = next_of({}, under_way, 0)
    first = next_of(closed, failed, 1)
    rolled = next_of(first, under_way, 2)
    second = next_of(rolled, failed, 3)
    assert names(closed, first) == ["rolloutfailed.20260101120000"]
    assert names(rolled, second) == ["rolloutfailed.20260101120200"]


def test_a_state_is_what_a_dashboard_shows() -> None:
    drained = decide_release(world(PAUSED, status=CLOSED)).status
    opened = decide_release(world(status=CLOSED, gate="Open")).status
    found = [state_of(status) for status in ({}, CLOSED, drained, opened)]
    assert found == ["Open", "Draining", "Drained", "Open"]


def test_whatever_happens_a_gate_is_closed_no_longer_than_its_deadline() -> None:
    """A rollout that changes again and again does not renew the deadline of a closed gate."""
    status, watched = {}, {"gate": "Open", "deployments": ["web"]}
    for second in range(0, 700, 100):
        changing = {"web": deployment(digest({"image": second}), seen=False)}
        now = NOW + timedelta(seconds=second)
        found = world(status=status, cluster=changing, now=now, **watched)
        status = decide_release(found).status
        gates = {0: "Closed", 500: "Closed", 600: "Open"}
        assert status["gate"] == gates.get(second, status["gate"])


@pytest.mark.parametrize("order", [("web", "api"), ("api", "web")])
def test_a_gate_opens_when_all_rollouts_are_complete(order: tuple[str, str]) -> None:
    watched = {"gate": "Open", "deployments": ["web", "api"]}
    under_way = {name: deployment(seen=False) for name in order}
    status = decide_release(world(cluster=under_way, **watched)).status
    for name, gate in zip(order, ("Closed", "Open"), strict=True):
        under_way[name] = deployment()
        status = decide_release(world(status=status, cluster=under_way, **watched)).status
        assert status["gate"] == gate
