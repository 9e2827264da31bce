"""What a cluster leaves when its processes are killed: containers, mounts, cgroups."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from layout import Layout

CGROUPS = Path("/sys/fs/cgroup")
GONE_SECONDS = 10


def clear_runtime(layout: Layout) -> None:
    """End containers and shims, unmount, remove cgroups and sockets. State on disk stays."""
    _kill(_containers() | _shims(layout))
    _unmount(layout)
    _remove_cgroups()
    shutil.rmtree(layout.run, ignore_errors=True)


def _containers() -> set[int]:
    """Return every process in the cgroups that only a kubelet makes."""
    found: set[int] = set()
    for folder in _kubepods():
        for file in folder.rglob("cgroup.procs"):
            found |= {int(pid) for pid in _read(file).split()}
    return found


def _shims(layout: Layout) -> set[int]:
    """Return the shims of our containerd; their command line names its socket."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        command = _read(process / "cmdline")
        if "containerd-shim" in command and str(layout.containerd_socket) in command:
            found.add(int(process.name))
    return found


def _kill(pids: set[int]) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    deadline = time.monotonic() + GONE_SECONDS
    while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)


def _unmount(layout: Layout) -> None:
    roots = (str(layout.state), str(layout.run))
    points = [line.split(" ")[1] for line in _read(Path("/proc/mounts")).splitlines()]
    # The deepest first: a mount may be inside another.
    for point in sorted((p for p in points if p.startswith(roots)), key=len, reverse=True):
        subprocess.run(["umount", "--lazy", point], capture_output=True, check=False)


def _kubepods() -> list[Path]:
    return [
        folder for folder in (CGROUPS / "kubepods", *CGROUPS.glob("*/kubepods")) if folder.exists()
    ]


def _remove_cgroups() -> None:
    for root in _kubepods():
        folders = [folder for folder in root.rglob("*") if folder.is_dir()]
        for folder in [*sorted(folders, key=lambda f: len(f.parts), reverse=True), root]:
            _remove_cgroup(folder)


def _remove_cgroup(folder: Path) -> None:
    deadline = time.monotonic() + GONE_SECONDS
    while True:
        try:
            folder.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            # Its last process is still being reaped.
            if time.monotonic() > deadline:
                return
            time.sleep(0.05)
        else:
            return


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
