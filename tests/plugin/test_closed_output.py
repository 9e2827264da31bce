"""Whoever reads the output leaves, as `head` does, or it cannot be written."""

import os
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from support.plugin import PROGRAM, Done, Jobs, Plugin, attempt
from support.waiting import waiting

pytestmark = pytest.mark.cluster

MANY = 40


def unread(plugin: Plugin, *arguments: str, errors: bool = True) -> Done:
    """Run it with nobody at the other end of standard output, or of both."""
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [PROGRAM, *arguments, f"--namespace={plugin.namespace}"],
            stdin=subprocess.DEVNULL, stdout=write, text=True, check=False, timeout=60,
            stderr=subprocess.PIPE if errors else write,
            env=plugin.environment,
        )  # fmt: skip
    finally:
        os.close(write)
    return Done("", done.stderr or "", done.returncode)


def stopped(jobs: Jobs) -> int:
    return sum(job["spec"]["desiredState"] == "Stopped" for job in jobs.all())


def test_all_that_was_confirmed_is_done_without_a_reader(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put_many(MANY)
    done = unread(plugin, "stop", "--all-users", "--yes")
    assert stopped(jobs) == MANY
    assert (done.err, done.code) == (f"{MANY} jobs: {MANY} stop asked for\n", 0)


@pytest.mark.parametrize("errors", [True, False])
def test_a_refusal_is_in_the_exit_code_without_a_reader(
    jobs: Jobs, plugin: Plugin, *, errors: bool
) -> None:
    jobs.put_many(3)
    jobs.put("fixed", {"phase": "Running", "stoppable": False})
    assert unread(plugin, "stop", "--all-users", "--yes", errors=errors).code == 1
    assert stopped(jobs) == 3


def test_wait_goes_on_without_a_reader(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", {"phase": "Completed"})
    jobs.put("b", {"phase": "Running"})
    operator = threading.Timer(1.0, lambda: jobs.report("b", {"phase": "Failed"}))
    operator.start()
    done = unread(plugin, "wait", "a", "b", "--timeout=20s")
    operator.join()
    assert (done.err, done.code) == ("", 3)


@pytest.mark.parametrize(
    "command",
    [["list"], ["get", "a"], ["get", "a", "-o", "json"], ["watch"], ["top"], ["list", "--help"]],
    ids=" ".join,
)
def test_who_only_reads_ends_with_the_reader(
    jobs: Jobs, plugin: Plugin, command: list[str]
) -> None:
    jobs.put("a", {"phase": "Running", "attempts": [attempt("a")]})
    done = unread(plugin, *command)
    assert (done.err, done.code) == ("", 0)


def test_what_is_said_of_an_error_needs_no_reader(plugin: Plugin) -> None:
    assert unread(plugin, "get", "gone", errors=False).code == 1


def test_a_full_disk_is_an_error_where_there_is_nothing_but_to_print(
    jobs: Jobs, plugin: Plugin
) -> None:
    jobs.put("a", {"phase": "Running"})
    done = onto_a_full_disk(plugin, "list")
    said = "standard output cannot be written: No space left on device\n"
    assert (done.err, done.code) == (f"error: {said}", 1)
    done = onto_a_full_disk(plugin, "stop", "a")
    assert (done.err, done.code) == (f"Warning: {said}", 0)
    assert stopped(jobs) == 1


def onto_a_full_disk(plugin: Plugin, *arguments: str) -> Done:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [PROGRAM, *arguments, f"--namespace={plugin.namespace}"],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=plugin.environment,
        )  # fmt: skip
    return Done("", done.stderr, done.returncode)


def test_closed_streams_are_no_trouble(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", {"phase": "Running"})
    closed = ("sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", PROGRAM)
    assert plugin("stop", "a", through=closed).code == 0
    assert stopped(jobs) == 1
    assert plugin("get", "gone", through=closed).code == 1


def test_what_cannot_be_shown_is_a_question_mark(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", {"phase": "Running"}, label="Très bien")
    done = plugin("get", "a", PYTHONIOENCODING="ascii")
    assert (done.code, done.out.splitlines()[0]) == (0, "Tr?s bien   Running")


def test_nohup_keeps_it_when_the_terminal_is_closed(jobs: Jobs, plugin: Plugin) -> None:
    with waiting(jobs, plugin, "nohup", start_new_session=True) as (running, told):
        os.killpg(running.pid, signal.SIGHUP)
        jobs.report("b", {"phase": "Stopped"})
        assert "/b Stopped" in told.readline()
    assert running.returncode == 4
