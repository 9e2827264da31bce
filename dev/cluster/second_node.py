"""A second node for the cluster that runs: a containerd and a kubelet of its own, on this machine.

second_node.py up       start it, with the runner's image if there is one; wait until it is Ready
second_node.py down     end it, and let the cluster forget it
second_node.py kill     end all of its processes at once, as a power cut would
second_node.py freeze   let its kubelet stand still; its containers run, and nobody hears of them
second_node.py thaw     let its kubelet go on
"""

import argparse
import signal
import subprocess
import sys
from pathlib import Path

import binaries
import certificates
import leftovers
import network
import processes
from components import components, configure
from console import CannotGoOnError, fail, part
from layout import SECOND_NODE, Layout, layout
from prerequisites import require_root

from cluster import (
    clear_second_node,
    ctr,
    forget_second_node,
    machine,
    start,
    wait_for_node,
)
from images import RUNNER


def up(where: Layout) -> None:
    """Start it, unless it runs. One that was killed comes back as after a power cut."""
    programs, second = binaries.build(where), where.second()
    if not processes.alive("apiserver", where.run):
        raise CannotGoOnError("no local cluster runs; start it with: make cluster")
    with part(f"Starting {SECOND_NODE.name}"):
        if not any(processes.alive(c.name, second.run) for c in components(second, programs)):
            leftovers.clear_runtime(second)
        network.make_bridge(SECOND_NODE)
        leftovers.make_cgroups(second)
        certificates.make_for_second_node(where)
        configure(second, programs)
        start(second, programs)
        _copy_image(RUNNER.name(where.checkout), where, programs)
        wait_for_node(second, programs)


def down(where: Layout) -> None:
    """End it and everything that it made."""
    programs = binaries.build(where)
    with part(f"Ending {SECOND_NODE.name}"):
        clear_second_node(where)
        forget_second_node(where, programs)


def kill(where: Layout) -> None:
    """End kubelet, containerd, shims and containers at once."""
    leftovers.kill(where.second())


def freeze(where: Layout) -> None:
    """Let the kubelet stand still."""
    processes.send("kubelet", where.second().run, signal.SIGSTOP)


def thaw(where: Layout) -> None:
    """Let the kubelet go on."""
    processes.send("kubelet", where.second().run, signal.SIGCONT)


def _copy_image(name: str, where: Layout, programs: Path) -> None:
    """Give it an image, if the first node has it."""
    first, second = ctr(where, programs), ctr(where.second(), programs)
    if not _has(first, name) or _has(second, name):
        return
    export = [*first, "images", "export", "-", name]
    with subprocess.Popen(export, stdout=subprocess.PIPE) as exporting:
        command = [*second, "images", "import", "--local", "-"]
        subprocess.run(command, stdin=exporting.stdout, check=True, capture_output=True)


def _has(node: list[str], name: str) -> bool:
    command = [*node, "images", "list", "--quiet", f"name=={name}"]
    return name in subprocess.run(command, capture_output=True, text=True, check=True).stdout


COMMANDS = {"up": up, "down": down, "kill": kill, "freeze": freeze, "thaw": thaw}


def main() -> int:
    """Run one command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=COMMANDS)
    command = parser.parse_args().command
    try:
        require_root()
        with machine():
            COMMANDS[command](layout())
    except CannotGoOnError as error:
        return fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
