"""Logs of attempts: of one, of a step, from one attempt to the next, and after the pod is gone."""

import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pimjob_cli.attempt_log import of_step, readable
from support.control_plane import ROOT
from support.log_server import LogServer
from support.plugin import PROGRAM, Jobs, Plugin, attempt

LOG = (
    "INFO attempt 1 of a holds epoch 1",
    "INFO validate: begins after 0 items",
    "INFO validate: Completed, {'read': 3}",
    "INFO import: begins after 0 items",
    "WARNING import is slow: begins after 5 items",
    "INFO import: Paused, {'read': 2}",
    "INFO Paused: The job is paused.",
)


RECORD = (
    '{"time": "2026-11-27T16:00:00+0000", "level": "info", "logger": "pimjob_runner.engine.engine",'
    ' "message": "import: begins after 0 items"}'
)


@pytest.mark.cluster
@pytest.mark.usefixtures("account")
def test_all_attempts_in_turn(jobs: Jobs, plugin: Plugin, kubelet: LogServer) -> None:
    attempts = [attempt("a"), attempt("a", 2)]
    job = jobs.put("a", {"phase": "Completed", "attempts": attempts})
    kubelet.pod(plugin.namespace, job, 1, *LOG)
    kubelet.pod(plugin.namespace, job, 2, "second \x1b[2J")
    done = plugin("logs", "a")
    assert done.out.splitlines() == [*LOG, "second  [2J"]
    assert done.err == "attempt 1, pod a-1-abcde:\nattempt 2, pod a-2-abcde:\n"
    assert plugin("logs", "a", "--attempt=2").out == "second  [2J\n"
    assert plugin("logs", "a", "--attempt=1", "--tail=1").out == LOG[-1] + "\n"


@pytest.mark.cluster
@pytest.mark.usefixtures("account")
def test_one_step(jobs: Jobs, plugin: Plugin, kubelet: LogServer) -> None:
    steps = [{"name": "validate"}, {"name": "import"}]
    job = jobs.put("a", {"phase": "Paused", "attempts": [attempt("a")], "steps": steps})
    kubelet.pod(plugin.namespace, job, 1, *LOG)
    assert plugin("logs", "a", "--step=import").out.splitlines() == list(LOG[3:6])
    wrong = plugin("logs", "a", "--step=export")
    assert (wrong.code, wrong.err) == (
        2,
        "error: there is no step 'export'; there are validate, import\n",
    )


@pytest.mark.cluster
@pytest.mark.usefixtures("account")
def test_it_follows_from_attempt_to_attempt(jobs: Jobs, plugin: Plugin, kubelet: LogServer) -> None:
    job = jobs.put("a", {"phase": "Running", "attempts": [attempt("a")]})
    first = kubelet.pod(plugin.namespace, job, 1, "first")
    kubelet.open[first] = threading.Event()

    def work() -> None:
        kubelet.pod(plugin.namespace, job, 2, "second")
        kubelet.open[first].set()
        gone = attempt("a", outcome="Interrupted")
        jobs.report("a", {"attempts": [gone, attempt("a", 2)]})
        jobs.report("a", {"phase": "Completed"})

    runner = threading.Timer(1.0, work)
    runner.start()
    done = plugin("logs", "a", "--follow")
    runner.join()
    assert done.out.splitlines() == ["first", "the last line", "second"]
    assert done.err.splitlines()[-1] == "a is Completed"


@pytest.mark.cluster
@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("flags", [(), ("--tail=3",)], ids=["all", "tail"])
def test_it_follows_on_where_the_node_has_ended_its_answer(
    jobs: Jobs, plugin: Plugin, kubelet: LogServer, flags: tuple[str, ...]
) -> None:
    job = jobs.put("e", {"phase": "Completed", "attempts": [attempt("e")]})
    pod = kubelet.pod(plugin.namespace, job, 1, "one", "two", "three", "four")
    kubelet.breaks[pod] = 2
    done = plugin("logs", "e", "--follow", *flags)
    assert (done.out.splitlines(), done.code) == (kubelet.logs[pod][1 if flags else 0 :], 0)


@pytest.mark.cluster
@pytest.mark.usefixtures("account")
def test_it_follows_a_pod_that_has_not_begun(
    jobs: Jobs, plugin: Plugin, kubelet: LogServer
) -> None:
    job = jobs.put("b", {"phase": "Starting", "attempts": [attempt("b")]})
    pod = kubelet.pod(plugin.namespace, job, 1, "first", bound=False)

    def work() -> None:
        kubelet.bind(plugin.namespace, pod)
        jobs.report("b", {"phase": "Completed"})

    scheduler = threading.Timer(1.0, work)
    scheduler.start()
    done = plugin("logs", "b", "--follow")
    scheduler.join()
    assert (done.out, done.code) == ("first\n", 0)
    assert done.err.count("waiting for the pod: no node has taken it yet") == 1


@pytest.mark.cluster
@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("which", [(), ("--attempt=1",)], ids=["all", "one"])
def test_it_follows_from_before_there_is_a_pod(
    jobs: Jobs, plugin: Plugin, kubelet: LogServer, which: tuple[str, ...]
) -> None:
    job = jobs.put("c", {"phase": "Starting", "attempts": [attempt("c")]})
    with following(plugin, "c", *which) as running:
        assert running.stderr is not None
        assert running.stderr.readline() == "attempt 1: its pod is not there\n"
        kubelet.pod(plugin.namespace, job, 1, "first")
        assert running.stdout is not None
        assert running.stdout.readline() == "first\n"
        jobs.report("c", {"phase": "Completed", "attempts": [attempt("c", outcome="Completed")]})
    assert running.returncode == 0


@pytest.mark.cluster
@pytest.mark.usefixtures("account")
def test_it_follows_past_a_pod_that_is_deleted_before_it_begins(
    jobs: Jobs, plugin: Plugin, kubelet: LogServer
) -> None:
    job = jobs.put("d", {"phase": "Starting", "attempts": [attempt("d")]})
    pod = kubelet.pod(plugin.namespace, job, 1, "never", bound=False)
    with following(plugin, "d") as running:
        assert running.stderr is not None
        said = [running.stderr.readline() for _ in ("attempt", "waiting")]
        assert said[1] == "waiting for the pod: no node has taken it yet\n"
        jobs.api.delete(f"/api/v1/namespaces/{plugin.namespace}/pods/{pod}?gracePeriodSeconds=0")
        assert running.stderr.readline() == "attempt 1: its pod is not there\n"
        kubelet.pod(plugin.namespace, job, 2, "second")
        gone = attempt("d", outcome="Interrupted", reason="PodDeleted")
        jobs.report("d", {"phase": "Running", "attempts": [gone, attempt("d", 2)]})
        assert running.stdout is not None
        assert running.stdout.readline() == "second\n"
        jobs.report("d", {"phase": "Completed"})
        assert running.stderr.readlines() == [
            "attempt 1: its pod is gone; it ended Interrupted (PodDeleted)\n",
            "attempt 2, pod d-2-abcde:\n",
            "d is Completed\n",
        ]
    assert running.returncode == 0


@contextmanager
def following(plugin: Plugin, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [PROGRAM, "logs", "--follow", *arguments, f"--namespace={plugin.namespace}"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=plugin.environment,
    ) as running:  # fmt: skip
        try:
            yield running
        except BaseException:
            running.kill()
            raise


@pytest.mark.cluster
def test_of_a_job_that_ends_without_an_attempt_its_end_is_told(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", {"phase": "Queued", "message": "Behind \u202e others."})
    people = threading.Timer(1.0, lambda: jobs.report("a", {"phase": "Stopped"}))
    people.start()
    done = plugin("logs", "a", "--follow")
    people.join()
    assert done.err.splitlines() == [
        "a is Queued: Behind   others.",
        "a is Stopped",
        "error: a has had no attempt: it is Stopped",
    ]


@pytest.mark.cluster
def test_of_a_pod_that_is_gone_its_end_is_told(jobs: Jobs, plugin: Plugin) -> None:
    gone = attempt("a", outcome="Crashed", reason="OOMKilled", message="Short.", processed=42)
    jobs.put("a", {"phase": "Failed", "attempts": [gone]})
    done = plugin("logs", "a")
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines() == [
        "attempt 1: its pod is gone; it ended Crashed (OOMKilled: Short.), 42 items done by then",
        "error: no pod of a is left, and it kept no log as a file",
    ]


@pytest.mark.cluster
def test_a_log_that_was_kept_as_a_file_is_named(jobs: Jobs, plugin: Plugin) -> None:
    kept = {"kind": "log", "name": "job.log", "url": "file:///data/a/job.log"}
    jobs.put("a", {"phase": "Failed", "attempts": [attempt("a")], "artifacts": [kept]})
    assert "kubectl pimjob files a job.log" in plugin("logs", "a").err


@pytest.mark.cluster
def test_a_job_without_an_attempt(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", {"phase": "Queued"})
    assert plugin("logs", "a").err == "error: a has had no attempt: it is Queued\n"
    assert plugin("logs", "a", "--attempt=3").code == 2


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("words {of} a program", ["words {of} a program"]),
        ('{"message": "not a record of ours"}', ['{"message": "not a record of ours"}']),
        ("[1, 2]", ["[1, 2]"]),
        (f"{RECORD}", ["2026-11-27T16:00:00+0000 INFO import: begins after 0 items"]),
        (
            f"2026-11-27T16:00:01Z {RECORD}",
            ["2026-11-27T16:00:01Z INFO import: begins after 0 items"],
        ),
        (
            RECORD.replace("{", '{"error": "Traceback:\\n  line 1", '),
            [
                "2026-11-27T16:00:00+0000 INFO import: begins after 0 items",
                "Traceback:",
                "  line 1",
            ],
        ),
    ],
)
def test_records_are_shown_as_lines(line: str, shown: list[str]) -> None:
    assert readable(line) == shown


def test_the_lines_of_a_step_are_those_that_the_engine_writes() -> None:
    """The runner's log has no fields; these two lines are what tells its steps apart."""
    engine = (ROOT / "job_runner/pimjob_runner/engine/engine.py").read_text(encoding="utf-8")
    written = re.findall(r'log\.info\("(%s: [^"]+)"', engine)
    assert written == ["%s: begins after %d items", "%s: %s, %s"]
    begin, end = (f"INFO {line}" for line in written)
    log = [begin % ("import", 0), "in it", end % ("import", "Completed", {}), "behind it"]
    assert list(of_step("import", log)) == log[:3]
    console = [
        f"2026-11-27 16:00:00,123 INFO    pimjob_runner.engine.engine {line[5:]}" for line in log
    ]
    assert list(of_step("import", console)) == console[:3]
    stamped = [f"2026-11-27T16:00:00Z {line}" for line in log]
    assert list(of_step("import", stamped)) == stamped[:3]
