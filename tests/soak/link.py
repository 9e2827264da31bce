"""A network between the attempts and what they talk to, in which packets get lost silently."""

import subprocess
from pathlib import Path
from typing import Literal

from support.control_plane import wait_for

HERE, THERE = "10.99.99.1", "10.99.99.2"
"""Addresses of the two ends; both are in namespaces of the soak's own."""

CABLE = "soak"

Direction = Literal["out", "in", "both"]


class Link:
    """A namespace in which attempts run, and the one cable that leads out of it.

    Raises FileNotFoundError or CalledProcessError where that can't be made.
    """

    def __init__(self) -> None:
        # It ends with this process: then nobody holds the other end of its input.
        self._holder = subprocess.Popen(["unshare", "--net", "cat"], stdin=subprocess.PIPE)
        self._namespace = f"/proc/{self._holder.pid}/ns/net"
        ours = Path("/proc/self/ns/net").readlink()
        wait_for(lambda: Path(self._namespace).readlink() != ours, "a namespace")
        there = str(self._holder.pid)
        _run("ip", "link", "set", "lo", "up")
        _run("ip", "link", "add", CABLE, "type", "veth", "peer", "name", CABLE, "netns", there)
        _run("ip", "address", "add", f"{HERE}/30", "dev", CABLE)
        _run("ip", "link", "set", CABLE, "up")
        _run(*self.inside("ip", "address", "add", f"{THERE}/30", "dev", CABLE))
        _run(*self.inside("ip", "link", "set", CABLE, "up"))

    def inside(self, *command: str) -> list[str]:
        """Return a command that runs at the far end, as the very process that is started."""
        return ["nsenter", f"--net={self._namespace}", *command]

    def drop(self, port: int, direction: Direction = "both") -> None:
        """Lose every packet to a port, or from it: no answer, no error, nothing.

        Each is lost where it arrives: its sender's kernel would know of one that it dropped itself.
        """
        if direction != "in":
            _run(*_rule("--dport", port, "DROP"))
        if direction != "out":
            _run(*self.inside(*_rule("--sport", port, "DROP")))

    def refuse(self, port: int) -> None:
        """Reset all connections to a port, and every new one."""
        reset = ("REJECT", "--reject-with", "tcp-reset")
        _run(*_rule("--dport", port, *reset))
        _run(*self.inside(*_rule("--sport", port, *reset)))

    def mend(self) -> None:
        """Let everything through again."""
        flush = ("iptables", "--wait", "--flush")
        _run(*flush)
        _run(*self.inside(*flush))

    def close(self) -> None:
        """End it."""
        self._holder.communicate()


def _rule(end: str, port: int, *jump: str) -> tuple[str, ...]:
    of_port = ("--protocol", "tcp", end, str(port))
    arriving = ("--append", "INPUT", "--in-interface", CABLE)
    return ("iptables", "--wait", *arriving, *of_port, "--jump", *jump)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
