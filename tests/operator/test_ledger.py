"""Metrics are counted from one status of a PimJob to the next."""

from typing import Any

import pytest
from prometheus_client import REGISTRY

from pimjob_operator import ledger
from pimjob_operator.cache import Cache
from pimjob_operator.gauges import measure_jobs, measure_profiles
from pimjob_operator.ledger import PROFILES, REASONS, Ledger

TYPE = "some_type"


class Watched:
    """A cache with a ledger, the versions of one PimJob after another, and a namespace of its own:
    the registry is that of the process."""

    def __init__(self, namespace: str) -> None:
        self.now = 1_000.0
        self.ledger = Ledger(lambda: self.now)
        self.cache = Cache(seen=self.ledger.observe, gone=self.ledger.drop)
        self.namespace = namespace
        self._version = 0
        self.define(TYPE)

    def define(self, job_type: str) -> None:
        metadata = {"name": job_type.replace("_", "-"), "uid": job_type, "resourceVersion": "1"}
        self.cache.put_type({"metadata": metadata, "spec": {}})

    def see(
        self, uid: str = "u", *, profile: str | None = None, job_type: str = TYPE, **status: Any
    ) -> None:
        self._version += 1
        metadata = {
            "name": uid,
            "namespace": self.namespace,
            "uid": uid,
            "resourceVersion": str(self._version),
            "creationTimestamp": at(0),
        }
        spec = {"type": job_type} | ({"profile": profile} if profile else {})
        self.cache.put_pimjob({"metadata": metadata, "spec": spec, "status": status})

    def value(self, name: str, **labels: str) -> float | None:
        """Return a metric's value as a scrape finds it."""
        measure_jobs(self.cache, self.ledger)
        measure_profiles(self.cache, self.ledger)
        own = {"namespace": self.namespace, "type": TYPE}
        return REGISTRY.get_sample_value(name, own | labels)


def at(seconds: int) -> str:
    return f"1970-01-01T00:{seconds // 60:02d}:{seconds % 60:02d}Z"


@pytest.fixture
def watched(request: pytest.FixtureRequest) -> Watched:
    return Watched(request.node.name)


def attempt(number: int, start: int, **more: Any) -> dict[str, Any]:
    return {"number": number, "startTime": at(start), **more}


def running(watched: Watched, **more: Any) -> dict[str, Any]:
    """Take a job from its creation to its first report; return its status."""
    watched.see()
    first = [attempt(1, 4)]
    watched.see(phase="Starting", phaseTime=at(4), attempts=first, attemptCount=1)
    status = {"attempts": first, "attemptCount": 1, "startTime": at(4), "phase": "Running"}
    status |= {"phaseTime": at(6), "heartbeatTime": at(6), **more}
    watched.see(**status)
    return status


def test_a_life_is_counted_once(watched: Watched) -> None:
    status = running(watched)
    for _ in range(2):
        watched.see(**status | {"phase": "Completed", "completionTime": at(64),
                                "attempts": [attempt(1, 4, outcome="Completed")]})  # fmt: skip
    assert watched.value("pimjob_launched_total") == 1
    assert watched.value("pimjob_queue_wait_seconds_sum") == 4
    assert watched.value("pimjob_start_seconds_sum") == 2
    assert watched.value("pimjob_finished_total", result="Completed") == 1
    assert watched.value("pimjob_duration_seconds_sum", result="Completed") == 60
    ended = {"outcome": "Completed", "reason": "Completed"}
    assert watched.value("pimjob_attempts_total", **ended) == 1
    assert watched.value("pimjob_resume_seconds_count") == 0


def test_a_job_that_another_operator_has_counted_is_a_baseline(watched: Watched) -> None:
    steps = [{"processed": 5, "counters": {"created": 5}, "warnings": 2}]
    watched.see(phase="Running", attempts=[attempt(1, 4)], attemptCount=1, steps=steps)
    assert watched.value("pimjob_launched_total") == 0
    assert watched.value("pimjob_items_total", outcome="created") == 0
    more = [{"processed": 9, "counters": {"created": 8, "invalid": 1}, "warnings": 3}]
    watched.see(phase="Running", attempts=[attempt(1, 4)], attemptCount=1, steps=more)
    assert watched.value("pimjob_items_total", outcome="created") == 3
    assert watched.value("pimjob_items_total", outcome="invalid") == 1
    assert watched.value("pimjob_warnings_total") == 1


def test_pauses_and_resumes_are_told_by_reason(watched: Watched) -> None:
    status = running(watched)
    watched.see(**status | {"phase": "Pausing", "phaseTime": at(10)})
    paused = [attempt(1, 4, outcome="Paused", reason="ReleaseInProgress")]
    watched.see(**status | {"phase": "Paused", "phaseTime": at(13), "attempts": paused,
                            "reason": "ReleaseInProgress"})  # fmt: skip
    two = [*paused, attempt(2, 30)]
    watched.see(**status | {"phase": "Starting", "phaseTime": at(30), "attempts": two})
    watched.see(**status | {"phase": "Running", "phaseTime": at(35), "attempts": two})
    assert watched.value("pimjob_pauses_total", reason="ReleaseInProgress") == 1
    assert watched.value("pimjob_pause_seconds_sum") == 3
    assert watched.value("pimjob_resume_seconds_sum") == 5


def test_a_pause_that_is_taken_back_in_time_is_no_start(watched: Watched) -> None:
    status = running(watched)
    watched.see(**status | {"phase": "Pausing", "phaseTime": at(100)})
    watched.see(**status | {"phase": "Running", "phaseTime": at(101)})
    assert watched.value("pimjob_start_seconds_count") == 1


@pytest.mark.parametrize("time", ["2026-11-25T02:00:00+99:99", "0000-01-01T00:00:00Z", "soon"])
def test_a_time_that_nobody_can_read_ends_nothing(watched: Watched, time: str) -> None:
    status = running(watched, heartbeatTime=time, phaseTime=time)
    watched.see(**status | {"phase": "Completed", "completionTime": time})
    assert watched.value("pimjob_finished_total", result="Completed") == 1
    watched.see("v", phase="Running", phaseTime=time, heartbeatTime=time)
    assert watched.value("pimjob_heartbeat_oldest_timestamp_seconds") is not None


def test_a_job_that_is_forgotten_begins_anew(watched: Watched) -> None:
    running(watched)
    watched.cache.forget_pimjob("u")
    watched.see(phase="Completed", completionTime=at(9))
    assert watched.value("pimjob_finished_total", result="Completed") == 0


def test_a_stop_is_timed_from_its_request_to_its_end(watched: Watched) -> None:
    status = running(watched)
    watched.see(**status | {"phase": "Stopping", "stop": {"at": at(10)}})
    watched.see(**status | {"phase": "Stopped", "completionTime": at(12),
                            "stop": {"at": at(10), "acknowledgedAt": at(12)}})  # fmt: skip
    assert watched.value("pimjob_stop_seconds_sum") == 2
    assert watched.value("pimjob_finished_total", result="Stopped") == 1


def test_the_oldest_of_each_phase_is_told_and_no_end(watched: Watched) -> None:
    watched.see("a", phase="Paused", reason="Requested", phaseTime=at(50))
    watched.see("b", phase="Paused", reason="Requested", phaseTime=at(20))
    watched.see("c", phase="Failed", phaseTime=at(1))
    watched.see("d")
    oldest = watched.value
    name = "pimjob_phase_oldest_timestamp_seconds"
    assert oldest(name, phase="Paused", reason="Requested") == 20
    assert oldest(name, phase="Queued", reason="") == 0
    assert oldest(name, phase="Failed", reason="") is None
    watched.cache.of_pimjobs.drop("b")
    assert oldest(name, phase="Paused", reason="Requested") == 50


def test_silence_and_standstill_are_told_apart(watched: Watched) -> None:
    steps = [{"processed": 5}]
    status = running(watched, steps=steps)
    watched.now = 2_000.0
    watched.see(**status | {"heartbeatTime": at(600), "steps": steps})
    assert watched.value("pimjob_heartbeat_oldest_timestamp_seconds") == 600
    assert watched.value("pimjob_checkpoint_oldest_timestamp_seconds") == 1_000
    watched.see(**status | {"heartbeatTime": at(602), "steps": [{"processed": 6}]})
    assert watched.value("pimjob_checkpoint_oldest_timestamp_seconds") == 2_000


def test_a_new_attempt_is_not_blamed_for_the_silence_before_it(watched: Watched) -> None:
    status = running(watched)
    watched.see(**status | {"phase": "Running", "phaseTime": at(900), "heartbeatTime": at(6)})
    assert watched.value("pimjob_heartbeat_oldest_timestamp_seconds") == 900


def test_conditions_are_counted_until_the_end(watched: Watched) -> None:
    unreadable = [{"type": "CheckpointUnreadable", "status": "True"}]
    watched.see(phase="Paused", phaseTime=at(5), conditions=unreadable)
    assert watched.value("pimjob_conditions", condition="CheckpointUnreadable") == 1
    watched.see(phase="Stopped", conditions=unreadable)
    assert watched.value("pimjob_conditions", condition="CheckpointUnreadable") is None


def test_a_failure_says_whether_its_files_or_the_platform_caused_it(watched: Watched) -> None:
    for uid, reason in (("a", "InvalidFile"), ("b", "AttemptsExhausted"), ("c", "OwnReason")):
        watched.see(uid)
        watched.see(uid, phase="Failed", reason=reason)
    failures = "pimjob_failures_total"
    assert watched.value(failures, cause="job", reason="InvalidFile") == 1
    assert watched.value(failures, cause="job", reason="OwnReason") == 1
    assert watched.value(failures, cause="platform", reason="AttemptsExhausted") == 1
    assert watched.value("pimjob_finished_total", result="Failed") == 3


def test_items_whose_commit_was_lost_are_counted_as_redone(watched: Watched) -> None:
    status = running(watched, steps=[{"processed": 900}])
    watched.see(**status | {"steps": [{"processed": 950}]})
    assert watched.value("pimjob_items_redone_total") == 0
    watched.see(**status | {"steps": [{"processed": 700}]})
    assert watched.value("pimjob_items_redone_total") == 250


def test_what_is_known_to_be_counted_is_there_before_it_happens(watched: Watched) -> None:
    """A restarted operator sees old jobs first; an increase from nothing is none to Prometheus."""
    watched.see(phase="Completed")
    assert watched.value("pimjob_launched_total") == 0
    assert watched.value("pimjob_finished_total", result="Failed") == 0
    platform = {"cause": "platform", "reason": "DatabaseMisconfigured"}
    assert watched.value("pimjob_failures_total", **platform) == 0
    assert watched.value("pimjob_attempts_total", outcome="Crashed", reason="OOMKilled") == 0


def test_types_that_somebody_invents_are_one(watched: Watched) -> None:
    """Of the gauges of how things are, too: there were as many series as there were words."""
    watched.see("known")
    for number in range(100):
        watched.see(f"u{number}", job_type=f"type_{number}")
    assert watched.value("pimjob_launched_total", type="Other") == 100
    watched.value("pimjob_jobs")
    found = [
        one.labels
        for metric in REGISTRY.collect()
        for one in metric.samples
        if one.labels.get("namespace") == watched.namespace
    ]
    assert {labels["type"] for labels in found} == {TYPE, "Other"}
    assert watched.value("pimjob_jobs", type="Other", phase="Queued") == 100
    watched.define("type_7")
    assert watched.value("pimjob_jobs", type="type_7", phase="Queued") == 1


def test_profiles_that_somebody_invents_do_not_grow_the_metrics_for_ever(watched: Watched) -> None:
    name = "pimjob_last_success_timestamp_seconds"
    for number in range(PROFILES + 10):
        watched.see(f"u{number}", profile=f"profile{number}")
    assert watched.value(name, profile="profile0") == 0
    assert watched.value(name, profile=f"profile{PROFILES}") is None
    assert watched.value(name, profile="Other") == 0


def test_types_that_come_and_go_do_not_grow_the_metrics_for_ever(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "TYPES", 3)
    for number in range(7):
        watched.define(f"type_{number}")
        watched.see(f"u{number}", job_type=f"type_{number}")
    assert watched.value("pimjob_launched_total", type="type_2") == 1
    assert watched.value("pimjob_launched_total", type="type_3") is None
    assert watched.value("pimjob_launched_total", type="Other") == 4


def test_reasons_that_somebody_invents_do_not_grow_the_metrics_for_ever(watched: Watched) -> None:
    watched.see()
    for number in range(REASONS + 10):
        ended = [attempt(number + 1, 4, outcome="Crashed", reason=f"Reason{number}")]
        watched.see(phase="Starting", attempts=ended, attemptCount=number + 1)
    crashed = {"outcome": "Crashed"}
    assert watched.value("pimjob_attempts_total", reason="Reason0", **crashed) == 1
    assert watched.value("pimjob_attempts_total", reason="Other", **crashed) == 10
    name = "pimjob_phase_oldest_timestamp_seconds"
    watched.see(phase="Paused", phaseTime=at(5), reason="YetAnother")
    assert watched.value(name, phase="Paused", reason="Other") == 5


def test_the_last_success_of_a_profile_is_told_and_its_first_launch_before_one(
    watched: Watched,
) -> None:
    name = "pimjob_last_success_timestamp_seconds"
    watched.see("a", profile="daily", phase="Failed", completionTime=at(70))
    assert watched.value(name, profile="daily") == 0, "its creation"
    watched.see("b", profile="daily", phase="Completed", completionTime=at(90))
    watched.see("c", profile="daily", phase="Completed", completionTime=at(80))
    watched.see("d", phase="Completed", completionTime=at(99))
    assert watched.value(name, profile="daily") == 90
    watched.cache.of_pimjobs.drop("b")
    assert watched.value(name, profile="daily") == 80
