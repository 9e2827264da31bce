"""A machine of namespaces: network, mounts, processes and cgroups of its own.

What a cluster does in it can't be seen or harmed by the machine's real cluster,
and everything in it ends with its first process.
"""

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
BOOT_SECONDS = 10
LOOKS = {
    "mounts": "awk '{print $2}' /proc/mounts",
    "interfaces": "ip -brief link | awk '{print $1}'",
    "namespaces": "ls -A /run/netns 2>/dev/null || true",
    "routes": "ip route; ip -6 route",
    "rules": "iptables-save; ip6tables-save",
    "cgroups": "find /sys/fs/cgroup -mindepth 1 -type d",
    "files": "find /run /var/lib /var/log",
    "processes": "ps -e -o stat=,comm= | awk '$1 !~ /^Z/ {print $2}'",
}
# The look itself, and what the kernel makes when iptables are first listed.
IGNORED = ("#", "*", "COMMIT", ":INPUT", ":FORWARD", ":OUTPUT", ":PREROUTING", ":POSTROUTING")
LOOKERS = {"ps", "sh", "awk", "nsenter"}


@dataclass(frozen=True)
class Machine:
    """A running machine; `pid` is its first process as seen from outside."""

    pid: int
    folder: Path

    def run(self, *command: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """Run a command in it."""
        enter = ["nsenter", f"--target={self.pid}", "--mount", "--net", "--pid", "--ipc"]
        done = subprocess.run([*enter, *command], capture_output=True, text=True, check=False)
        assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done

    def count(self, program: str) -> int:
        """Return how many times a program was started; a fork of it is no session's leader."""
        listed = self.run("ps", "-e", "-o", "stat=,pid=,sid=,comm=").stdout.splitlines()
        rows = [line.split(maxsplit=3) for line in listed]
        return sum(
            not state.startswith("Z") and pid == session and name == program
            for state, pid, session, name in rows
        )

    def look(self) -> dict[str, set[str]]:
        """Return whatever a cluster could leave behind."""
        return {
            name: {
                line
                for line in self.run("sh", "-c", command).stdout.splitlines()
                if not line.startswith(IGNORED) and line not in LOOKERS
            }
            for name, command in LOOKS.items()
        }


@contextmanager
def machine(folder: Path) -> Iterator[Machine]:
    """Boot a machine whose files are in `folder`; end all that runs in it afterwards."""
    name = f"pimjobs-test-{folder.stat().st_ino}"
    hierarchies = _hierarchies()
    for root in hierarchies:
        _make_cgroup(root / name)
    script = Path(__file__).with_name("machine.sh")
    unshare = ["unshare", "--mount", "--net", "--pid", "--ipc", "--fork", "--kill-child"]
    outer = subprocess.Popen([*unshare, "sh", str(script), str(folder), name])
    try:
        yield Machine(_first_process(outer, folder), folder)
    finally:
        # A first process takes no other signal; its end is everybody's in there.
        outer.send_signal(signal.SIGKILL)
        outer.wait()
        for root in hierarchies:
            _remove_cgroup(root / name)
        shutil.rmtree(folder)


def _hierarchies() -> list[Path]:
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    return [Path(point) for _, point, kind, *_ in mounts if kind in {"cgroup", "cgroup2"}]


def _make_cgroup(folder: Path) -> None:
    folder.mkdir()
    for file in ("cpuset.cpus", "cpuset.mems"):
        # Version 1 starts with an empty set, in which nothing can run.
        if (folder / "cgroup.clone_children").exists() and (folder / file).exists():
            (folder / file).write_text((folder.parent / file).read_text())


def _remove_cgroup(root: Path) -> None:
    deadline = time.monotonic() + BOOT_SECONDS
    for folder in sorted([root, *root.rglob("*/")], key=lambda f: len(f.parts), reverse=True):
        while folder.is_dir():
            try:
                folder.rmdir()
            except OSError:
                # Its last process is still being reaped.
                assert time.monotonic() < deadline, f"{folder} is still in use"
                time.sleep(0.05)


def _first_process(outer: "subprocess.Popen[bytes]", folder: Path) -> int:
    deadline = time.monotonic() + BOOT_SECONDS
    while not (folder / "booted").exists():
        assert outer.poll() is None, "the machine ended while booting"
        assert time.monotonic() < deadline, "the machine did not boot"
        time.sleep(0.05)
    children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children").read_text()
    return int(children.split()[0])
