"""The cluster's own certificate authority, by openssl."""

import base64
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from layout import API_SERVICE_ADDRESS, API_URL, BRIDGE_ADDRESS, NODE, SECOND_NODE, Layout, Node


@dataclass(frozen=True)
class Identity:
    """Somebody that the API server knows by a client certificate."""

    file: str
    name: str
    group: str = ""


def _kubelet(node: Node) -> Identity:
    return Identity("kubelet", f"system:node:{node.name}", "system:nodes")


IDENTITIES = (
    Identity("admin", "pimjobs-admin", "system:masters"),
    Identity("apiserver-kubelet-client", "kube-apiserver-kubelet-client", "system:masters"),
    Identity("controller-manager", "system:kube-controller-manager"),
    Identity("scheduler", "system:kube-scheduler"),
    _kubelet(NODE),
    Identity("proxy", "system:kube-proxy"),
)
_DAYS = "3650"


def make(layout: Layout) -> None:
    """Make authority, certificates and kubeconfigs, once."""
    pki = layout.pki
    if (pki / "done").exists():
        return
    pki.mkdir(parents=True, exist_ok=True, mode=0o700)
    _authority(pki)
    _openssl("genrsa", "-out", str(pki / "sa.key"), "2048")
    names = f"IP:127.0.0.1,IP:{BRIDGE_ADDRESS},IP:{API_SERVICE_ADDRESS},DNS:kubernetes.default.svc"
    _signed(pki, Identity("apiserver", "kube-apiserver"), f"subjectAltName={names}")
    for identity in IDENTITIES:
        _client(pki, identity)
    (pki / "done").touch()


def make_for_second_node(layout: Layout) -> None:
    """Make what the second node's kubelet needs, by the authority of the cluster."""
    pki = layout.second().pki
    pki.mkdir(parents=True, exist_ok=True, mode=0o700)
    for file in ("ca.crt", "ca.key"):
        shutil.copyfile(layout.pki / file, pki / file)
    _client(pki, _kubelet(SECOND_NODE))
    (pki / "ca.key").unlink()


def _client(pki: Path, identity: Identity) -> None:
    _signed(pki, identity, "extendedKeyUsage=clientAuth")
    _kubeconfig(pki, identity)


def _authority(pki: Path) -> None:
    _openssl(
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", _DAYS),
        *("-subj", "/CN=pimjobs-cluster", "-keyout", str(pki / "ca.key")),
        *("-out", str(pki / "ca.crt"), "-addext", "keyUsage=critical,keyCertSign,digitalSignature"),
    )


def _signed(pki: Path, identity: Identity, extension: str) -> None:
    subject = (f"/O={identity.group}" if identity.group else "") + f"/CN={identity.name}"
    _openssl(
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", _DAYS, "-subj", subject),
        *("-CA", str(pki / "ca.crt"), "-CAkey", str(pki / "ca.key"), "-addext", extension),
        *("-addext", "basicConstraints=critical,CA:FALSE"),
        *("-keyout", str(pki / f"{identity.file}.key")),
        *("-out", str(pki / f"{identity.file}.crt")),
    )


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def _kubeconfig(pki: Path, identity: Identity) -> None:
    authority = _encoded(pki / "ca.crt")
    certificate = _encoded(pki / f"{identity.file}.crt")
    key = _encoded(pki / f"{identity.file}.key")
    file = pki / f"{identity.file}.kubeconfig"
    file.write_text(
        f"""\
apiVersion: v1
kind: Config
clusters:
- name: pimjobs
  cluster: {{server: "{API_URL}", certificate-authority-data: {authority}}}
users:
- name: {identity.file}
  user: {{client-certificate-data: {certificate}, client-key-data: {key}}}
contexts:
- name: pimjobs
  context: {{cluster: pimjobs, user: {identity.file}, namespace: default}}
current-context: pimjobs
""",
        encoding="utf-8",
    )
    file.chmod(0o600)


def _encoded(file: Path) -> str:
    """Return what a kubeconfig holds: it works wherever it is copied to."""
    return base64.b64encode(file.read_bytes()).decode("ascii")
