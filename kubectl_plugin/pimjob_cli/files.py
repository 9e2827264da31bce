"""Where the files of a job are, and under which name they come here. Nothing is trusted. Pure."""

import posixpath
import urllib.parse
from dataclasses import dataclass
from typing import Any

from pimjob_api.names import RUNNER_CONTAINER
from pimjob_cli.errors import CliError, UsageError

DEFAULT_CLAIM = "pimjob-data"
DEFAULT_MOUNT = "/data"

Spec = dict[str, Any]
"""Of a pod."""


@dataclass(frozen=True)
class Place:
    """A files volume, as the runner's pods mount it."""

    claim: str = DEFAULT_CLAIM
    mount: str = DEFAULT_MOUNT


def runner_of(pod_spec: Spec) -> dict[str, Any]:
    """Return the runner's container; empty if there is none."""
    containers = pod_spec.get("containers") or ()
    return next((c for c in containers if c.get("name") == RUNNER_CONTAINER), {})


def place_in(pod_spec: Spec) -> Place | None:
    """Return the claim that a pod mounts; None if it mounts none."""
    claims = {
        volume["name"]: volume["persistentVolumeClaim"]["claimName"]
        for volume in pod_spec.get("volumes") or ()
        if "persistentVolumeClaim" in volume
    }
    for container in pod_spec.get("containers") or ():
        for mount in container.get("volumeMounts") or ():
            if mount["name"] in claims:
                return Place(claims[mount["name"]], mount["mountPath"])
    return None


def remote_path(artifact: dict[str, Any], mount: str) -> str:
    """Return the path of a file in the volume. Raises CliError for anything outside of it."""
    url = urllib.parse.urlsplit(str(artifact["url"]))
    if url.scheme != "file" or url.netloc:
        raise CliError(f"{artifact['name']} is not in the files volume, but at {artifact['url']}")
    path = urllib.parse.unquote(url.path)
    inside = posixpath.normpath(path) == path and path.startswith(f"{mount.rstrip('/')}/")
    if not inside or not path.isprintable():
        raise CliError(f"{artifact['name']}: {path!r} is not inside of {mount}; it is not read")
    return path


def local_name(artifact: dict[str, Any]) -> str:
    """Return the name to save it under. Raises CliError for one that could lead elsewhere."""
    name = str(artifact["name"])
    if name in {"", ".", ".."} or not name.isprintable() or set(name) & set("/\\:"):
        raise CliError(f"{name!r} is no name to save a file under; --to - prints it")
    return name


def wanted(
    artifacts: list[dict[str, Any]], names: list[str], kind: str | None, *, every: bool
) -> list[dict[str, Any]]:
    """Return the files that are asked for. Raises UsageError for one that is not there."""
    known = {artifact["name"]: artifact for artifact in artifacts}
    if missing := [name for name in names if name not in known]:
        there = ", ".join(known) or "none"
        raise UsageError(f"there is no file {missing[0]!r}; there are: {there}")
    return [a for a in artifacts if every or a["name"] in names or a["kind"] == kind]
