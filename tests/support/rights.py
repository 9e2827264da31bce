"""What roles grant, and what somebody has done by the API server's audit log."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from support.control_plane import Api


class Right(NamedTuple):
    """A verb on a resource: patch pimjobs.dev pimjobs/status."""

    verb: str
    group: str
    resource: str


def granted(documents: list[dict[str, Any]], role: str) -> set[Right]:
    """Return what the roles allow whose names begin so."""
    return {
        Right(verb, group, resource)
        for document in documents
        if document["metadata"]["name"].startswith(role)
        for rule in document.get("rules", ())
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }


def used(server: tuple[Api, Path], user: str) -> set[Right]:
    """Return what a ServiceAccount has asked of the API server, also what was refused."""
    found = set()
    for line in (server[1].parent / "audit.log").read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        about = event.get("objectRef", {})
        if event["user"]["username"] == user and "resource" in about:
            resource = "/".join(filter(None, (about["resource"], about.get("subresource"))))
            found.add(Right(event["verb"], about.get("apiGroup", ""), resource))
    return found
