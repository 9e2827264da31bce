"""Each component's command line and configuration."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from layout import (
    API_PORT,
    BRIDGE_ADDRESS,
    CNI_NETWORK,
    ETCD_URL,
    NODE,
    SERVICE_RANGE,
    Layout,
)

PAUSE_IMAGE = "localhost/pimjobs/pause:1"
CNI_PLUGINS = "/usr/lib/cni"


@dataclass(frozen=True)
class Component:
    """A process of the cluster."""

    name: str
    command: list[str]


def configure(layout: Layout, binaries: Path) -> None:
    """Write the configuration files that command lines point to."""
    for name, content in _files(layout, binaries).items():
        file = layout.config / name
        # kube-proxy ends when its file is written, whatever is in it.
        if not file.exists() or file.read_text(encoding="utf-8") != content:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8")


def fingerprint(layout: Layout, binaries: Path) -> str:
    """Return what changes when any command line or configuration file does."""
    everything = repr((components(layout, binaries), _files(layout, binaries)))
    return hashlib.sha256(everything.encode()).hexdigest()


def _files(layout: Layout, binaries: Path) -> dict[str, str]:
    of_a_node = {
        "cni/10-pimjobs.conflist": json.dumps(_cni(layout)),
        "containerd.toml": _containerd(layout, binaries),
        "kubelet.json": json.dumps(_kubelet(layout)),
    }
    # Nodes of a machine share its iptables, and one kube-proxy.
    return of_a_node | ({"proxy.json": json.dumps(_proxy(layout))} if layout.node is NODE else {})


def components(layout: Layout, binaries: Path) -> list[Component]:
    """Return a node's components in the order in which they start; the first runs all others."""

    def component(name: str, program: str, *flags: str) -> Component:
        return Component(name, [str(binaries / program), *flags])

    pki, config = layout.pki, layout.config
    containerd = component("containerd", "containerd", "--config", f"{config}/containerd.toml")
    kubelet = component("kubelet", "kubelet", *_kubelet_flags(layout))
    if layout.node is not NODE:
        return [containerd, kubelet]
    return [
        component("etcd", "etcd", *_etcd_flags(layout)),
        component("apiserver", "kube-apiserver", *_api_flags(pki)),
        containerd,
        component("controller-manager", "kube-controller-manager", *_manager_flags(pki)),
        component(
            "scheduler",
            "kube-scheduler",
            f"--kubeconfig={pki}/scheduler.kubeconfig",
            f"--authentication-kubeconfig={pki}/scheduler.kubeconfig",
            f"--authorization-kubeconfig={pki}/scheduler.kubeconfig",
            "--bind-address=127.0.0.1",
            "--leader-elect=false",
            "--kube-api-qps=500",
            "--kube-api-burst=1000",
        ),
        kubelet,
        component("proxy", "kube-proxy", f"--config={config}/proxy.json"),
    ]


def _etcd_flags(layout: Layout) -> list[str]:
    return [
        f"--data-dir={layout.state}/etcd",
        f"--listen-client-urls={ETCD_URL}",
        f"--advertise-client-urls={ETCD_URL}",
        "--listen-peer-urls=http://127.0.0.1:2380",
        # A development cluster may lose its last second in a power cut.
        "--unsafe-no-fsync",
    ]


def _api_flags(pki: Path) -> list[str]:
    return [
        f"--etcd-servers={ETCD_URL}",
        f"--bind-address={BRIDGE_ADDRESS}",
        f"--advertise-address={BRIDGE_ADDRESS}",
        f"--secure-port={API_PORT}",
        f"--service-cluster-ip-range={SERVICE_RANGE}",
        f"--client-ca-file={pki}/ca.crt",
        f"--tls-cert-file={pki}/apiserver.crt",
        f"--tls-private-key-file={pki}/apiserver.key",
        f"--kubelet-client-certificate={pki}/apiserver-kubelet-client.crt",
        f"--kubelet-client-key={pki}/apiserver-kubelet-client.key",
        # The node's name is in no DNS.
        "--kubelet-preferred-address-types=InternalIP",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={pki}/sa.key",
        f"--service-account-signing-key-file={pki}/sa.key",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
        "--profiling=false",
    ]


def _kubelet_flags(layout: Layout) -> list[str]:
    return [
        f"--config={layout.config}/kubelet.json",
        f"--kubeconfig={layout.pki}/kubelet.kubeconfig",
        f"--root-dir={layout.state}/kubelet",
        f"--cert-dir={layout.state}/kubelet/pki",
        f"--hostname-override={layout.node.name}",
        f"--node-ip={layout.node.address}",
    ]


def _manager_flags(pki: Path) -> list[str]:
    return [
        f"--kubeconfig={pki}/controller-manager.kubeconfig",
        f"--authentication-kubeconfig={pki}/controller-manager.kubeconfig",
        f"--authorization-kubeconfig={pki}/controller-manager.kubeconfig",
        "--bind-address=127.0.0.1",
        "--leader-elect=false",
        "--use-service-account-credentials=true",
        f"--root-ca-file={pki}/ca.crt",
        f"--service-account-private-key-file={pki}/sa.key",
        f"--cluster-signing-cert-file={pki}/ca.crt",
        f"--cluster-signing-key-file={pki}/ca.key",
        # A lost node is found in seconds, not in a minute.
        "--node-monitor-period=2s",
        "--node-monitor-grace-period=20s",
        "--kube-api-qps=500",
        "--kube-api-burst=1000",
    ]


def _cni(layout: Layout) -> dict[str, object]:
    bridge = {
        "type": "bridge",
        "bridge": layout.node.bridge,
        "isGateway": True,
        "ipMasq": False,
        "ipam": {
            "type": "host-local",
            # Addresses of pods that a reboot ended are free again.
            "dataDir": f"{layout.run}/addresses",
            "ranges": [[{"subnet": layout.node.pod_range}]],
            "routes": [{"dst": "0.0.0.0/0"}],
        },
    }
    return {"cniVersion": "1.0.0", "name": CNI_NETWORK, "plugins": [bridge]}


def _containerd(layout: Layout, binaries: Path) -> str:
    runtime = '[plugins."io.containerd.cri.v1.runtime"'
    return f"""\
version = 3
root = "{layout.state}/containerd"
state = "{layout.run}/containerd-state"
disabled_plugins = ["io.containerd.nri.v1.nri", "io.containerd.internal.v1.opt"]

[grpc]
address = "{layout.containerd_socket}"

{runtime}]
# Without CAP_SYS_RESOURCE nobody may lower an OOM score, and each sandbox would fail.
restrict_oom_score_adj = true
enable_unprivileged_ports = true
enable_unprivileged_icmp = true
netns_mounts_under_state_dir = true

{runtime}.cni]
bin_dirs = ["{CNI_PLUGINS}"]
conf_dir = "{layout.config}/cni"

{runtime}.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
runtime_path = "{binaries}/containerd-shim-runc-v2"

{runtime}.containerd.runtimes.runc.options]
Root = "{layout.run}/runc"

[plugins."io.containerd.cri.v1.images".pinned_images]
sandbox = "{PAUSE_IMAGE}"
"""


def _kubelet(layout: Layout) -> dict[str, object]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": layout.node.address,
        "port": layout.node.kubelet_port,
        "healthzBindAddress": "127.0.0.1",
        "healthzPort": layout.node.health_port,
        "authentication": {
            "anonymous": {"enabled": False},
            "x509": {"clientCAFile": f"{layout.pki}/ca.crt"},
        },
        "authorization": {"mode": "Webhook"},
        "containerRuntimeEndpoint": f"unix://{layout.containerd_socket}",
        "podLogsDir": f"{layout.state}/pod-logs",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{layout.node.cgroup}",
        "failCgroupV1": False,
        "failSwapOn": False,
        "localStorageCapacityIsolation": False,
        # Any free space will do; the machine's disk is not this cluster's to guard.
        "evictionHard": {"memory.available": "100Mi"},
        "imageGCHighThresholdPercent": 100,
        "serializeImagePulls": False,
        "registryPullQPS": 0,
        "eventRecordQPS": 0,
        "kubeAPIQPS": 500,
        "kubeAPIBurst": 1000,
        "nodeStatusUpdateFrequency": "4s",
        "maxPods": 200,
        "resolvConf": "",
        # There is no DNS here, and nothing needs it. Without an address each pod
        # would cost a warning Event.
        "clusterDNS": ["10.96.0.10"],
    }


def _proxy(layout: Layout) -> dict[str, object]:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "bindAddress": BRIDGE_ADDRESS,
        "healthzBindAddress": "127.0.0.1:10256",
        "metricsBindAddress": "127.0.0.1:10249",
        "clientConnection": {"kubeconfig": f"{layout.pki}/proxy.kubeconfig"},
        "mode": "iptables",
        "hostnameOverride": NODE.name,
        "clusterCIDR": NODE.pod_range,
        # Pods share one bridge: without it the answer of a Service's pod would
        # take the short way and miss the translation back.
        "iptables": {"masqueradeAll": True},
        # These are the machine's, not ours to set.
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s"},
    }
