"""Stop, pause, resume, retry: what is asked of the API server, and what it answers."""

import subprocess
import threading
import time
from typing import Any

import pytest

from support.plugin import PROGRAM, Jobs, Plugin
from support.terminal_session import terminal_session

pytestmark = pytest.mark.cluster


def wish(jobs: Jobs, name: str) -> dict[str, Any]:
    spec = jobs.read(name)["spec"]
    return {key: spec.get(key) for key in ("desiredState", "reason", "requestedBy")}


def test_a_stop_says_who_and_why(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", {"phase": "Running"})
    done = plugin("stop", "a", "--reason=wrong file")
    assert (done.out, done.err, done.code) == ("pimjob.pimjobs.dev/a stop asked for\n", "", 0)
    assert wish(jobs, "a") == {
        "desiredState": "Stopped", "reason": "wrong file", "requestedBy": "admin",
    }  # fmt: skip


def test_a_stop_without_a_reason_does_not_keep_the_reason_of_a_pause(
    jobs: Jobs, plugin: Plugin
) -> None:
    jobs.put("a", {"phase": "Paused"}, desiredState="Paused", reason="lunch", requestedBy="julia")
    assert plugin("stop", "a").code == 0
    assert wish(jobs, "a") == {
        "desiredState": "Stopped", "reason": None, "requestedBy": "admin",
    }  # fmt: skip


def test_to_ask_twice_is_to_ask_once(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", {"phase": "Running"})
    plugin("stop", "a", "--reason=wrong file")
    before = jobs.read("a")["metadata"]
    done = plugin("stop", "a", "--reason=another")
    assert (done.out, done.code) == ("pimjob.pimjobs.dev/a a stop is already asked for\n", 0)
    assert jobs.read("a")["metadata"] == before
    assert wish(jobs, "a")["reason"] == "wrong file"


def test_pause_and_resume(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", {"phase": "Running"})
    assert plugin("pause", "a", "--reason=lunch").out == "pimjob.pimjobs.dev/a pause asked for\n"
    assert wish(jobs, "a")["desiredState"] == "Paused"
    assert plugin("resume", "a").out == "pimjob.pimjobs.dev/a goes on\n"
    assert wish(jobs, "a") == {
        "desiredState": "Running", "reason": None, "requestedBy": "admin",
    }  # fmt: skip


def test_a_retry_raises_the_number_and_takes_back_a_pause(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", {"phase": "Failed"}, desiredState="Paused", retry=4)
    assert plugin("retry", "a").out == "pimjob.pimjobs.dev/a retry asked for\n"
    spec = jobs.read("a")["spec"]
    assert (spec["retry"], spec["desiredState"]) == (5, "Running")


@pytest.mark.parametrize(
    ("verb", "status", "why"),
    [
        ("stop", {"phase": "Completed"}, "this job has ended: nothing is left to be"),
        ("stop", {"phase": "Running", "stoppable": False}, "this job is not stoppable"),
        ("pause", {"phase": "Running", "pausable": False}, "this job is not pausable"),
        ("retry", {"phase": "Running"}, "retry can only be raised for a job whose phase"),
    ],
)
def test_a_refusal_is_told_in_the_servers_words(
    jobs: Jobs, plugin: Plugin, verb: str, status: dict[str, Any], why: str
) -> None:
    jobs.put("a", status)
    done = plugin(verb, "a")
    assert (done.out, done.code) == ("", 1)
    assert done.err.startswith("pimjob.pimjobs.dev/a: not done: Invalid: ")
    assert why in done.err


def test_what_was_stopped_cannot_go_on(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", {"phase": "Stopped"}, desiredState="Stopped")
    done = plugin("resume", "a")
    assert (done.code, done.out) == (1, "")
    assert "a stopped job stays stopped; make a new PimJob instead" in done.err


def test_of_several_each_is_reported(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", {"phase": "Running"})
    jobs.put("b", {"phase": "Completed"})
    done = plugin("stop", "a", "gone", "b")
    assert (done.out, done.code) == ("pimjob.pimjobs.dev/a stop asked for\n", 1)
    assert 'pimjob.pimjobs.dev/gone: not done: NotFound: pimjobs.pimjobs.dev "gone"' in done.err
    assert "pimjob.pimjobs.dev/b: not done: Invalid" in done.err
    assert jobs.read("a")["spec"]["desiredState"] == "Stopped"


@pytest.mark.parametrize("kind", ["client", "server"])
def test_a_dry_run_changes_nothing(jobs: Jobs, plugin: Plugin, kind: str) -> None:
    jobs.put("a", {"phase": "Running"})
    before = jobs.read("a")
    done = plugin("stop", "a", f"--dry-run={kind}")
    assert done.code == 0
    assert done.out.startswith("pimjob.pimjobs.dev/a stop asked for (")
    assert jobs.read("a") == before


def test_a_dry_run_on_the_server_says_what_it_would_refuse(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", {"phase": "Completed"})
    done = plugin("stop", "a", "--dry-run=server")
    assert done.code == 1
    assert "this job has ended" in done.err


def test_which_jobs_has_to_be_said(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", {"phase": "Running"})
    assert plugin("stop").code == 2
    assert plugin("stop", "a", "--all-users").code == 2
    assert jobs.read("a")["spec"]["desiredState"] == "Running"


def test_wait_says_when_it_was_acknowledged_and_what_was_done(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", {"phase": "Running", "observedGeneration": 1})
    stop = {"at": "2026-11-27T16:00:00Z", "acknowledgedAt": "2026-11-27T16:00:02Z"}

    def obey() -> None:
        while jobs.read("a")["spec"]["desiredState"] != "Stopped":
            time.sleep(0.02)
        jobs.report("a", {"phase": "Stopping", "observedGeneration": 2})
        stopped = {"phase": "Stopped", "observedGeneration": 2, "stop": stop | {"processed": 4200}}
        jobs.report("a", stopped)

    operator = threading.Thread(target=obey)
    operator.start()
    done = plugin("stop", "a", "--wait", "--timeout=20s")
    operator.join()
    assert done.code == 0
    assert done.out.splitlines()[1] == (
        "pimjob.pimjobs.dev/a Stopped, acknowledged after 2s; 4,200 items done, which stay done"
    )


def test_wait_is_not_content_with_a_status_that_is_older_than_the_wish(
    jobs: Jobs, plugin: Plugin
) -> None:
    jobs.put("a", {"phase": "Paused", "observedGeneration": 1})
    done = plugin("pause", "a", "--wait", "--timeout=1")
    assert (done.code, done.err) == (5, "error: timed out: a is Paused\n")


@pytest.mark.parametrize("verb", ["stop", "pause"])
def test_wait_is_over_when_the_job_ends_before_it_sees_the_wish(
    jobs: Jobs, plugin: Plugin, verb: str
) -> None:
    steps = [{"name": "import", "processed": 4200}]
    jobs.put("a", {"phase": "Running", "observedGeneration": 1, "steps": steps})

    def complete() -> None:
        while jobs.read("a")["spec"]["desiredState"] == "Running":
            time.sleep(0.02)
        jobs.report("a", {"phase": "Completed", "activeSeconds": 65})

    runner = threading.Thread(target=complete)
    runner.start()
    done = plugin(verb, "a", "--wait", "--timeout=20s")
    runner.join()
    wanted = {"stop": "stopped", "pause": "paused"}[verb]
    assert (done.out.splitlines()[1:], done.code) == (
        [f"pimjob.pimjobs.dev/a not {wanted}: Completed, 4,200 items done in 1m5s"],
        1,
    )


@pytest.mark.parametrize(
    ("verb", "before", "meanwhile"),
    [
        ("pause", "Running", "Running"),
        ("pause", "Running", "Stopped"),
        ("resume", "Paused", "Paused"),
        ("resume", "Paused", "Stopped"),
    ],
)
def test_wait_is_over_when_somebody_asks_otherwise(
    jobs: Jobs, plugin: Plugin, verb: str, before: str, meanwhile: str
) -> None:
    jobs.put("a", {"phase": before, "observedGeneration": 1}, desiredState=before)
    with subprocess.Popen(
        [PROGRAM, verb, "a", "--wait", "--timeout=20", f"--namespace={plugin.namespace}"],
        stdout=subprocess.PIPE, text=True, env=plugin.environment,
    ) as running:  # fmt: skip
        assert running.stdout is not None
        running.stdout.readline()
        jobs.api.patch(f"{jobs.path}/a", {"spec": {"desiredState": meanwhile}})
        said, _ = running.communicate()
    wanted = {"pause": "paused", "resume": "running again"}[verb]
    assert (said, running.returncode) == (
        f"pimjob.pimjobs.dev/a not {wanted}: somebody has asked otherwise\n",
        1,
    )


def test_wait_for_a_retry_is_not_content_with_the_failure_before(
    jobs: Jobs, plugin: Plugin
) -> None:
    jobs.put("a", {"phase": "Failed", "observedGeneration": 1})
    done = plugin("retry", "a", "--wait", "--timeout=1")
    assert (done.code, done.err) == (5, "error: timed out: a is Failed\n")


def test_a_job_that_has_taken_the_name_meanwhile_is_left_alone(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", {"phase": "Running"})
    stop = [PROGRAM, "stop", "a", f"--namespace={plugin.namespace}"]
    with terminal_session(stop, plugin.environment, columns=120) as session:
        session.wait_for("[y/N] ")
        jobs.api.delete(f"{jobs.path}/a")
        jobs.put("a", {"phase": "Running"})
        session.type("y\n")
        assert session.end() == 1
    assert (
        "pimjob.pimjobs.dev/a: not done: it was replaced by another job of that name"
        in session.text
    )
    assert wish(jobs, "a")["desiredState"] == "Running"


def test_flags_may_stand_between_names(jobs: Jobs, plugin: Plugin) -> None:
    for name in "abc":
        jobs.put(name, {"phase": "Running"})
    assert plugin("stop", "a", "--yes", "b", "--reason", "wrong file", "c").code == 0
    assert {wish(jobs, name)["reason"] for name in "abc"} == {"wrong file"}


@pytest.mark.parametrize("name", ["", ".", "..", "pimjob/", "a%2Fstatus", "a\udcff"])
def test_what_is_no_name_changes_nothing(jobs: Jobs, plugin: Plugin, name: str) -> None:
    jobs.put("a", {"phase": "Running"})
    done = plugin("stop", name, "a")
    shown = repr(name.removeprefix("pimjob/"))
    assert (done.out, done.err, done.code) == ("", f"error: {shown} is no name\n", 2)
    assert wish(jobs, "a")["desiredState"] == "Running"


@pytest.mark.parametrize("name", ["a?fieldManager=b", "a b", "日本", "A#b"])
def test_a_name_with_odd_characters_is_asked_for_as_it_is(plugin: Plugin, name: str) -> None:
    done = plugin("stop", name)
    assert (done.out, done.code) == ("", 1)
    assert done.err.startswith(f"pimjob.pimjobs.dev/{name}: not done: NotFound: ")


def test_what_the_cluster_says_of_a_job_cannot_take_over_the_terminal(
    jobs: Jobs, plugin: Plugin
) -> None:
    jobs.put("a", {"phase": "Paused", "message": "Release \u202e is on."})
    done = plugin("resume", "a")
    assert done.out == "pimjob.pimjobs.dev/a nobody has paused it: Release   is on.\n"
