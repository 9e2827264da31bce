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

    def check(self) -> None:
        """Raise OSError if a file of it cannot be used."""
        for file in (
            self.certificate_authority,
            self.token,
            self.client_certificate,
            self.client_key,
        ):
            if file is not None:
                # Unlike TLS, this says which file there is not.
                file.read_bytes()
        self.tls()

    def bearer(self) -> str | None:
        """Return the token of this moment."""
        return None if self.token is None else self.token.read_text(encoding="ascii").strip()


class KubeconfigError(Exception):
    """There is no API server that can be used; the message says why, and what to do."""


def connect(kubeconfig: Path | None) -> Connection:
    """Return the connection of a kubeconfig, or the pod's own. Raises KubeconfigError."""
    found = _in_cluster() if kubeconfig is None else _from_file(kubeconfig)
    place = "the pod's ServiceAccount" if kubeconfig is None else str(kubeconfig)
    try:
        found.check()
    except OSError as error:
        raise KubeconfigError(f"{place}: a file that is needed cannot be used: {error}") from None
    return found


def _in_cluster() -> Connection:
    try:
        host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"]
    except KeyError as error:
        raise KubeconfigError(
            f"{error.args[0]} is not set, so this is no pod: name a kubeconfig with --kubeconfig."
        ) from None
    host = f"[{host}]" if ":" in host else host
    return Connection(f"https://{host}:{port}", _MOUNT / "ca.crt", _MOUNT / "token")


def _from_file(file: Path) -> Connection:
    """Read the current context of a kubeconfig."""
    try:
        return _of_context(file, yaml.safe_load(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise KubeconfigError(
            f"{file} cannot be read ({error.strerror}): name a kubeconfig with --kubeconfig."
        ) from None
    except KeyError as error:
        raise KubeconfigError(f"{file}: {error.args[0]!r} is missing.") from None
    except (yaml.YAMLError, AttributeError, TypeError, ValueError):
        # What they say may quote a token.
        raise KubeconfigError(
            f"{file} is no kubeconfig: kubectl config view --kubeconfig={file} says why."
        ) from None


def _of_context(file: Path, config: dict[str, Any]) -> Connection:
    """Read certificates and tokens; a login program cannot be run."""
    context = _named(file, config, "context", config["current-context"])
    cluster = _named(file, config, "cluster", context["cluster"])
    user = _named(file, config, "user", context["user"])
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


def _named(file: Path, config: dict[str, Any], kind: str, name: str) -> dict[str, Any]:
    for item in config[f"{kind}s"]:
        if item["name"] == name:
            return dict(item[kind])
    raise KubeconfigError(
        f"{file}: there is no {kind} {name!r}; choose a context with kubectl config use-context."
    )


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
