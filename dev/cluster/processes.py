"""Starts components detached, and later ends just those.

A pid file holds the pid and the start time: a pid that was given to another
process meanwhile is never touched.
"""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

STOP_SECONDS = 10


def start(name: str, command: list[str], *, run: Path, logs: Path, path: str) -> None:
    """Start a component unless it is alive."""
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
            env={"PATH": path, "HOME": "/root"},
        )
    # It outlives this program, which must not wait for it.
    process.returncode = 0
    record = {"pid": process.pid, "started": _start_time(process.pid)}
    (run / f"{name}.pid").write_text(json.dumps(record), encoding="ascii")


def alive(name: str, run: Path) -> bool:
    """Whether the component that we started still runs."""
    return _pid(name, run) is not None


def stop(name: str, run: Path) -> None:
    """End a component: SIGTERM, then SIGKILL."""
    pid = _pid(name, run)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while _pid(name, run) is not None and time.monotonic() < deadline:
            time.sleep(0.05)
        if _pid(name, run) is not None:
            os.kill(pid, signal.SIGKILL)
    (run / f"{name}.pid").unlink(missing_ok=True)


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
