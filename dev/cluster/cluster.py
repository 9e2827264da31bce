"""A real single-node Kubernetes on this machine, for the demo and the tests.

cluster.py up       build what is missing, start, wait until the node is Ready
cluster.py down     end it and leave nothing behind but the cache and .cluster/data
cluster.py status   what runs

K8S_VERSION=1.32 (or 1.37) runs another release of Kubernetes than the usual one.
"""

import argparse
import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import binaries
import certificates
import leftovers
import network
import pause_image
import processes
from components import PAUSE_IMAGE, components, configure, fingerprint
from console import CannotGoOnError, fail, part, say
from layout import NODE, RUNNER_UID, SECOND_NODE, Layout, layout
from prerequisites import (
    CLUSTER_PACKAGES,
    require_no_other_kubelet,
    require_packages,
    require_root,
)

READY_SECONDS = 120
STUCK_SECONDS = 10
LOG_LINES = 5


def up(where: Layout) -> None:
    """Bring the cluster up, or find that it is."""
    require_root()
    require_packages(CLUSTER_PACKAGES)
    programs = binaries.build(where)
    # After the build, which takes minutes in which another checkout may have started.
    with machine():
        _up(where, programs)


def _up(where: Layout, programs: Path) -> None:
    _refuse_other_checkout(where)
    _clear_other_version(where)
    require_no_other_kubelet()
    # A test run that was killed has left it.
    left = clear_second_node(where)
    if _healthy(where, programs):
        say(f"The cluster runs already. export KUBECONFIG={where.kubeconfig}")
    else:
        with part("Starting the cluster"):
            _bring_up(where, programs)
        say(f"The cluster is ready. export KUBECONFIG={where.kubeconfig}")
    if left:
        forget_second_node(where, programs)
        say("Its second node was ended; dev/cluster/second_node.py up starts another one.")


def _bring_up(where: Layout, programs: Path) -> None:
    if _outdated(where, programs) or _stuck(where, programs):
        _stop(where)
    _clear_unless_alive(where, programs)
    _prepare(where, programs)
    start(where, programs)
    wait_for_node(where, programs)


def down(where: Layout) -> None:
    """End everything that `up` started, and what that made."""
    require_root()
    with machine(), part("Ending the cluster"):
        _refuse_other_checkout(where)
        _stop(where)
        _clear(where)
        where.kubeconfig.unlink(missing_ok=True)


def status(where: Layout) -> None:
    """Print each component and whether it runs."""
    for component in components(where, where.cache):
        state = "runs" if processes.alive(component.name, where.run) else "down"
        say(f"{component.name:20} {state}")


def clear_second_node(where: Layout) -> bool:
    """End whatever there is of a second node on this machine; say whether there was one."""
    second = where.second()
    if not second.state.exists() and not second.run.exists():
        return False
    for component in reversed(components(second, where.cache)):
        processes.stop(component.name, second.run)
    leftovers.clear_runtime(second)
    leftovers.clear_log_links(second)
    network.remove_bridge(SECOND_NODE)
    shutil.rmtree(second.state, ignore_errors=True)
    return True


def forget_second_node(where: Layout, programs: Path) -> None:
    """Remove a second node that has ended, and its pods, from the API server."""
    there = f"--field-selector=spec.nodeName={SECOND_NODE.name}"
    # Nobody is left who would say that they are gone.
    gone = ("--all-namespaces", there, "--force", "--grace-period=0")
    kubectl(where, programs, "delete", "pods", *gone)
    kubectl(where, programs, "delete", "node", SECOND_NODE.name, "--ignore-not-found")


@contextlib.contextmanager
def machine() -> Iterator[None]:
    """Wait until no other `up` or `down` is at work on this machine."""
    with Path("/run/lock/pimjobs-cluster").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _refuse_other_checkout(where: Layout) -> None:
    """One cluster per machine: a living one of another checkout is not ours to touch."""
    owner = where.owner.read_text(encoding="utf-8") if where.owner.exists() else ""
    if owner in {"", str(where.checkout)}:
        return
    alive = any(processes.alive(c.name, where.run) for c in components(where, where.cache))
    # A checkout that was removed can end nothing any more.
    if alive and Path(owner, "dev/cluster/cluster.py").exists():
        raise CannotGoOnError(
            f"the cluster of another checkout is alive on this machine. End it first:\n"
            f"  make -C {owner} cluster-down"
        )
    say(f"Clearing what a cluster of {owner} has left.")
    _stop(where)
    _clear(where)


def _clear_other_version(where: Layout) -> None:
    """End a cluster of another release: an older one may not know what that has stored."""
    if not where.version.exists():
        return
    other = where.version.read_text(encoding="ascii")
    if other != where.kubernetes:
        say(f"Clearing the cluster of Kubernetes {other}, for one of {where.kubernetes}.")
        _stop(where)
        _clear(where)


def _stop(where: Layout) -> None:
    for component in reversed(components(where, where.cache)):
        processes.stop(component.name, where.run)


def _clear(where: Layout) -> None:
    """Remove whatever a cluster has made on this machine."""
    clear_second_node(where)
    leftovers.clear_runtime(where)
    leftovers.clear_links(where)
    network.remove_bridge(NODE)
    network.remove_chains()
    shutil.rmtree(where.state, ignore_errors=True)


def _clear_unless_alive(where: Layout, programs: Path) -> None:
    """After a reboot or a kill -9 of everything, start from what is on disk only."""
    if not any(processes.alive(c.name, where.run) for c in components(where, programs)):
        leftovers.clear_runtime(where)
        network.remove_bridge(NODE)
        network.remove_chains()


def _prepare(where: Layout, programs: Path) -> None:
    where.state.mkdir(parents=True, exist_ok=True, mode=0o711)
    where.owner.write_text(str(where.checkout), encoding="utf-8")
    where.version.write_text(where.kubernetes, encoding="ascii")
    (where.data / "in").mkdir(parents=True, exist_ok=True)
    for folder in (where.data, where.data / "in"):
        os.chown(folder, RUNNER_UID, RUNNER_UID)
    network.make_bridge(NODE)
    certificates.make(where)
    configure(where, programs)
    where.fingerprint.parent.mkdir(parents=True, exist_ok=True)
    where.fingerprint.write_text(fingerprint(where, programs), encoding="ascii")
    _link_kubectl(where, programs)
    shutil.copyfile(where.pki / "admin.kubeconfig", where.kubeconfig)
    where.kubeconfig.chmod(0o600)
    # Whoever said `sudo make cluster` is to use it without sudo.
    os.chown(where.kubeconfig, int(os.environ.get("SUDO_UID", "0")), -1)


def _link_kubectl(where: Layout, programs: Path) -> None:
    """Put the cluster's kubectl where the Makefile looks for one."""
    link = where.folder / "bin" / "kubectl"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(programs / "kubectl")


def start(where: Layout, programs: Path) -> None:
    """Start the components of a node, unless they are alive."""
    path = f"{programs}:{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    for component in components(where, programs):
        processes.start(
            component.name,
            component.command,
            run=where.run,
            logs=where.logs,
            path=path,
            mark=str(where.state),
        )
        if component.name == "apiserver":
            # The others would only retry against a closed port, with back-off.
            _wait(where, programs, "API server", "get", "--raw", "/readyz")
        if component.name == "containerd":
            _wait_for_containerd(where, programs)
            _import_pause(where, programs)


def _import_pause(where: Layout, programs: Path) -> None:
    subprocess.run(
        [*ctr(where, programs), "images", "import", "--local", "-"],
        input=pause_image.archive(programs / "pause", PAUSE_IMAGE),
        check=True,
        capture_output=True,
    )


def ctr(where: Layout, programs: Path) -> list[str]:
    """Return the command that talks to a node's containerd."""
    return [str(programs / "ctr"), "--address", str(where.containerd_socket), "-n", "k8s.io"]


def _healthy(where: Layout, programs: Path) -> bool:
    if not where.kubeconfig.exists() or _outdated(where, programs):
        return False
    return _all_alive(where) and _node_is_ready(where, programs, seconds=1)


def _outdated(where: Layout, programs: Path) -> bool:
    """Whether what runs was started with other binaries, flags or configuration."""
    try:
        return where.fingerprint.read_text(encoding="ascii") != fingerprint(where, programs)
    except FileNotFoundError:
        return True


def _stuck(where: Layout, programs: Path) -> bool:
    """Whether every process lives and the node still isn't Ready after a while."""
    return _all_alive(where) and not _node_is_ready(where, programs, seconds=STUCK_SECONDS)


def _all_alive(where: Layout) -> bool:
    return all(processes.alive(c.name, where.run) for c in components(where, where.cache))


def _node_is_ready(where: Layout, programs: Path, *, seconds: int) -> bool:
    wait = ("wait", "node", NODE.name, "--for=condition=Ready", f"--timeout={seconds}s")
    # Beside the wait's own limit: an API server that hangs never answers.
    return kubectl(where, programs, f"--request-timeout={seconds + 1}s", *wait).returncode == 0


def wait_for_node(where: Layout, programs: Path) -> None:
    """Wait until a node is Ready, and pods can be made."""
    ready = ("wait", "node", where.node.name, "--for=condition=Ready", "--timeout=1s")
    _wait(where, programs, "node", *ready)
    # Pods are refused until the controller manager has made this.
    _wait(where, programs, "controller manager", "-n", "default", "get", "serviceaccount/default")


def _wait_for_containerd(where: Layout, programs: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    command = [*ctr(where, programs), "version"]
    while subprocess.run(command, capture_output=True, check=False).returncode != 0:
        _fail_if_one_ended(where)
        if time.monotonic() > deadline:
            raise CannotGoOnError(f"containerd did not come up; see {where.logs}/containerd.log")
        time.sleep(0.1)


def _wait(where: Layout, programs: Path, what: str, *command: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while (done := kubectl(where, programs, *command)).returncode != 0:
        _fail_if_one_ended(where)
        if time.monotonic() > deadline:
            raise CannotGoOnError(
                f"the {what} is not ready after {READY_SECONDS} s: {done.stderr.strip()}\n"
                f"See the logs in {where.logs}"
            )
        time.sleep(0.2)


def _fail_if_one_ended(where: Layout) -> None:
    """Say at once which component could not start and why."""
    for component in components(where, where.cache):
        started = (where.run / f"{component.name}.pid").exists()
        if started and not processes.alive(component.name, where.run):
            log = where.logs / f"{component.name}.log"
            last = log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:]
            raise CannotGoOnError(
                f"{component.name} ended. The end of {log}:\n"
                + "\n".join(last)
                + "\nIf it is the state on disk, start from nothing: make cluster-down cluster"
            )


def kubectl(where: Layout, programs: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run kubectl as the administrator."""
    command = [str(programs / "kubectl"), f"--kubeconfig={where.kubeconfig}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def main() -> int:
    """Run one command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=("up", "down", "status"))
    command = parser.parse_args().command
    try:
        {"up": up, "down": down, "status": status}[command](layout())
    except CannotGoOnError as error:
        return fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
