"""The process itself: what it imports, what it starts, and what is left of it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pimjob_cli.command_line import COMMANDS
from support.control_plane import wait_for
from support.plugin import PROGRAM, Jobs, Plugin
from support.waiting import waiting

HEAVY = {"dataclasses", "subprocess", "http.client", "json", "ssl", "pathlib", "shutil"}


ALL_OF_IT = """
import sys
from pimjob_cli import command_line, completion, main
for arguments in (["--help"], *([name, "--help"] for name in command_line.COMMANDS)):
    try:
        main.main(arguments)
    except SystemExit:
        pass
for words in ([""], ["list", "--st"], ["list", "--status", "r"]):
    completion.main(words)
print(*sys.modules, file=sys.stderr)
"""


def test_help_and_tab_import_little() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path = {sys.path!r}\n{ALL_OF_IT}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    imported = set(done.stderr.split())
    assert {f"pimjob_cli.commands.{name}" for name in COMMANDS} <= imported
    assert "--status\t" in done.stdout
    assert not imported & HEAVY
    assert not [name for name in imported if name.startswith("pimjob_cli.actions")]


@pytest.mark.cluster
@pytest.mark.parametrize(
    ("number", "send"),
    [
        (signal.SIGKILL, os.kill),
        (signal.SIGTERM, os.kill),
        (signal.SIGINT, os.kill),
        (signal.SIGTERM, os.killpg),
        (signal.SIGHUP, os.killpg),
    ],
)
def test_however_it_ends_its_kubectl_ends_and_leaves_nothing(
    jobs: Jobs, plugin: Plugin, number: int, send: Callable[[int, int], None]
) -> None:
    jobs.put("a", {"phase": "Running"})
    running = subprocess.Popen(
        [PROGRAM, "wait", "a", f"--namespace={plugin.namespace}"],
        stdout=subprocess.DEVNULL, env=plugin.environment, start_new_session=True,
    )  # fmt: skip
    [socket] = wait_for(lambda: list(plugin.home.glob("pimjob-*/s")), "its socket")
    assert socket.parent.stat().st_mode & 0o777 == 0o700
    [proxy] = wait_for(lambda: _proxies(socket), "its kubectl")
    send(running.pid, number)
    running.wait(10)
    wait_for(lambda: not list(plugin.home.glob("pimjob-*")), "its folder to go")
    wait_for(lambda: not Path(f"/proc/{proxy}").exists(), "its kubectl to go")


@pytest.mark.cluster
def test_without_its_kubectl_it_ends(jobs: Jobs, plugin: Plugin) -> None:
    with waiting(jobs, plugin, stderr=subprocess.PIPE) as (running, _):
        [socket] = plugin.home.glob("pimjob-*/s")
        [proxy] = _proxies(socket)
        os.kill(proxy, signal.SIGKILL)
        _, said = running.communicate(timeout=20)
    assert running.returncode == 1
    assert said == "error: the kubectl through which the API server is asked has ended\n"


def _proxies(socket: Path) -> list[int]:
    wanted = f"--unix-socket={socket}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if wanted in words and words[0] == b"kubectl":
            found.append(int(process.name))
    return found


@pytest.mark.cluster
def test_a_reader_that_has_seen_enough_is_no_trouble(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put_many(30)
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [PROGRAM, "list", "-n", plugin.namespace],
        stdout=write, stderr=subprocess.PIPE, env=plugin.environment, check=False,
    )  # fmt: skip
    os.close(write)
    assert (done.stderr, done.returncode) == (b"", 0)


@pytest.mark.cluster
def test_the_first_argument_may_be_a_flag_of_kubectl(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a")
    done = plugin("--as=admin", "--as-group=system:masters", "list")
    assert done.names == ["a"]
