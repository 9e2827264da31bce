"""A network between the attempts and what they talk to, in which packets get lost silently."""

import subprocess
from pathlib import Path
from typing import Literal

from support.control_plane import wait_for

HERE, THERE = "10.99.99.1", "10.99.99.2"
"""Addresses of the two ends; both are in namespaces of the soak's own."""

Direction = Literal["out", "in", "both"]

_CHAINS: dict[Direction, tuple[str, ...]] = {
    "out": ("OUTPUT",),
    "in": ("INPUT",),
    "both": ("OUTPUT", "INPUT"),
}


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
        _ip("link", "set", "lo", "up")
        _ip("link", "add", "soak", "type", "veth", "peer", "name", "soak", "netns", there)
        _ip("address", "add", f"{HERE}/30", "dev", "soak")
        _ip("link", "set", "soak", "up")
        for words in (f"address add {THERE}/30 dev soak", "link set soak up", "link set lo up"):
            subprocess.run(self.inside("ip", *words.split()), check=True, capture_output=True)

    def inside(self, *command: str) -> list[str]:
        """Return a command that runs at the far end, as the very process that is started."""
        return ["nsenter", f"--net={self._namespace}", *command]

    def drop(self, port: int, direction: Direction = "both") -> None:
        """Lose every packet to and from a port: no answer, no error, nothing."""
        self._rule(port, direction, "DROP")

    def refuse(self, port: int) -> None:
        """Reset all connections to a port, and every new one."""
        self._rule(port, "both", "REJECT", "--reject-with", "tcp-reset")

    def mend(self) -> None:
        """Let everything through again."""
        self._iptables("--flush")

    def close(self) -> None:
        """End it."""
        self._holder.communicate()

    def _rule(self, port: int, direction: Direction, *jump: str) -> None:
        for chain in _CHAINS[direction]:
            end = "--dport" if chain == "OUTPUT" else "--sport"
            self._iptables("--append", chain, "--protocol", "tcp", end, str(port), "--jump", *jump)

    def _iptables(self, *words: str) -> None:
        subprocess.run(self.inside("iptables", "--wait", *words), check=True, capture_output=True)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
