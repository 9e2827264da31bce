"""Starts components detached, and later ends just those.

A pid file holds the pid and the start time: a pid that was given to another
process meanwhile is never touched. A mark in the environment, inherited by
containerd's shims, tells ours apart even when a pid file is lost.
"""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

MARK = "PIMJOBS_CLUSTER"
STOP_SECONDS = 10


def start(
    name: str, command: list[str], *, run: Path, logs: Path, path: str, mark: str = ""
) -> None:
    """Start a component unless it is alive. `mark` names the cluster that it belongs to."""
    if alive(name, run):
        return
    logs.mkdir(parents=True, exist_ok=True)
    run.mkdir(parents=True, exist_ok=True)
    with (logs / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={"PATH": path, "HOME": "/root", MARK: mark},
        )
    # It outlives this program, which must not wait for it.
    process.returncode = 0
    record = {"pid": process.pid, "started": _start_time(process.pid)}
    (run / f"{name}.pid").write_text(json.dumps(record), encoding="ascii")


def alive(name: str, run: Path) -> bool:
    """Whether the component that we started still runs."""
    return _pid(name, run) is not None


def send(name: str, run: Path, number: signal.Signals) -> None:
    """Send a signal to a component that we started, if it is alive."""
    pid = _pid(name, run)
    if pid is not None:
        os.kill(pid, number)


def runs(pid: int) -> bool:
    """Whether a process exists and is more than a zombie."""
    return _start_time(pid) is not None


def stop(name: str, run: Path) -> None:
    """End a component: SIGTERM, then SIGKILL."""
    pid = _pid(name, run)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        if not _ended(name, run):
            os.kill(pid, signal.SIGKILL)
            _ended(name, run)
    (run / f"{name}.pid").unlink(missing_ok=True)


def marked(mark: str) -> set[int]:
    """Return the processes on this machine that bear a mark."""
    wanted = f"{MARK}={mark}".encode()
    return {
        pid for pid in pids() if same_network(pid) and wanted in _bytes(pid, "environ").split(b"\0")
    }


def pids() -> list[int]:
    """Return every process that /proc shows."""
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*")]


def same_network(pid: int) -> bool:
    """Whether a process shares our network: one inside a container is no business of ours."""
    try:
        return Path(f"/proc/{pid}/ns/net").readlink() == Path("/proc/self/ns/net").readlink()
    except OSError:
        return False


def _ended(name: str, run: Path) -> bool:
    deadline = time.monotonic() + STOP_SECONDS
    while _pid(name, run) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _pid(name: str, run: Path) -> int | None:
    try:
        record = json.loads((run / f"{name}.pid").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    same = _start_time(record["pid"]) == record["started"]
    return int(record["pid"]) if same else None


def _start_time(pid: int) -> str | None:
    """Clock ticks since boot, with the boot; None for a process that is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    except OSError:
        return None
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return None if fields[0] == "Z" else f"{boot}:{fields[19]}"


def _bytes(pid: int, file: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{file}").read_bytes()
    except OSError:
        return b""
