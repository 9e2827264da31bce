"""What the real API server takes and refuses, and what it says to people."""

import json
from typing import Any

import pytest

from pimjob_api import bounds
from support.kube import kubectl, pimjob

pytestmark = pytest.mark.cluster
NO_TYPE = "no_such_type"


def apply(namespace: str, manifest: dict[str, Any]) -> str:
    return kubectl("-n", namespace, "apply", "-f", "-", stdin=manifest, check=False)


def patch(namespace: str, spec: dict[str, Any]) -> str:
    body = json.dumps({"spec": spec})
    return kubectl("-n", namespace, "patch", "pimjob", "a", "--type=merge", "-p", body, check=False)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"type": "other"}, "type cannot be changed; make a new PimJob instead"),
        ({"user": "marc"}, "user cannot be changed"),
        ({"user": None}, "user cannot be changed"),
        ({"profile": "late"}, "profile cannot be changed"),
        ({"parameters": {"source": "other"}}, "parameters cannot be changed"),
        ({"parameters": {"added": True}}, "parameters cannot be changed"),
        ({"parameters": {"nested": {"deep": 2}}}, "parameters cannot be changed"),
        ({"retry": 1}, "retry can only be raised"),
        ({"desiredState": "Cancelled"}, "supported values"),
        ({"label": "x" * (bounds.LABEL + 1)}, f"may not be more than {bounds.LABEL}"),
    ],
    ids=lambda value: json.dumps(value)[:40] if isinstance(value, dict) else "",
)
def test_a_wrong_change_is_refused(namespace: str, change: dict[str, Any], message: str) -> None:
    parameters = {"source": "one", "nested": {"deep": 1}}
    apply(namespace, pimjob("a", type=NO_TYPE, user="julia", retry=2, parameters=parameters))
    assert message in patch(namespace, change)


@pytest.mark.parametrize(
    "change", [{"desiredState": "Paused"}, {"label": "New"}, {"reason": "why"}]
)
def test_what_people_steer_may_change(namespace: str, change: dict[str, Any]) -> None:
    apply(namespace, pimjob("a", type=NO_TYPE, retry=2))
    assert "patched" in patch(namespace, change)


def test_stopped_is_final(namespace: str) -> None:
    apply(namespace, pimjob("a", type=NO_TYPE))
    assert "patched" in patch(namespace, {"desiredState": "Stopped"})
    assert "a stopped job stays stopped" in patch(namespace, {"desiredState": "Running"})
    assert "a stopped job stays stopped" in patch(namespace, {"desiredState": None})


@pytest.mark.parametrize(
    ("name", "message"),
    [("a" * 58, "at most 57 characters"), ("with.dot", "may not contain a dot")],
)
def test_a_name_must_fit_jobs_and_pods(namespace: str, name: str, message: str) -> None:
    assert message in apply(namespace, pimjob(name, type=NO_TYPE))


def test_an_unknown_field_is_refused_by_strict_clients(namespace: str) -> None:
    manifest = pimjob("a", type=NO_TYPE, desiredstate="Paused")
    assert 'unknown field "spec.desiredstate"' in apply(namespace, manifest)


def test_field_selectors_find_jobs_by_what_the_tracker_filters(namespace: str) -> None:
    apply(namespace, pimjob("a", type=NO_TYPE, user="julia", profile="daily"))
    apply(namespace, pimjob("b", type="another", user="marc"))
    for selector in ("spec.user=julia", f"spec.type={NO_TYPE}", "spec.profile=daily"):
        listed = kubectl("-n", namespace, "get", "pj", f"--field-selector={selector}", "-o", "name")
        assert listed.split() == ["pimjob.pimjobs.dev/a"]


def test_kubectl_shows_the_columns_of_a_tracker(namespace: str) -> None:
    apply(namespace, pimjob("a", type=NO_TYPE, user="julia", label="Daily"))
    head = kubectl("-n", namespace, "get", "pj").splitlines()[0].split()
    assert head == ["NAME", "LABEL", "TYPE", "PHASE", "STEP", "PROGRESS", "USER", "AGE"]


def test_the_largest_status_is_taken(namespace: str) -> None:
    apply(namespace, pimjob("a", type=NO_TYPE))
    body = json.dumps({"status": largest_status()})
    command = ("patch", "pimjob", "a", "--subresource=status", "--type=merge", "-p", body)
    kubectl("-n", namespace, *command)
    found = json.loads(kubectl("-n", namespace, "get", "pimjob", "a", "-o", "json"))
    assert len(found["status"]["steps"]) == bounds.MAX_STEPS
    assert len(found["status"]["attempts"]) == bounds.MAX_ATTEMPTS


def test_operator_and_runner_write_side_by_side(namespace: str) -> None:
    apply(namespace, pimjob("a", type=NO_TYPE))
    for manager, status in (
        ("one", {"phase": "Running", "attempts": [{"number": 1, "job": "a-1"}]}),
        ("two", {"progress": "5%", "steps": [{"name": "import", "processed": 5}]}),
        ("one", {"phase": "Completed", "attempts": [{"number": 1, "job": "a-1"}]}),
    ):
        manifest = {**pimjob("a"), "status": status}
        del manifest["spec"]
        command = ("apply", "--server-side", "--subresource=status", f"--field-manager={manager}")
        kubectl("-n", namespace, *command, "--force-conflicts", "-f", "-", stdin=manifest)
    found = json.loads(kubectl("-n", namespace, "get", "pimjob", "a", "-o", "json"))["status"]
    assert (found["phase"], found["progress"]) == ("Completed", "5%")


def largest_status() -> dict[str, Any]:
    time = "2026-01-01T00:00:00Z"
    sample = {
        "line": 10**9,
        "column": "c" * bounds.COLUMN,
        "value": "v" * bounds.VALUE,
        "reason": "r" * bounds.REASON,
    }
    steps = [
        {
            "name": f"{'n' * 60}{number}",
            "label": "l" * bounds.LABEL,
            "phase": "Completed",
            "trackable": True,
            "total": 10**9,
            "processed": 10**9,
            "counters": {f"{'c' * 29}{n}": 10**9 for n in range(bounds.MAX_COUNTERS)},
            "warnings": 10**9,
            "warningSamples": [sample] * bounds.MAX_WARNING_SAMPLES,
            "startTime": time,
            "endTime": time,
            "activeSeconds": 10**6,
            "etaSeconds": 10**6,
        }
        for number in range(bounds.MAX_STEPS)
    ]
    attempts = [
        {
            "number": number,
            "job": "j" * bounds.NAME,
            "pod": "p" * bounds.NAME,
            "image": "i" * bounds.IMAGE,
            "startTime": time,
            "endTime": time,
            "outcome": "o" * bounds.WORD,
            "reason": "r" * bounds.WORD,
            "message": "m" * bounds.MESSAGE,
            "processed": 10**9,
        }
        for number in range(1, bounds.MAX_ATTEMPTS + 1)
    ]
    artifacts = [
        {
            "kind": "invalid",
            "name": f"{'a' * (bounds.LABEL - 1)}{number}",
            "url": "u" * bounds.URL,
            "bytes": 10**12,
        }
        for number in range(bounds.MAX_ARTIFACTS)
    ]
    conditions = [
        {
            "type": f"{'t' * (bounds.WORD - 1)}{number}",
            "status": "Unknown",
            "reason": "r" * bounds.WORD,
            "message": "m" * bounds.MESSAGE,
            "lastTransitionTime": time,
        }
        for number in range(bounds.MAX_CONDITIONS)
    ]
    return {
        "phase": "Completed",
        "reason": "r" * bounds.WORD,
        "message": "m" * bounds.MESSAGE,
        "steps": steps,
        "attempts": attempts,
        "artifacts": artifacts,
        "conditions": conditions,
    }


def test_the_largest_status_is_within_its_budget() -> None:
    from pimjob_api.names import STATUS_BYTES  # noqa: PLC0415 - only here

    size = len(json.dumps(largest_status(), separators=(",", ":")))
    assert 0.5 * STATUS_BYTES < size <= STATUS_BYTES
