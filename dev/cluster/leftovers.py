"""What a cluster leaves when its processes are killed: processes, mounts, cgroups, files.

Each thing is recognised as ours before it is touched: by the mark in a process's
environment, by a folder that only our containerd uses, by our network's name.
"""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

import processes
from layout import CNI_NETWORK, NODE, Layout

CGROUPS = Path("/sys/fs/cgroup")
# These places are compiled into containerd, the CNI library and kubelet.
CNI_RESULTS = Path("/var/lib/cni/results")
CONTAINER_LOGS = Path("/var/log/containers")
DEVICE_PLUGINS = Path("/var/lib/kubelet/device-plugins")
SHIM_SOCKETS = Path("/run/containerd/s")
GONE_SECONDS = 10


def kill(layout: Layout) -> None:
    """End all of a node's processes at once, as a power cut would."""
    _kill(_containers(layout) | _shims(layout) | processes.marked(str(layout.state)))


def clear_runtime(layout: Layout) -> None:
    """End a node's containers and shims, unmount, remove cgroups and sockets.

    State on disk stays.
    """
    sockets = _shim_sockets(layout)
    kill(layout)
    _remove_cni_results(CNI_RESULTS, layout)
    _unmount(layout)
    _remove_cgroups(layout)
    for socket in sockets:
        socket.unlink(missing_ok=True)
    shutil.rmtree(layout.run, ignore_errors=True)
    remove_empty(SHIM_SOCKETS, SHIM_SOCKETS.parent)


def clear_log_links(layout: Layout) -> None:
    """Remove the names that kubelet gives to logs outside its own folder."""
    for link in CONTAINER_LOGS.glob("*.log"):
        if link.is_symlink() and link.readlink().is_relative_to(layout.state):
            link.unlink()


def clear_links(layout: Layout) -> None:
    """Remove what the kubelets of this machine put outside their own folders."""
    clear_log_links(layout)
    (DEVICE_PLUGINS / "kubelet.sock").unlink(missing_ok=True)
    remove_empty(CONTAINER_LOGS, DEVICE_PLUGINS, DEVICE_PLUGINS.parent)


def remove_empty(*folders: Path) -> None:
    """Remove folders that hold nothing: others may use the same ones."""
    for folder in folders:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _containers(layout: Layout) -> set[int]:
    """Return every process in the cgroups that only a node's kubelet makes."""
    found: set[int] = set()
    for folder in _cgroups(layout):
        for file in folder.rglob("cgroup.procs"):
            found |= {int(pid) for pid in _read(file).split()}
    return found


def _shims(layout: Layout) -> set[int]:
    """Return the shims of our containerd; their command line names its socket."""
    socket = str(layout.containerd_socket)
    commands = {pid: _read(Path(f"/proc/{pid}/cmdline")).split("\0") for pid in processes.pids()}
    return {
        pid
        for pid, command in commands.items()
        if socket in command and processes.same_network(pid)
    }


def _shim_sockets(layout: Layout) -> list[Path]:
    """Return the sockets of our shims; one that is killed leaves its own behind."""
    found = []
    for file in (layout.run / "containerd-state").glob("io.containerd.runtime.v2.task/*/*/*.json"):
        if file.name == "bootstrap.json":
            address = json.loads(_read(file) or "{}").get("address", "")
            found.append(Path(address.removeprefix("unix://")))
    return [socket for socket in found if socket.parent == SHIM_SOCKETS]


def _kill(pids: Iterable[int]) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    deadline = time.monotonic() + GONE_SECONDS
    while any(map(processes.runs, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)


def _remove_cni_results(folder: Path, layout: Layout) -> None:
    """Forget the network of a node's pods that are gone, with the network namespace of each."""
    prefix = f"{CNI_NETWORK}-"
    for file in folder.glob(f"{prefix}*-eth0"):
        namespace = Path(json.loads(_read(file) or "{}").get("netns", ""))
        # A second node goes before the first one, which takes what is left.
        if layout.node is not NODE and not namespace.is_relative_to(layout.run):
            continue
        if namespace.parent.name == "netns":
            subprocess.run(["umount", "--lazy", namespace], capture_output=True, check=False)
            namespace.unlink(missing_ok=True)
        sandbox = file.name.removeprefix(prefix).removesuffix("-eth0")
        file.unlink()
        (folder / f"cni-loopback-{sandbox}-lo").unlink(missing_ok=True)
    remove_empty(folder, folder.parent)


def _unmount(layout: Layout) -> None:
    roots = (f"{layout.state}/", f"{layout.run}/")
    points = [line.split(" ")[1] for line in _read(Path("/proc/mounts")).splitlines()]
    # The deepest first: a mount may be inside another.
    for point in sorted((p for p in points if p.startswith(roots)), key=len, reverse=True):
        subprocess.run(["umount", "--lazy", point], capture_output=True, check=False)


def make_cgroups(layout: Layout) -> None:
    """Make the cgroups that a node's pods go below: a kubelet only makes those of pods."""
    hierarchies = [CGROUPS] if (CGROUPS / "cgroup.controllers").exists() else CGROUPS.glob("*")
    for hierarchy in hierarchies:
        if hierarchy.is_symlink() or not (hierarchy / "cgroup.procs").exists():
            continue
        made = hierarchy / layout.node.cgroup
        made.mkdir(exist_ok=True)
        # In version 1 no process can enter one that has no processors or no memory.
        for name in ("cpuset.cpus", "cpuset.mems"):
            if (hierarchy / "cpuset.sched_load_balance").exists():
                (made / name).write_text(_read(hierarchy / name), encoding="ascii")


def _cgroups(layout: Layout) -> list[Path]:
    """Return the cgroups that are a node's own: of the first those of its pods."""
    name = layout.node.cgroup or "kubepods"
    return [folder for folder in (CGROUPS / name, *CGROUPS.glob(f"*/{name}")) if folder.exists()]


def _remove_cgroups(layout: Layout) -> None:
    for root in _cgroups(layout):
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
