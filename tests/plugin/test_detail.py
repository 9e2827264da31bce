"""All about a job, compared as a whole: tests/plugin/golden."""

from pathlib import Path
from typing import Any

import pytest

from pimjob_cli import steps
from pimjob_cli.job import Job
from pimjob_cli.paint import plain
from support.plugin import Jobs, Plugin, attempt, without_ages

GOLDEN = Path(__file__).parent / "golden"
RUNNING: dict[str, Any] = {
    "phase": "Running",
    "phaseTime": "2026-11-27T16:00:03Z",
    "reason": "Working",
    "message": "Import products",
    "progress": "42%",
    "step": "3/4 Import products",
    "etaSeconds": 81,
    "warnings": 12,
    "activeSeconds": 65,
    "startTime": "2026-11-27T16:00:00Z",
    "heartbeatTime": "2026-11-27T16:01:05Z",
    "attemptCount": 2,
    "stoppable": True,
    "pausable": False,
    "steps": [
        {"name": "download", "label": "Fetch the file", "phase": "Completed", "activeSeconds": 1},
        {
            "name": "validate",
            "label": "Check the file",
            "phase": "Completed",
            "trackable": True,
            "total": 10000,
            "processed": 10000,
            "activeSeconds": 4,
        },
        {
            "name": "import",
            "label": "Import products",
            "phase": "Running",
            "trackable": True,
            "total": 10000,
            "processed": 4200,
            "counters": {"created": 4000, "invalid": 12, "read": 4200, "unchanged": 188},
            "warnings": 12,
            "warningSamples": [
                {"line": 3, "column": "price", "value": "abc", "reason": "is no number"},
                {"line": 17, "column": "color", "value": "réd", "reason": "is no option of color"},
            ],
            "activeSeconds": 60,
            "etaSeconds": 81,
        },
        {"name": "associations", "label": "Import associations"},
    ],
    "attempts": [
        attempt(
            "daily",
            outcome="Interrupted",
            reason="EvictionByEvictionAPI",
            message="The node is drained.",
            endTime="2026-11-27T16:00:40Z",
        ),
        attempt("daily", 2),
    ],
    "artifacts": [
        {"kind": "input", "name": "products.csv", "url": "file:///data/in/a.csv", "bytes": 1048576},
        {"kind": "invalid", "name": "invalid.csv", "url": "file:///data/x/invalid.csv"},
    ],
}
STOPPED: dict[str, Any] = {
    "phase": "Stopped",
    "reason": "Stopped",
    "message": "Stopped by julia: wrong file",
    "activeSeconds": 12,
    "completionTime": "2026-11-27T16:00:14Z",
    "steps": [
        {
            "name": "import",
            "label": "Import products",
            "phase": "Stopped",
            "trackable": True,
            "total": 10000,
            "processed": 4200,
            "activeSeconds": 12,
        }
    ],
    "stop": {
        "by": "julia",
        "reason": "wrong file",
        "at": "2026-11-27T16:00:12Z",
        "acknowledgedAt": "2026-11-27T16:00:14Z",
        "processed": 4200,
    },
    "conditions": [
        {
            "type": "Refused",
            "status": "True",
            "reason": "NotPausable",
            "message": "Jobs of this type cannot be paused.",
            "lastTransitionTime": "2026-11-27T16:00:05Z",
        }
    ],
}


def golden(name: str, found: str, namespace: str) -> None:
    expected = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
    assert without_ages(found.replace(namespace, "NAMESPACE")) == expected


@pytest.mark.cluster
def test_a_running_job(jobs: Jobs, plugin: Plugin) -> None:
    parameters = {"source": "file:///data/in/a.csv"}
    jobs.put("daily", RUNNING, label="Daily products", parameters=parameters)
    golden("running", plugin("get", "daily").out, plugin.namespace)


@pytest.mark.cluster
def test_a_job_that_was_stopped_and_one_that_nobody_has_seen(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("daily", STOPPED, desiredState="Stopped", user="marc")
    jobs.put("new")
    golden("stopped", plugin("describe", "daily", "new").out, plugin.namespace)


@pytest.mark.cluster
def test_who_paused_it_and_why(jobs: Jobs, plugin: Plugin) -> None:
    paused = {"phase": "Paused"}
    jobs.put("a", paused, desiredState="Paused", requestedBy="julia", reason="too slow")
    assert "Paused by:     julia: too slow\n" in plugin("get", "a").out


@pytest.mark.cluster
def test_a_table_of_several(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a")
    jobs.put("b")
    assert plugin("get", "a", "b", "-o", "wide").names == ["a", "b"]


@pytest.mark.cluster
def test_a_name_that_is_not_there(plugin: Plugin) -> None:
    done = plugin("get", "nope")
    assert (done.code, done.out) == (1, "")
    assert done.err == 'Error from server (NotFound): pimjobs.pimjobs.dev "nope" not found\n'


@pytest.mark.parametrize(
    ("phase", "step", "said"),
    [
        ("Running", {"phase": "Pending"}, ""),
        ("Running", {"phase": "Running", "trackable": True}, "estimating time left"),
        ("Running", {"phase": "Running", "trackable": True, "etaSeconds": 3}, "time left: 3s"),
        (
            "Running",
            {"phase": "Running", "activeSeconds": 9},
            "time left cannot be told, spent: 9s",
        ),
        ("Paused", {"phase": "Running", "trackable": True, "etaSeconds": 3}, "time spent: 0s"),
        ("Running", {"phase": "Completed", "activeSeconds": 65}, "time spent: 1m5s"),
    ],
)
def test_the_words_above_a_bar(phase: str, step: dict[str, Any], said: str) -> None:
    job = Job({"metadata": {"name": "a"}, "status": {"phase": phase}})
    assert steps.time_text(job, step) == said


@pytest.mark.parametrize(
    ("step", "full"),
    [
        ({"phase": "Pending"}, 0),
        ({"phase": "Running", "processed": 1, "total": 2}, 15),
        ({"phase": "Running", "processed": 9, "total": 2}, 30),
        ({"phase": "Running", "processed": 9}, 0),
        ({"phase": "Completed"}, 30),
        ({"phase": "Running", "processed": 0, "total": 0}, 0),
    ],
)
def test_a_bar_of_items(step: dict[str, Any], full: int) -> None:
    shown = steps.bar(steps.share(step))
    assert shown.count(steps.FULL) == full
    assert len(shown) == steps.BAR


@pytest.mark.parametrize(
    ("phase", "progress", "shown"),
    [("Running", "40%", f"{steps.FULL * 12}{steps.EMPTY * 18}  40%"), ("Completed", "7%", "100%")],
)
def test_a_running_step_that_counts_no_items_shows_the_share_of_the_job(
    phase: str, progress: str, shown: str
) -> None:
    step = {"name": "download", "phase": phase, "trackable": True, "etaSeconds": 3}
    status = {"phase": "Running", "progress": progress, "steps": [step]}
    drawn = list(steps.lines(Job({"metadata": {"name": "a"}, "status": status}), plain, 80))
    assert drawn[1].strip().endswith(shown)
