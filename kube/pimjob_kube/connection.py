"""Where the API server is and how to authenticate, from a pod or from a kubeconfig."""

import atexit
import base64
import os
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_MOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


@dataclass(frozen=True)
class Connection:
    """An API server. The token rotates, so it is a file."""

    server: str
    certificate_authority: Path | None = None
    token: Path | None = None
    client_certificate: Path | None = None
    client_key: Path | None = None

    def tls(self) -> ssl.SSLContext:
        """Return the TLS context for this server."""
        authority = None if self.certificate_authority is None else str(self.certificate_authority)
        context = ssl.create_default_context(cafile=authority)
        if self.client_certificate is not None:
            context.load_cert_chain(self.client_certificate, self.client_key)
        return context

    def bearer(self) -> str | None:
        """Return the token of this moment."""
        return None if self.token is None else self.token.read_text(encoding="ascii").strip()


def connect(kubeconfig: Path | None) -> Connection:
    """Return the connection of a kubeconfig, or the pod's own."""
    return _in_cluster() if kubeconfig is None else _from_file(kubeconfig)


def _in_cluster() -> Connection:
    host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"]
    host = f"[{host}]" if ":" in host else host
    return Connection(f"https://{host}:{port}", _MOUNT / "ca.crt", _MOUNT / "token")


def _from_file(file: Path) -> Connection:
    """Read the current context: certificates and tokens; a login program cannot be run."""
    config = yaml.safe_load(file.read_text(encoding="utf-8"))
    context = _named(config["contexts"], config["current-context"])["context"]
    cluster = _named(config["clusters"], context["cluster"])["cluster"]
    user = _named(config["users"], context["user"])["user"]
    for unsupported in ("exec", "auth-provider", "username"):
        if unsupported in user:
            raise KubeconfigError(
                f"{file}: user {context['user']} logs in by {unsupported!r}, which is not"
                " supported here; use a context with a client certificate or a token."
            )
    folder = file.resolve().parent
    return Connection(
        server=cluster["server"],
        certificate_authority=_file(folder, cluster, "certificate-authority"),
        token=_file(folder, user, "tokenFile") or _inline(user.get("token")),
        client_certificate=_file(folder, user, "client-certificate"),
        client_key=_file(folder, user, "client-key"),
    )


class KubeconfigError(Exception):
    """A kubeconfig cannot be used; the message says why."""


def _named(items: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(item for item in items if item["name"] == name)


def _file(folder: Path, section: dict[str, Any], key: str) -> Path | None:
    if key in section:
        # Relative ones are relative to the kubeconfig.
        return folder / str(section[key])
    if f"{key}-data" not in section:
        return None
    return _inline(base64.b64decode(section[f"{key}-data"]).decode())


def _inline(text: str | None) -> Path | None:
    """Put what a kubeconfig holds inline into a file of this process: TLS reads files only."""
    if text is None:
        return None
    with tempfile.NamedTemporaryFile("w", delete=False) as file:
        file.write(text)
    atexit.register(Path(file.name).unlink, missing_ok=True)
    return Path(file.name)
