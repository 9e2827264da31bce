"""An API server that refuses what it took before, goes away, or whose answers are lost."""

import os
import select
import signal
import subprocess
from collections.abc import Callable

import pytest

from support.control_plane import wait_for
from support.fault_proxy import FaultProxy
from support.faults import Answer, Call, Fault, Forward, deny, lose_answer, never_answer, refuse
from support.plugin import OURS, PROGRAM, Jobs, Plugin, attempt
from support.waiting import waiting

pytestmark = pytest.mark.cluster


def test_to_be_logged_out_once_is_no_trouble(
    jobs: Jobs, between: tuple[FaultProxy, Plugin]
) -> None:
    """As with a token that has just expired: the refusal is what makes kubectl fetch another."""
    proxy, plugin = between
    jobs.put("a", {"phase": "Running"})
    proxy.on(refuse(401), method="GET", kind="pimjobs")
    proxy.on(refuse(401), method="PATCH", kind="pimjobs")
    assert plugin("stop", "a").code == 0
    assert jobs.read("a")["spec"]["desiredState"] == "Stopped"


def test_to_be_logged_out_for_good_is_told(between: tuple[FaultProxy, Plugin]) -> None:
    proxy, plugin = between
    proxy.on(refuse(401), kind="pimjobs", every=1)
    done = plugin("list", "--all-users")
    assert (done.code, done.err) == (
        1,
        "error: you are not logged in to the server (Unauthorized)\n",
    )


@pytest.mark.parametrize("fault", [lose_answer(), deny(504)], ids=["lost", "timed out"])
def test_a_lost_answer_is_no_proof_and_keeps_nothing_from_the_others(
    jobs: Jobs, between: tuple[FaultProxy, Plugin], fault: Fault
) -> None:
    proxy, plugin = between
    jobs.put_many(3)
    proxy.on(fault, method="PATCH", kind="pimjobs")
    done = plugin("stop", "--all-users", "--yes")
    assert done.code == 1
    assert len(done.out.splitlines()) == 2
    assert ": perhaps not done, ask again: " in done.err
    assert all(job["spec"]["desiredState"] == "Stopped" for job in jobs.all())


def test_each_is_reported_while_others_are_under_way(
    jobs: Jobs, between: tuple[FaultProxy, Plugin]
) -> None:
    proxy, plugin = between
    jobs.put_many(2)
    proxy.on(never_answer(), method="PATCH", kind="pimjobs")
    with subprocess.Popen(
        [PROGRAM, "stop", "--all-users", "--yes", f"--namespace={plugin.namespace}"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=plugin.environment,
    ) as running:  # fmt: skip
        is_there, _, _ = select.select([running.stdout], [], [], 20)
        running.kill()
        assert is_there, "nothing is told before all is done"
        said, _ = running.communicate()
    assert said.endswith(b" stop asked for\n")


@pytest.mark.parametrize("fault", [lose_answer(), deny(504)], ids=["lost", "timed out"])
def test_what_was_perhaps_created_is_named(
    jobs: Jobs, between: tuple[FaultProxy, Plugin], fault: Fault
) -> None:
    proxy, plugin = between
    proxy.on(fault, method="POST", kind="pimjobs")
    done = plugin("run", "installation_check")
    [made] = jobs.all()
    assert (done.out, done.code) == ("", 1)
    assert done.err.splitlines()[-1].startswith(
        f"error: pimjob.pimjobs.dev/{made['metadata']['name']}: perhaps created;"
        " look before you run it again: "
    )


def test_wait_outlives_an_api_server_that_goes_away(
    jobs: Jobs, between: tuple[FaultProxy, Plugin]
) -> None:
    proxy, plugin = between
    with waiting(jobs, plugin) as (running, told):
        with proxy.away():
            jobs.report("b", {"phase": "Stopped"})
        assert told.readline().startswith("pimjob.pimjobs.dev/b Stopped")
    assert running.returncode == 4


def test_a_release_is_waited_for_past_an_api_server_that_goes_away(
    jobs: Jobs, between: tuple[FaultProxy, Plugin]
) -> None:
    proxy, plugin = between
    path = f"{OURS}/namespaces/{plugin.namespace}/pimreleases/weekly"
    drained = {"type": "Drained", "status": "True", "reason": "Drained",
               "lastTransitionTime": "2026-11-27T16:00:00Z", "message": ""}  # fmt: skip
    with subprocess.Popen(
        [PROGRAM, "releases", "close", "weekly", "--wait", f"--namespace={plugin.namespace}"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=plugin.environment,
    ) as running:  # fmt: skip
        assert running.stdout is not None
        assert running.stdout.readline() == "pimrelease.pimjobs.dev/weekly closed\n"
        with proxy.away() as tried:
            wait_for(lambda: tried, "it to ask again")
            status = {"observedGeneration": 1, "gate": "Closed", "conditions": [drained]}
            jobs.api.patch(f"{path}/status", {"status": status})
    assert running.returncode == 0


def test_a_selector_that_is_none_is_told_at_once(plugin: Plugin) -> None:
    done = plugin("watch", "--selector=a==b==c")
    assert (done.out, done.code) == ("", 1)
    assert done.err.startswith("Error from server (BadRequest): ")


def put_with_a_file(jobs: Jobs) -> None:
    """Put job `a`, which has ended and has a file, where pods can be created."""
    accounts = f"/api/v1/namespaces/{jobs.namespace}/serviceaccounts"
    jobs.api.create(accounts, {"metadata": {"name": "default"}})
    csv = {"kind": "input", "name": "a.csv", "url": "file:///data/in/a.csv"}
    jobs.put("a", {"phase": "Completed", "attempts": [attempt("a")], "artifacts": [csv]})


def lose_what_is_heard() -> Fault:
    """Let the server do it, and never answer."""

    async def fault(call: Call, forward: Forward) -> Answer:
        await forward()
        return await never_answer()(call, forward)

    return fault


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize(
    ("number", "send"),
    [
        (signal.SIGINT, os.kill),
        (signal.SIGTERM, os.kill),
        (signal.SIGTERM, os.killpg),
        (signal.SIGHUP, os.killpg),
    ],
    ids=["Ctrl-C", "told to end", "timeout", "terminal closed"],
)
def test_the_pod_that_reads_is_deleted_by_a_signal(
    jobs: Jobs,
    between: tuple[FaultProxy, Plugin],
    method: str,
    number: int,
    send: Callable[[int, int], None],
) -> None:
    """Whatever is under way when it comes: its creation, or what it is waited for with."""
    proxy, plugin = between
    put_with_a_file(jobs)
    proxy.on(lose_what_is_heard(), method=method, kind="pods")
    pods = f"/api/v1/namespaces/{jobs.namespace}/pods"
    with subprocess.Popen(
        [PROGRAM, "files", "a", "a.csv", f"--namespace={jobs.namespace}"],
        stderr=subprocess.PIPE, text=True, env=plugin.environment, start_new_session=True,
    ) as running:  # fmt: skip
        wait_for(lambda: proxy.by_kind()[method, "pods"], "the request")
        wait_for(lambda: jobs.api.get(pods)["items"], "the pod")
        send(running.pid, number)
        _, said = running.communicate(timeout=20)
    assert jobs.api.get(pods)["items"] == []
    assert running.returncode == 128 + number
    assert "Warning" not in said


def test_a_pod_that_cannot_be_deleted_hides_nothing(
    jobs: Jobs, between: tuple[FaultProxy, Plugin]
) -> None:
    proxy, plugin = between
    put_with_a_file(jobs)
    proxy.on(refuse(403), method="DELETE", kind="pods")
    *_, warning, error = plugin("files", "a", "a.csv", "--timeout=1").err.splitlines()
    assert warning.startswith("Warning: pod a-files-")
    assert warning.endswith(" is left, and ends by itself: 403 by the test")
    assert error.startswith("error: the pod that reads the files did not start in 1 s")
