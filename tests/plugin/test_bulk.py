"""Hundreds of jobs by a filter: shown first, done at once, reported each, safe to repeat."""

import re
import signal
import subprocess
import threading
from collections.abc import Iterator

import pytest

from pimjob_cli.bulk import each
from pimjob_cli.job import Job
from support.plugin import PROGRAM, Jobs, Plugin

pytestmark = pytest.mark.cluster

MANY = 510
"""More than one answer of a list has."""


def test_five_hundred_are_one_command_that_can_be_killed_and_repeated(
    jobs: Jobs, plugin: Plugin
) -> None:
    jobs.put_many(MANY)
    jobs.put("done", {"phase": "Completed"})
    assert len(plugin("list", "--all-users").names) == MANY + 1
    stop = ["stop", "--all-users", "--yes", "--reason=wrong file"]

    killed = _killed_after(50, plugin, *stop)
    assert 50 <= len(_stopped(jobs)) < MANY
    assert {line.split()[0].rpartition("/")[2] for line in killed} <= _stopped(jobs)

    done = plugin(*stop)
    assert done.code == 0
    assert all(line.endswith(" stop asked for") for line in done.out.splitlines())
    assert "1 job left alone: already ended: Completed" in done.err
    # What was under way when it was killed may have been obeyed after that.
    [begun] = re.findall(r"(\d+) jobs left alone: a stop is already asked for", done.err)
    assert int(begun) >= 50
    assert int(begun) + len(done.out.splitlines()) == MANY
    assert _stopped(jobs) == {f"job-{n:03d}" for n in range(MANY)}

    again = plugin(*stop)
    assert (again.code, again.out) == (0, "")
    assert f"{MANY} jobs left alone: a stop is already asked for" in again.err


def _killed_after(lines: int, plugin: Plugin, *arguments: str) -> list[str]:
    """Kill it once it has reported so many; return what it has reported."""
    running = subprocess.Popen(
        [PROGRAM, *arguments, f"--namespace={plugin.namespace}"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=plugin.environment,
    )  # fmt: skip
    assert running.stdout is not None
    said = [running.stdout.readline() for _ in range(lines)]
    running.kill()
    running.communicate()
    return said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_was_done_before_it_was_ended_is_told(
    jobs: Jobs, plugin: Plugin, number: signal.Signals
) -> None:
    jobs.put_many(MANY)
    with subprocess.Popen(
        [PROGRAM, "stop", "--all-users", "--yes", f"--namespace={plugin.namespace}"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=plugin.environment,
    ) as running:  # fmt: skip
        assert running.stdout is not None
        assert running.stderr is not None
        lines = [running.stdout.readline() for _ in range(20)]
        running.send_signal(number)
        lines += running.stdout.readlines()
        said = running.stderr.read()
    assert running.returncode == 128 + number
    told = {line.split()[0].rpartition("/")[2] for line in lines}
    assert told == _stopped(jobs)
    assert 20 <= len(told) < MANY
    assert said == f"{MANY} jobs: {len(told)} stop asked for, {MANY - len(told)} not asked\n"


class _Interrupted(list[Job]):
    """Jobs of which the tenth is handed out when Ctrl-C is pressed, and one has been asked."""

    def __init__(self, jobs: list[Job], begun: threading.Event) -> None:
        super().__init__(jobs)
        self._begun = begun

    def __iter__(self) -> Iterator[Job]:
        for number, job in enumerate(super().__iter__()):
            if number == 10:
                assert self._begun.wait(20)
                signal.raise_signal(signal.SIGINT)
            yield job


@pytest.fixture
def plain_ctrl_c() -> Iterator[None]:
    """What Python does at a Ctrl-C, whatever a program that another test has run made of it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("plain_ctrl_c")
def test_a_signal_that_comes_before_all_are_handed_out_leaves_none_untold() -> None:
    begun, asked, told = threading.Event(), set[str](), set[str]()

    def ask(job: Job) -> Job:
        asked.add(job.name)
        begun.set()
        return job

    jobs = [Job({"metadata": {"name": f"job-{n}"}}) for n in range(MANY)]
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - raised at the end, after what was told
        for job, _ in each(_Interrupted(jobs, begun), ask):
            told.add(job.name)
    assert told == asked
    assert 0 < len(told) <= 10


def _stopped(jobs: Jobs) -> set[str]:
    return {j["metadata"]["name"] for j in jobs.all() if j["spec"]["desiredState"] == "Stopped"}


def test_nothing_is_done_where_nobody_can_be_asked(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", {"phase": "Running"})
    done = plugin("stop", "--status=running")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "error: this would stop 1 job; add --yes to do it, or --dry-run=client to see them\n"
    )
    assert jobs.read("a")["spec"]["desiredState"] == "Running"


def test_a_filter_is_about_your_own_jobs(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("mine", {"phase": "Running"})
    jobs.put("hers", {"phase": "Running"}, user="julia")
    plugin("pause", "--status=running", "--yes")
    found = {j["metadata"]["name"]: j["spec"]["desiredState"] for j in jobs.all()}
    assert found == {"mine": "Paused", "hers": "Running"}


def test_what_is_refused_is_reported_and_the_others_are_done(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", {"phase": "Running"})
    jobs.put("b", {"phase": "Running", "stoppable": False})
    done = plugin("stop", "--all-users", "--yes")
    assert (done.code, done.out) == (1, "pimjob.pimjobs.dev/a stop asked for\n")
    assert "pimjob.pimjobs.dev/b: not done: Invalid" in done.err
    assert "2 jobs: " in done.err


def test_wait_is_also_for_those_that_were_asked_before(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", {"phase": "Stopping"}, desiredState="Stopped")
    jobs.put("b", {"phase": "Stopped"}, desiredState="Stopped")
    stop = ["stop", "--all-users", "--yes", "--wait"]
    done = plugin(*stop, "--timeout=1")
    assert (done.code, done.err.splitlines()[-1]) == (5, "error: timed out: a is Stopping")
    jobs.report("a", {"phase": "Stopped"})
    assert plugin(*stop).code == 0
