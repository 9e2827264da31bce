"""The bridge that pods are plugged into, and what components leave in iptables."""

import re
import subprocess
from pathlib import Path

from layout import BRIDGE, BRIDGE_ADDRESS, POD_RANGE

_PREFIX = POD_RANGE.rsplit("/", 1)[1]
_OURS = re.compile(r"KUBE-|CNI-|kubernetes")


def make_bridge() -> None:
    """Make the bridge before the first pod: components listen on its address."""
    if not Path(f"/sys/class/net/{BRIDGE}").exists():
        _ip("link", "add", BRIDGE, "type", "bridge")
        _ip("addr", "add", f"{BRIDGE_ADDRESS}/{_PREFIX}", "dev", BRIDGE)
    _ip("link", "set", BRIDGE, "up")
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1\n", encoding="ascii")
    for chain in ("-s", "-d"):
        _forward("-C", chain) or _forward("-I", chain)


def remove() -> None:
    """Remove bridge, pods' namespaces and all rules of kubelet, kube-proxy and CNI."""
    for namespace in _ip("netns", "list").split():
        if namespace.startswith("cni-"):
            _ip("netns", "delete", namespace)
    for chain in ("-s", "-d"):
        while _forward("-D", chain):
            pass
    for command in ("iptables", "ip6tables"):
        _remove_rules(command)
    if Path(f"/sys/class/net/{BRIDGE}").exists():
        _ip("link", "delete", BRIDGE)


def without_ours(saved: str) -> str:
    """Return the output of iptables-save without the chains and rules of Kubernetes and CNI."""
    return "".join(
        line
        for line in saved.splitlines(keepends=True)
        if line.startswith(("#", "*", "COMMIT")) or not _OURS.search(line)
    )


def _remove_rules(command: str) -> None:
    saved = subprocess.run([f"{command}-save"], capture_output=True, text=True, check=False).stdout
    kept = without_ours(saved)
    if kept != saved:
        subprocess.run([f"{command}-restore"], input=kept, text=True, check=True)


def _forward(action: str, side: str) -> bool:
    """Let pods be routed where the machine's policy is to drop."""
    rule = ["iptables", "-w", action, "FORWARD", side, POD_RANGE, "-j", "ACCEPT"]
    return subprocess.run(rule, capture_output=True, check=False).returncode == 0


def _ip(*arguments: str) -> str:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    return done.stdout
