"""Where the cluster keeps things, and its addresses. One cluster per machine."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from console import CannotGoOnError

KUBERNETES = ("1.32.13", "1.36.3", "1.37.2")
"""What can be built: the oldest that is supported, the usual one, the newest."""
USUAL_KUBERNETES = "1.36.3"
CNI_NETWORK = "pimjobs"
BRIDGE_ADDRESS = "10.244.0.1"
SERVICE_RANGE = "10.96.0.0/16"
API_SERVICE_ADDRESS = "10.96.0.1"
API_PORT = 6443
API_URL = f"https://{BRIDGE_ADDRESS}:{API_PORT}"
ETCD_URL = "http://127.0.0.1:2379"
RUNNER_UID = 65532
"""The user that runner pods run as; it owns the files volume."""


@dataclass(frozen=True)
class Node:
    """What tells the nodes of this machine apart."""

    name: str
    bridge: str
    address: str
    pod_range: str
    folder: str = ""
    """Below the folders of the cluster."""
    cgroup: str = ""
    """Below the root of each hierarchy."""
    kubelet_port: int = 10250
    health_port: int = 10248


NODE = Node("pimjobs", "pimjobs0", BRIDGE_ADDRESS, "10.244.0.0/24")
SECOND_NODE = Node(
    name="node2",
    bridge="pimjobs1",
    address="10.244.1.1",
    pod_range="10.244.1.0/24",
    folder="node2",
    cgroup="pimjobs-node2",
    kubelet_port=10350,
    health_port=10348,
)


@dataclass(frozen=True)
class Layout:
    """All paths. What outlives the cluster is in the checkout or in the cache."""

    checkout: Path
    cache: Path
    state: Path = Path("/var/lib/pimjobs-cluster")
    """etcd, containerd, kubelet, certificates: gone after `make cluster-down`."""
    run: Path = Path("/run/pimjobs-cluster")
    """Sockets and pid files: gone after a reboot."""
    node: Node = NODE
    kubernetes: str = USUAL_KUBERNETES
    """The release that is built and run."""

    def second(self) -> "Layout":
        """Return the layout of the second node: inside of this one, so that it goes with it."""
        return replace(
            self,
            state=self.state / SECOND_NODE.folder,
            run=self.run / SECOND_NODE.folder,
            node=SECOND_NODE,
        )

    @property
    def folder(self) -> Path:
        """The checkout's own part."""
        return self.checkout / ".cluster"

    @property
    def kubeconfig(self) -> Path:
        """For people and tests: an administrator's."""
        return self.folder / "kubeconfig"

    @property
    def data(self) -> Path:
        """The files volume, `/data` in runner pods."""
        return self.folder / "data"

    @property
    def logs(self) -> Path:
        """One log per component."""
        return self.folder / "logs" / self.node.folder

    @property
    def pki(self) -> Path:
        """Certificates, keys and kubeconfigs of the components, of the second node its own."""
        return self.state / "pki"

    @property
    def config(self) -> Path:
        """Configuration files of the components."""
        return self.state / "config"

    @property
    def owner(self) -> Path:
        """Names the checkout that this machine's cluster belongs to."""
        return self.state / "owner"

    @property
    def version(self) -> Path:
        """Says which release of Kubernetes wrote the state."""
        return self.state / "version"

    @property
    def fingerprint(self) -> Path:
        """Says with which binaries, flags and configuration the cluster was started."""
        return self.run / "fingerprint"

    @property
    def containerd_socket(self) -> Path:
        """Where containerd listens."""
        return self.run / "containerd" / "containerd.sock"


def layout() -> Layout:
    """Return the layout of this checkout on this machine. Raises CannotGoOnError."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Layout(
        checkout=Path(__file__).resolve().parents[2],
        cache=base / "pimjobs",
        kubernetes=_kubernetes(os.environ.get("K8S_VERSION") or USUAL_KUBERNETES),
    )


def _kubernetes(wanted: str) -> str:
    """Find a release by its whole name or its beginning: 1.32."""
    for version in KUBERNETES:
        if version == wanted or version.startswith(f"{wanted}."):
            return version
    raise CannotGoOnError(
        f"K8S_VERSION={wanted} cannot be built here, only {', '.join(KUBERNETES)}. Another one"
        " needs a folder in dev/cluster/modules."
    )
