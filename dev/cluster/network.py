"""The bridge that a node's pods are plugged into, and what components leave in iptables."""

import re
import subprocess
from pathlib import Path

from layout import Node

_CHAIN = re.compile(r":(KUBE-\S+)")
_JUMP = re.compile(r"-A (?!KUBE-)(.* -[jg] KUBE-.*)")


def make_bridge(node: Node) -> None:
    """Make the bridge before the first pod: components listen on its address."""
    if not _exists(node.bridge):
        prefix = node.pod_range.rsplit("/", 1)[1]
        _ip("link", "add", node.bridge, "type", "bridge")
        _ip("addr", "add", f"{node.address}/{prefix}", "dev", node.bridge)
    _ip("link", "set", node.bridge, "up")
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1\n", encoding="ascii")
    for side in ("-s", "-d"):
        _forward(node, "-C", side) or _forward(node, "-I", side)


def remove_bridge(node: Node) -> None:
    """Remove the bridge and what lets its pods be routed."""
    for side in ("-s", "-d"):
        while _forward(node, "-D", side):
            pass
    if _exists(node.bridge):
        _ip("link", "delete", node.bridge)


def remove_chains() -> None:
    """Remove all rules and chains of kubelet and kube-proxy: nodes of a machine share them."""
    for command in ("iptables", "ip6tables"):
        _remove_rules(command)


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


def _forward(node: Node, action: str, side: str) -> bool:
    """Let pods be routed where the machine's policy is to drop."""
    rule = ["iptables", "-w", action, "FORWARD", side, node.pod_range, "-j", "ACCEPT"]
    return subprocess.run(rule, capture_output=True, check=False).returncode == 0


def _exists(bridge: str) -> bool:
    show = ["ip", "link", "show", bridge]
    return subprocess.run(show, capture_output=True, check=False).returncode == 0


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], capture_output=True, check=True)
