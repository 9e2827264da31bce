"""What is waited for and watched, in a terminal and without one."""

import signal
import subprocess
import threading
import time

import pytest

from support.plugin import PROGRAM, Jobs, Plugin
from support.terminal_session import terminal_session

pytestmark = pytest.mark.cluster


def command(plugin: Plugin, *arguments: str) -> list[str]:
    return [PROGRAM, *arguments, f"--namespace={plugin.namespace}"]


@pytest.mark.parametrize(
    ("phases", "code"),
    [
        (["Completed", "Completed"], 0),
        (["Completed", "Failed", "Stopped"], 3),
        (["Completed", "Stopped"], 4),
    ],
)
def test_the_exit_code_says_how_jobs_ended(
    jobs: Jobs, plugin: Plugin, phases: list[str], code: int
) -> None:
    for n, phase in enumerate(phases):
        jobs.put(f"job-{n}", {"phase": phase})
    done = plugin("wait", *(f"job-{n}" for n in range(len(phases))))
    assert done.code == code
    assert [line.split()[1].rstrip(",") for line in done.out.splitlines()] == phases


def test_of_no_jobs_there_is_nothing_to_wait_for(plugin: Plugin) -> None:
    done = plugin("wait")
    assert (done.out, done.err, done.code) == ("", "No jobs to wait for.\n", 0)


def test_a_timeout(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", {"phase": "Running"})
    done = plugin("wait", "a", "--timeout=1s")
    assert (done.code, done.err) == (5, "error: timed out: a is Running\n")


def test_a_job_that_ends_meanwhile(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", {"phase": "Running"})
    steps = [{"name": "import", "processed": 4200}]
    end = {"phase": "Failed", "message": "No such file.", "activeSeconds": 65, "steps": steps}
    operator = threading.Timer(0.7, lambda: jobs.report("a", end))
    operator.start()
    done = plugin("wait", "a", "--timeout=20s")
    operator.join()
    assert (done.out, done.code) == (
        "pimjob.pimjobs.dev/a Failed, 4,200 items done in 1m5s: No such file.\n",
        3,
    )


def test_a_job_that_is_deleted_meanwhile(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", {"phase": "Running"})
    people = threading.Timer(0.7, lambda: jobs.api.delete(f"{jobs.path}/a"))
    people.start()
    done = plugin("wait", "a", "--timeout=20s")
    people.join()
    assert (done.code, done.err) == (1, "error: deleted meanwhile: pimjob.pimjobs.dev/a\n")


def test_run_and_wait(jobs: Jobs, plugin: Plugin) -> None:
    def obey() -> None:
        while not jobs.all():
            time.sleep(0.02)
        jobs.report("a", {"phase": "Stopped"})

    operator = threading.Thread(target=obey)
    operator.start()
    done = plugin("run", "installation_check", "--name=a", "--wait", "--timeout=20s")
    operator.join()
    assert done.code == 4


def test_without_a_terminal_watch_writes_a_line_for_each_change(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", {"phase": "Running", "progress": "10%"})

    watch = command(plugin, "watch", "a")
    with subprocess.Popen(
        watch, stdout=subprocess.PIPE, text=True, env=plugin.environment
    ) as running:
        assert running.stdout is not None
        seen = [running.stdout.readline() for _ in ("header", "10%")]
        jobs.report("a", {"progress": "50%"})
        seen.append(running.stdout.readline())
        jobs.report("a", {"phase": "Completed", "progress": "100%"})
        seen += running.stdout.readlines()
    assert running.returncode == 0
    assert [row.split()[5] for row in seen[1:]] == ["10%", "50%", "100%"]
    assert "\x1b" not in "".join(seen)


def test_in_a_terminal_watch_paints_in_colour_over_itself(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", {"phase": "Running", "progress": "10%"}, label="A label of some length")
    jobs.put("b", {"phase": "Failed"})
    with terminal_session(command(plugin, "watch"), plugin.environment, columns=90) as session:
        session.wait_for("10%")
        assert "\x1b[36mRunning\x1b[0m" in session.raw
        assert "\x1b[31mFailed\x1b[0m" in session.raw
        jobs.report("a", {"phase": "Completed", "progress": "100%"})
        session.wait_for("100%")
        assert "\x1b[4A" in session.raw  # up over the lines painted before
        assert max(map(len, session.text.splitlines())) < 90
        session.type("\x03")
        assert session.end() == 0
    assert session.raw.endswith("\x1b[?25h") or "\x1b[?25h" in session.raw


def test_in_a_terminal_watch_of_one_is_its_detail_until_it_ends(jobs: Jobs, plugin: Plugin) -> None:
    step = {"name": "import", "label": "Import products", "phase": "Running", "total": 10}
    jobs.put("a", {"phase": "Running", "steps": [{**step, "processed": 5}]})
    watch = command(plugin, "watch", "a")
    with terminal_session(watch, {**plugin.environment, "NO_COLOR": "1"}) as session:
        session.wait_for("50%  5 of 10")
        done = {**step, "processed": 10, "phase": "Completed"}
        jobs.report("a", {"phase": "Completed", "steps": [done]})
        assert session.end() == 0
    assert "100%  10 of 10" in session.text
    assert "\x1b[3" not in session.raw


def test_a_stop_is_confirmed_in_a_terminal(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", {"phase": "Running"}, label="Daily products")
    stop = command(plugin, "stop", "a")
    with terminal_session(stop, plugin.environment) as session:
        shown = session.wait_for("Stop 1 job? [y/N] ")
        assert "Daily products" in shown
        assert "What is done stays done: nothing is reverted." in shown
        session.type("n\n")
        assert session.end() == 1
    assert "Nothing was done." in session.text
    assert jobs.read("a")["spec"]["desiredState"] == "Running"
    with terminal_session(stop, plugin.environment) as session:
        session.wait_for("[y/N] ")
        session.type("y\n")
        assert session.end() == 0
    assert jobs.read("a")["spec"]["desiredState"] == "Stopped"


def test_many_are_shown_and_counted_before_they_are_stopped(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put_many(25)
    stop = command(plugin, "stop", "--all-users")
    with terminal_session(stop, plugin.environment, columns=140, rows=60) as session:
        shown = session.wait_for("Stop 25 jobs? [y/N] ")
        assert "job-019" in shown
        assert "job-020" not in shown
        assert "… and 5 more" in shown
        session.type("y\n")
        assert session.end() == 0
    assert "25/25" in session.text
    assert "25 jobs: 25 stop asked for" in session.text


def test_ctrl_c_at_the_question_does_nothing(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", {"phase": "Running"})
    with terminal_session(command(plugin, "stop", "a"), plugin.environment) as session:
        session.wait_for("[y/N] ")
        session.type("\x03")
        assert session.end() == 128 + signal.SIGINT
    assert "Traceback" not in session.text
    assert jobs.read("a")["spec"]["desiredState"] == "Running"
