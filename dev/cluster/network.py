"""The bridge that pods are plugged into, and what components leave in iptables."""

import re
import subprocess
from pathlib import Path

from layout import BRIDGE, BRIDGE_ADDRESS, POD_RANGE

_PREFIX = POD_RANGE.rsplit("/", 1)[1]
_CHAIN = re.compile(r":(KUBE-\S+)")
_JUMP = re.compile(r"-A (?!KUBE-)(.* -[jg] KUBE-.*)")


def make_bridge() -> None:
    """Make the bridge before the first pod: components listen on its address."""
    if not _bridge_exists():
        _ip("link", "add", BRIDGE, "type", "bridge")
        _ip("addr", "add", f"{BRIDGE_ADDRESS}/{_PREFIX}", "dev", BRIDGE)
    _ip("link", "set", BRIDGE, "up")
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1\n", encoding="ascii")
    for side in ("-s", "-d"):
        _forward("-C", side) or _forward("-I", side)


def remove() -> None:
    """Remove the bridge and all rules and chains of kubelet and kube-proxy."""
    for side in ("-s", "-d"):
        while _forward("-D", side):
            pass
    for command in ("iptables", "ip6tables"):
        _remove_rules(command)
    if _bridge_exists():
        _ip("link", "delete", BRIDGE)


def removal(saved: str) -> str:
    """Return the input of `iptables-restore --noflush` that removes Kubernetes' chains.

    `saved` is the output of iptables-save. Nobody else's rule or counter is touched.
    """
    return "".join(
        _removal_of_table(table)
        for table in re.findall(r"^\*.*?^COMMIT$", saved, re.MULTILINE | re.DOTALL)
    )


def _removal_of_table(table: str) -> str:
    lines = table.splitlines()
    jumps = [f"-D {match[1]}" for line in lines if (match := _JUMP.match(line))]
    chains = [match[1] for line in lines if (match := _CHAIN.match(line))]
    # Chains jump to each other: all must be empty before the first can go.
    emptied = [f"-F {chain}" for chain in chains] + [f"-X {chain}" for chain in chains]
    if not jumps and not chains:
        return ""
    return "\n".join([lines[0], *jumps, *emptied, "COMMIT", ""])


def _remove_rules(command: str) -> None:
    saved = subprocess.run([f"{command}-save"], capture_output=True, text=True, check=False).stdout
    if wanted := removal(saved):
        restore = [f"{command}-restore", "--wait", "--noflush"]
        subprocess.run(restore, input=wanted, text=True, check=True)


def _forward(action: str, side: str) -> bool:
    """Let pods be routed where the machine's policy is to drop."""
    rule = ["iptables", "-w", action, "FORWARD", side, POD_RANGE, "-j", "ACCEPT"]
    return subprocess.run(rule, capture_output=True, check=False).returncode == 0


def _bridge_exists() -> bool:
    show = ["ip", "link", "show", BRIDGE]
    return subprocess.run(show, capture_output=True, check=False).returncode == 0


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], capture_output=True, check=True)
