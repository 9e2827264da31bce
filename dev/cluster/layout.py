"""Where the cluster keeps things, and its addresses. One cluster per machine."""

import os
from dataclasses import dataclass
from pathlib import Path

NODE = "pimjobs"
BRIDGE = "pimjobs0"
CNI_NETWORK = "pimjobs"
BRIDGE_ADDRESS = "10.244.0.1"
POD_RANGE = "10.244.0.0/24"
SERVICE_RANGE = "10.96.0.0/16"
API_SERVICE_ADDRESS = "10.96.0.1"
API_PORT = 6443
API_URL = f"https://{BRIDGE_ADDRESS}:{API_PORT}"
ETCD_URL = "http://127.0.0.1:2379"
RUNNER_UID = 65532
"""The user that runner pods run as; it owns the files volume."""


@dataclass(frozen=True)
class Layout:
    """All paths. What outlives the cluster is in the checkout or in the cache."""

    checkout: Path
    cache: Path
    state: Path = Path("/var/lib/pimjobs-cluster")
    """etcd, containerd, kubelet, certificates: gone after `make cluster-down`."""
    run: Path = Path("/run/pimjobs-cluster")
    """Sockets and pid files: gone after a reboot."""

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
        return self.folder / "logs"

    @property
    def pki(self) -> Path:
        """Certificates, keys and kubeconfigs of the components."""
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
    def fingerprint(self) -> Path:
        """Says with which binaries, flags and configuration the cluster was started."""
        return self.run / "fingerprint"

    @property
    def containerd_socket(self) -> Path:
        """Where containerd listens."""
        return self.run / "containerd" / "containerd.sock"


def layout() -> Layout:
    """Return the layout of this checkout on this machine."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Layout(checkout=Path(__file__).resolve().parents[2], cache=base / "pimjobs")
