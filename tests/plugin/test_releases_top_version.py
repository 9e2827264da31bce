"""Gates, rates and versions."""

import json
import threading
import time
from typing import Any

import pytest

from pimjob_api.definitions import KINDS
from support.plugin import OURS, Jobs, Plugin

pytestmark = pytest.mark.cluster
DRAINED = {
    "type": "Drained",
    "status": "True",
    "reason": "Drained",
    "lastTransitionTime": "2026-11-27T16:00:00Z",
}


def release(jobs: Jobs, name: str = "weekly") -> dict[str, Any]:
    found: dict[str, Any] = jobs.api.get(f"{OURS}/namespaces/{jobs.namespace}/pimreleases/{name}")
    return found


def report(jobs: Jobs, status: dict[str, Any]) -> None:
    path = f"{OURS}/namespaces/{jobs.namespace}/pimreleases/weekly/status"
    jobs.api.patch(path, {"status": status})


def test_a_gate_is_made_closed_opened_and_closed_again(jobs: Jobs, plugin: Plugin) -> None:
    close = ["releases", "close", "weekly", "--reason=version 7", "--deadline=30m"]
    done = plugin(*close, "--jobs=team=pim")
    assert (done.out, done.code) == ("pimrelease.pimjobs.dev/weekly closed\n", 0)
    assert release(jobs)["spec"] == {
        "gate": "Closed",
        "reason": "version 7",
        "deadlineSeconds": 1800,
        "selector": {"matchLabels": {"team": "pim"}},
    }
    assert plugin("releases", "open", "weekly").out == "pimrelease.pimjobs.dev/weekly opened\n"
    assert release(jobs)["spec"]["gate"] == "Open"
    assert plugin("releases", "close", "weekly").code == 0
    spec = release(jobs)["spec"]
    assert (spec["gate"], spec["selector"]) == ("Closed", {"matchLabels": {"team": "pim"}})


def test_counts(jobs: Jobs, plugin: Plugin) -> None:
    plugin("releases", "close", "weekly")
    counts = {"running": 1, "draining": 2, "paused": 27, "held": 3, "finishing": 4}
    said = {"gate": "Closed", "reason": "Requested", "message": "It is closed."}
    report(jobs, {**said, **counts})
    numbers = ["1", "2", "27", "3", "4"]
    assert plugin("releases").rows[0][:8] == ["weekly", "Closed", "Requested", *numbers]
    shown = plugin("releases", "status", "weekly").out.splitlines()
    assert shown[0] == "weekly   Closed (Requested): It is closed."
    assert shown[2].split() == ["1", "2", "27", "3", "4", "0"]


def test_close_waits_until_none_of_the_jobs_runs(jobs: Jobs, plugin: Plugin) -> None:
    def operator() -> None:
        while not jobs.api.exists(f"{OURS}/namespaces/{jobs.namespace}/pimreleases/weekly"):
            time.sleep(0.02)
        report(jobs, {"gate": "Closed", "running": 1, "observedGeneration": 1})
        time.sleep(1.2)
        report(jobs, {"running": 0, "paused": 1, "conditions": [DRAINED]})

    thread = threading.Thread(target=operator)
    thread.start()
    done = plugin("releases", "close", "weekly", "--wait", "--timeout=20s")
    thread.join()
    assert done.code == 0
    assert done.err.splitlines()[-1] == "0 running, 0 draining, 1 paused, 0 held, 0 finishing"
    report(jobs, {"conditions": [], "running": 1})
    again = plugin("releases", "close", "weekly", "--wait", "--timeout=0")
    assert (again.code, again.err.splitlines()[-1]) == (5, "error: timed out: jobs still run")


def test_close_is_not_content_with_what_an_older_gate_has_drained(
    jobs: Jobs, plugin: Plugin
) -> None:
    plugin("releases", "close", "weekly")
    report(jobs, {"gate": "Closed", "observedGeneration": 1, "conditions": [DRAINED]})
    plugin("releases", "open", "weekly")
    done = plugin("releases", "close", "weekly", "--wait", "--timeout=0")
    assert (done.code, done.err) == (5, "error: timed out: jobs still run\n")


def test_a_gate_that_is_not_there_cannot_be_opened(plugin: Plugin) -> None:
    done = plugin("releases", "open", "nope")
    assert (done.code, done.err) == (
        1,
        'Error from server (NotFound): pimreleases.pimjobs.dev "nope" not found\n',
    )


def test_top_has_rates_what_waits_and_the_slowest_first(jobs: Jobs, plugin: Plugin) -> None:
    def running(name: str, items: int, seconds: int, left: int | None) -> None:
        step = {"name": "import", "phase": "Running", "processed": items, "activeSeconds": seconds}
        eta = {} if left is None else {"etaSeconds": left}
        jobs.put(name, {"phase": "Running", "steps": [step], "activeSeconds": seconds, **eta})

    running("fast", 10_000, 10, 5)
    running("slow", 100, 10, 900)
    running("unknown", 7, 0, None)
    for name in ("q1", "q2"):
        jobs.put(name, {"phase": "Queued", "reason": "NoSuchType", "message": "No such type."})
    done = plugin("top")
    lines = done.out.splitlines()
    assert [line.split() for line in lines[:2]] == [["QUEUED", "RUNNING"], ["2", "3"]]
    assert "Running: 3 jobs, 1,010.0 items/s together" in lines
    rows = [line.split() for line in lines if line.startswith(plugin.namespace)]
    assert [(row[1], row[5], row[6]) for row in rows] == [
        ("unknown", "-", "-"), ("slow", "10.0", "15m"), ("fast", "1,000.0", "5s"),
    ]  # fmt: skip
    assert lines[-1].split()[:3] == ["Queued", "NoSuchType", "2"]
    assert "the 1 with most time left" in plugin("top", "--slowest=1").out


def test_versions_and_what_does_not_fit(jobs: Jobs, plugin: Plugin) -> None:
    found = json.loads(plugin("version", "-o", "json").out)
    assert found["crds"] == [
        f"{plural}.pimjobs.dev/v1alpha1" for plural in sorted(kind.plural for kind in KINDS)
    ]
    labels = {
        "app.kubernetes.io/part-of": "pimjobs",
        "app.kubernetes.io/component": "operator",
        "app.kubernetes.io/version": "9.9.9",
    }
    container = {"name": "operator", "image": "operator"}
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [container]}}
    deployment = {
        "metadata": {"name": "operator", "labels": labels},
        "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": template},
    }
    jobs.api.create(f"/apis/apps/v1/namespaces/{jobs.namespace}/deployments", deployment)
    done = plugin("version")
    assert done.code == 0
    assert "operator: 9.9.9" in done.out
    assert done.err == f"Warning: the operator is 9.9.9, this command {found['client']}\n"
    assert plugin("version", "--client").out == f"client:   {found['client']}\n"
