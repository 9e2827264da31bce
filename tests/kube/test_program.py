"""How a component's process begins and ends."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from pimjob_kube.lease import LeaseLostError
from pimjob_kube.program import _until_it_ends
from pimjob_notifier.main import main as notifier
from pimjob_operator.main import main as operator

BOTH = pytest.mark.parametrize(
    ("main", "name"), [(operator, "pimjob-operator"), (notifier, "pimjob-notifier")]
)
Main = Callable[[list[str]], int]

EXEC = """\
current-context: a
contexts: [{name: a, context: {cluster: b, user: c}}]
clusters: [{name: b, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: c, user: {exec: {command: login}}}]
"""


@BOTH
def test_a_wrong_setting_is_said_before_anything_is_started(
    main: Main, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIMJOB_RUNNER_IMAGE", "runner:1")
    monkeypatch.setenv("PIMJOB_PORT", "many")
    assert main([]) == 2
    assert capsys.readouterr().err == f"{name}: PIMJOB_PORT must be a number, not 'many'.\n"


@BOTH
def test_a_kubeconfig_that_cannot_be_used_is_said(
    main: Main,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("PIMJOB_RUNNER_IMAGE", "runner:1")
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(EXEC)
    assert main([f"--kubeconfig={kubeconfig}"]) == 2
    assert capsys.readouterr().err.startswith(f"{name}: {kubeconfig}: user c logs in by 'exec'")


@BOTH
def test_outside_a_cluster_a_kubeconfig_is_asked_for(
    main: Main, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIMJOB_RUNNER_IMAGE", "runner:1")
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    assert main([]) == 2
    assert capsys.readouterr().err == (
        f"{name}: KUBERNETES_SERVICE_HOST is not set, so this is no pod:"
        " name a kubeconfig with --kubeconfig.\n"
    )


@BOTH
def test_help_names_its_own_variables_and_those_of_every_component(
    main: Main, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    told = capsys.readouterr().out
    assert told.startswith(f"usage: {name}")
    for variable in ("PIMJOB_SWEEP_SECONDS", "PIMJOB_WATCH_NAMESPACES", "PIMJOB_LOG_LEVEL"):
        assert f"\n  {variable} " in told


def test_a_signal_ends_it_in_peace() -> None:
    async def work() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.Event().wait()

    assert asyncio.run(_until_it_ends(work())) == 0


def failing(*errors: Exception) -> int:
    """Run a component whose tasks fail at once; return its exit code."""

    async def fail(error: Exception) -> None:
        raise error

    async def work() -> None:
        async with asyncio.TaskGroup() as group:
            for error in errors:
                group.create_task(fail(error))

    return asyncio.run(_until_it_ends(work()))


LOST = LeaseLostError("Another replica holds the Lease.")


def test_a_lost_lease_ends_it_so_that_it_is_started_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert failing(LOST) == 1
    assert caplog.messages == [str(LOST)]


def test_what_failed_beside_a_lost_lease_is_told_with_its_place(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert failing(ExceptionGroup("tasks", [LOST]), ZeroDivisionError("by 0")) == 1
    assert caplog.messages == ["What failed beside the Lease:", str(LOST)]
    assert "Traceback" in caplog.text
    assert "ZeroDivisionError: by 0" in caplog.text


def test_what_nobody_expected_is_raised() -> None:
    with pytest.RaisesGroup(ZeroDivisionError):
        failing(ZeroDivisionError())
