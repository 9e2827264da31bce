"""An API server of the tests' own: etcd, kube-apiserver and the controllers of Jobs.

No kubelet: what becomes of a pod is what a test writes into its status. Every
listener is on loopback, every process is ended by the pid that started it.
"""

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import urllib3
import yaml

from pimjob_api import nesting
from support.certificates import make_people_authority

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "only-for-tests"  # noqa: S105 - of a server that only this process reaches
CONTROLLERS = (
    "job-controller",
    "garbage-collector-controller",
    "namespace-controller",
    "resourcequota-controller",
    "clusterrole-aggregation-controller",
)
AUDIT = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        {"level": "Metadata", "userGroups": ["system:serviceaccounts"]},
        {"level": "None"},
    ],
}
"""What programs do is written down: who, which verb, on what, and the answer."""


class Api:
    """Calls to the API server as its administrator. Paths as in the API reference."""

    def __init__(self, port: int, authority: Path) -> None:
        self.url = f"https://127.0.0.1:{port}"
        self._pool = urllib3.PoolManager(
            ca_certs=str(authority), headers={"Authorization": f"Bearer {TOKEN}"}, maxsize=8
        )

    def call(self, method: str, path: str, body: Any = None, kind: str = "json") -> Any:
        """Return what the server answers; fail on an error. Text is sent as it is."""
        answer = self._pool.request(
            method,
            self.url + path,
            body=body if body is None or isinstance(body, str) else json.dumps(body),
            headers={**self._pool.headers, "Content-Type": f"application/{kind}"},
        )
        assert answer.status < 300, f"{method} {path}: {answer.status} {answer.data.decode()}"
        return nesting.loads(answer.data.decode())

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def exists(self, path: str) -> bool:
        return bool(self._pool.request("GET", self.url + path).status != 404)

    def create(self, path: str, body: Any) -> Any:
        return self.call("POST", path, body)

    def takes(self, path: str, body: Any) -> bool:
        """Whether it can be created."""
        with contextlib.suppress(AssertionError):
            return bool(self.create(path, body))
        return False

    def apply(self, path: str, body: Any) -> Any:
        return self.call("PATCH", f"{path}?fieldManager=test&force=true", body, "apply-patch+yaml")

    def patch(self, path: str, body: Any) -> Any:
        return self.call("PATCH", path, body, "merge-patch+json")

    def refusal(self, path: str, body: Any) -> str:
        """Merge this; return what the server says against it, nothing if it takes it."""
        headers = {**self._pool.headers, "Content-Type": "application/merge-patch+json"}
        answer = self._pool.request(
            "PATCH", self.url + path, body=json.dumps(body), headers=headers
        )
        return "" if answer.status < 300 else str(json.loads(answer.data)["message"])

    def delete(self, path: str) -> Any:
        return self.call("DELETE", path)

    def answers(self) -> bool:
        with contextlib.suppress(urllib3.exceptions.HTTPError, AssertionError):
            self.create("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", _MAY_I)
            return True
        return False


_MAY_I = {"spec": {"resourceAttributes": {"verb": "list", "resource": "pods"}}}


@contextlib.contextmanager
def control_plane(folder: Path) -> Iterator[tuple[Api, Path]]:
    """Start everything; yield the API and an administrator's kubeconfig."""
    programs, port, etcd = binaries(), free_port(), f"http://127.0.0.1:{free_port()}"
    _write_credentials(folder, port)
    with contextlib.ExitStack() as running:

        def start(name: str, *flags: str) -> None:
            running.enter_context(process(folder / f"{name}.log", str(programs / name), *flags))

        start("etcd", *_etcd_flags(folder, etcd))
        start("kube-apiserver", *_api_flags(folder, etcd, port))
        authority = folder / "apiserver.crt"
        wait_for(authority.exists, "the API server's certificate")
        api = Api(port, authority)
        wait_for(api.answers, f"the API server; see {folder}")
        start(
            "kube-controller-manager",
            f"--kubeconfig={folder / 'kubeconfig'}",
            f"--controllers={','.join(CONTROLLERS)}",
            f"--secure-port={free_port()}",
            "--bind-address=127.0.0.1",
            "--leader-elect=false",
            "--kube-api-qps=500",
            "--kube-api-burst=1000",
        )
        yield api, folder / "kubeconfig"


@contextlib.contextmanager
def process(
    log: Path, *command: str, env: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process for as long as the block lasts."""
    with log.open("wb") as output:
        running = subprocess.Popen(command, stdout=output, stderr=output, env=env, cwd="/")
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def wait_for(
    condition: Callable[[], Any], what: str | Callable[[], str], *, seconds: float = 60
) -> Any:
    """Return what the condition returns once it is true; `what` may be told when it is too late."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() >= deadline:
            told = what if isinstance(what, str) else what()
            raise AssertionError(f"Waited {seconds:.0f} s for {told}")
        time.sleep(0.05)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def binaries() -> Path:
    """Return the folder with the programs of a cluster, kubectl among them."""
    sys.path.insert(0, str(ROOT / "dev" / "cluster"))
    try:
        # Scripts import the modules beside them by these names.
        from binaries import build  # noqa: PLC0415 - only found now
        from layout import layout  # noqa: PLC0415
    finally:
        sys.path.pop(0)
    return Path(build(layout()))


def _write_credentials(folder: Path, port: int) -> None:
    (folder / "tokens.csv").write_text(f"{TOKEN},admin,admin,system:masters\n")
    key = str(folder / "sa.key")
    subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
    make_people_authority(folder)
    (folder / "audit.yaml").write_text(yaml.safe_dump(AUDIT))
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin"}}],
        "clusters": [
            {
                "name": "test",
                "cluster": {
                    "server": f"https://127.0.0.1:{port}",
                    "certificate-authority": "apiserver.crt",
                },
            }
        ],
        "users": [{"name": "admin", "user": {"token": TOKEN}}],
    }
    (folder / "kubeconfig").write_text(yaml.safe_dump(config))


def _etcd_flags(folder: Path, url: str) -> list[str]:
    peer = f"http://127.0.0.1:{free_port()}"
    return [
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={url}",
        f"--advertise-client-urls={url}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        "--unsafe-no-fsync",
    ]


def _api_flags(folder: Path, etcd: str, port: int) -> list[str]:
    return [
        f"--etcd-servers={etcd}",
        f"--cert-dir={folder}",
        "--bind-address=127.0.0.1",
        # From 1.37 on, the loopback may not be what Services lead to. Nobody uses them here.
        "--endpoint-reconciler-type=none",
        "--advertise-address=127.0.0.1",
        f"--secure-port={port}",
        "--service-cluster-ip-range=10.97.0.0/24",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={folder / 'sa.key'}",
        f"--service-account-signing-key-file={folder / 'sa.key'}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        f"--client-ca-file={folder / 'people.crt'}",
        "--authorization-mode=RBAC",
        # As clusters have it: what is refused is refused by a policy.
        "--allow-privileged=true",
        # Some clusters have it switched on; it asks who owns for a right on the owner's finalizers.
        "--enable-admission-plugins=OwnerReferencesPermissionEnforcement",
        f"--audit-policy-file={folder / 'audit.yaml'}",
        f"--audit-log-path={folder / 'audit.log'}",
        "--profiling=false",
    ]
