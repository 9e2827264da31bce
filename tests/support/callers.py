"""Whoever calls an API server: a person with a certificate, a program with a token."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3
import yaml

from support.certificates import make_person
from support.control_plane import Api

MERGE = "merge-patch+json"
APPLY = "apply-patch+yaml"


@dataclass(frozen=True)
class Answer:
    """What the API server answered: HTTP's status, and the object or a Status."""

    code: int
    body: dict[str, Any]

    @property
    def message(self) -> str:
        """Why it was refused; nothing if it was not."""
        return "" if self.code < 300 else str(self.body["message"])

    def taken(self) -> dict[str, Any]:
        """Return the object; fail if it was refused."""
        assert self.code < 300, self.body
        return self.body


class Caller:
    """Somebody who has logged in."""

    def __init__(self, name: str, url: str, pool: urllib3.PoolManager) -> None:
        self.name = name
        self._url = url
        self._pool = pool

    def call(self, method: str, path: str, body: Any = None, kind: str = "json") -> Answer:
        """Ask the API server for something. Paths as in the API reference."""
        answer = self._pool.request(
            method,
            self._url + path,
            # An apply is read as YAML, which knows no surrogate pairs.
            body=None if body is None else json.dumps(body, ensure_ascii=False).encode(),
            headers={**self._pool.headers, "Content-Type": f"application/{kind}"},
        )
        return Answer(answer.status, json.loads(answer.data))


def person(server: tuple[Api, Path], name: str) -> Caller:
    """Log in as a person of this name, by a certificate."""
    api, kubeconfig = server
    certificate, key = make_person(kubeconfig.parent, name)
    pool = urllib3.PoolManager(
        ca_certs=str(kubeconfig.parent / "apiserver.crt"),
        cert_file=str(certificate),
        key_file=str(key),
    )
    return Caller(name, api.url, pool)


def program(
    server: tuple[Api, Path], namespace: str, account: str, *, pod: dict[str, Any] | None = None
) -> Caller:
    """Log in as a ServiceAccount, with a token as the kubelet gives to a pod if one is given."""
    api, kubeconfig = server
    token = service_account_token(api, namespace, account, pod=pod)
    pool = urllib3.PoolManager(
        ca_certs=str(kubeconfig.parent / "apiserver.crt"),
        headers={"Authorization": f"Bearer {token}"},
    )
    return Caller(f"system:serviceaccount:{namespace}:{account}", api.url, pool)


def service_account_token(
    api: Api, namespace: str, account: str, *, pod: dict[str, Any] | None = None
) -> str:
    """Return a token of a ServiceAccount, bound to a pod if one is given."""
    spec: dict[str, Any] = {"audiences": ["https://kubernetes.default.svc"]}
    if pod is not None:
        meta = pod["metadata"]
        bound = {"apiVersion": "v1", "kind": "Pod", "name": meta["name"], "uid": meta["uid"]}
        spec["boundObjectRef"] = bound
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"
    return str(api.create(path, {"spec": spec})["status"]["token"])


def program_kubeconfig(server: tuple[Api, Path], namespace: str, account: str) -> Path:
    """Write a kubeconfig of a ServiceAccount."""
    token = service_account_token(server[0], namespace, account)
    return _write_kubeconfig(
        server[1], {"token": token}, server[1].parent / f"{account}.kubeconfig"
    )


def person_kubeconfig(server: tuple[Api, Path], name: str) -> Path:
    """Write a kubeconfig of a person; they need not have logged in before."""
    kubeconfig = server[1]
    certificate, key = make_person(kubeconfig.parent, name)
    user = {"client-certificate": str(certificate), "client-key": str(key)}
    return _write_kubeconfig(kubeconfig, user, kubeconfig.parent / f"{name}.kubeconfig")


def _write_kubeconfig(administrators: Path, user: dict[str, str], written: Path) -> Path:
    config = yaml.safe_load(administrators.read_text())
    cluster = config["clusters"][0]["cluster"]
    cluster["certificate-authority"] = str(administrators.parent / "apiserver.crt")
    config["users"][0]["user"] = user
    written.write_text(yaml.safe_dump(config))
    return written
