"""Logs that break off: told of one that is read, and gone on with of one that is followed."""

import subprocess
import threading

import pytest

from support.control_plane import wait_for
from support.fault_proxy import FaultProxy
from support.log_server import LAST, LogServer
from support.plugin import PROGRAM, Jobs, Plugin, attempt

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("account")]


def test_a_log_that_breaks_off_is_an_error(
    jobs: Jobs, between: tuple[FaultProxy, Plugin], kubelet: LogServer
) -> None:
    proxy, plugin = between
    job = jobs.put("a", {"phase": "Completed", "attempts": [attempt("a")]})
    kubelet.pod(plugin.namespace, job, 1, "one", "two", "three")
    proxy.break_log(after=2)
    done = plugin("logs", "a")
    assert (done.out.splitlines(), done.code) == (["one", "two"], 1)
    assert done.err.splitlines()[-1].startswith("error: the API server's answer broke off: ")


@pytest.mark.parametrize("flags", [(), ("--tail=3",)], ids=["all", "tail"])
def test_one_that_is_followed_goes_on_behind_the_last_line(
    jobs: Jobs, between: tuple[FaultProxy, Plugin], kubelet: LogServer, flags: tuple[str, ...]
) -> None:
    proxy, plugin = between
    job = jobs.put("a", {"phase": "Completed", "attempts": [attempt("a")]})
    pod = kubelet.pod(plugin.namespace, job, 1, "one", "two", "three", "four")
    proxy.break_log(after=2)
    done = plugin("logs", "a", "--follow", *flags)
    assert (done.out.splitlines(), done.code) == (kubelet.logs[pod][1 if flags else 0 :], 0)


def test_it_is_followed_on_past_an_api_server_that_goes_away(
    jobs: Jobs, between: tuple[FaultProxy, Plugin], kubelet: LogServer
) -> None:
    proxy, plugin = between
    job = jobs.put("a", {"phase": "Running", "attempts": [attempt("a")]})
    pod = kubelet.pod(plugin.namespace, job, 1, "one", "two")
    kubelet.open[pod] = threading.Event()
    with subprocess.Popen(
        [PROGRAM, "logs", "a", "--follow", f"--namespace={plugin.namespace}"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=plugin.environment,
    ) as running:  # fmt: skip
        assert running.stdout is not None
        assert [running.stdout.readline() for _ in range(2)] == ["one\n", "two\n"]
        with proxy.away() as tried:
            wait_for(lambda: len(tried) > 2, "it to ask again")
            jobs.report("a", {"phase": "Completed"})
        kubelet.open[pod].set()
        out, err = running.communicate(timeout=30)
    assert (out, running.returncode) == (f"{LAST}\n", 0), err
