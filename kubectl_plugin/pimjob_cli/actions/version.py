"""Does `kubectl pimjob version`."""

import importlib.metadata
import json
from collections.abc import Iterator
from typing import Any

from pimjob_api.names import GROUP, VERSION
from pimjob_cli import paths, text
from pimjob_cli.arguments import Options
from pimjob_cli.errors import CliError, MissingKindError
from pimjob_cli.session import Session

_DEPLOYMENTS = "/apis/apps/v1/deployments"
_OPERATOR = "app.kubernetes.io/part-of=pimjobs,app.kubernetes.io/component=operator"
_LABEL = "app.kubernetes.io/version"
_SCHEMA = f"/openapi/v3/apis/{GROUP}/{VERSION}"
WRITTEN = {
    "PimJob": ("type", "profile", "label", "user", "parameters", "desiredState", "reason",
               "requestedBy", "retry"),
    "PimRelease": ("gate", "reason", "deadlineSeconds", "selector"),
}  # fmt: skip
"""Fields of each kind's spec without which this command cannot do its work."""


def run(session: Session, options: Options) -> int:
    """Show."""
    found: dict[str, Any] = {"client": client_version()}
    if not options.client:
        found["operator"] = _operator(session)
        found["crds"] = _kinds(session)
    if options.output == "json":
        session.terminal.print(json.dumps(found, indent=2))
    else:
        for name, value in found.items():
            shown = ", ".join(value) if isinstance(value, list) else value
            session.terminal.print(text.clean(f"{name + ':':<10}{shown or 'not found'}"))
    for warning in _skew(session, found) if not options.client else ():
        session.terminal.say(text.clean(f"Warning: {warning}"))
    return 0


def client_version() -> str:
    """Return this command's version."""
    try:
        return importlib.metadata.version("pimjobs")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def _operator(session: Session) -> list[str]:
    """Return the versions of the operators that can be seen."""
    try:
        found = session.api.items(_DEPLOYMENTS, labelSelector=_OPERATOR)
    except CliError as error:
        session.terminal.say(f"The operator's version cannot be read: {text.clean(error)}")
        return []
    return sorted({item["metadata"]["labels"].get(_LABEL, "unknown") for item in found})


def _kinds(session: Session) -> list[str]:
    """Return the kinds that the cluster serves in the version that this command speaks."""
    try:
        found = session.api.get(paths.OURS)["resources"]
    except MissingKindError:
        return []
    return sorted(f"{r['name']}.{GROUP}/{VERSION}" for r in found if "/" not in r["name"])


def _skew(session: Session, found: dict[str, Any]) -> Iterator[str]:
    others = [version for version in found["operator"] if version != found["client"]]
    if others:
        yield f"the operator is {', '.join(others)}, this command {found['client']}"
    if not found["crds"]:
        yield f"the cluster does not serve {GROUP}/{VERSION}: are the CRDs installed?"
        return
    schemas = session.api.get(_SCHEMA)["components"]["schemas"].values()
    for kind, fields in WRITTEN.items():
        known = _spec_fields(schemas, kind)
        if known is None:
            yield f"the cluster has no {kind}: its CRDs are older than this command"
        elif missing := [field for field in fields if field not in known]:
            yield f"the CRD of {kind} has no {', '.join(missing)}: it is older than this command"


def _spec_fields(schemas: Any, kind: str) -> set[str] | None:
    for schema in schemas:
        kinds = schema.get("x-kubernetes-group-version-kind") or ()
        if any(one["kind"] == kind for one in kinds):
            return set(schema["properties"]["spec"]["properties"])
    return None
