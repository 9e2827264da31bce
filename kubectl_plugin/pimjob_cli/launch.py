"""What `run` sends: a PimJob made from a type, a profile or a file."""

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from pimjob_api.names import (
    API_VERSION,
    KIND_PIMJOB,
    PIMJOB_NAME_LENGTH,
    type_object_name,
)
from pimjob_cli import job_types, paths
from pimjob_cli.actions.profiles import MISSING
from pimjob_cli.errors import CliError, MissingKindError, ServerError, UsageError
from pimjob_cli.session import Session

Manifest = dict[str, Any]


def from_file(session: Session, name: str, namespace: str | None) -> Manifest:
    """Return what a file holds: a PimJob, or parameters as JSON. `-` is standard input."""
    content = _read(name)
    try:
        found = json.loads(content)
    except ValueError:
        found = _from_yaml(session, name, content, namespace)
    if not isinstance(found, dict):
        raise UsageError(f"{name} is neither a PimJob nor a JSON object of parameters")
    if found.get("kind") not in {None, KIND_PIMJOB}:
        raise UsageError(f"{name} is a {found['kind']}, not a PimJob")
    return found if "kind" in found else {"spec": {"parameters": found}}


def _read(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{name} cannot be read: {error}") from None


def _from_yaml(session: Session, name: str, content: str, namespace: str | None) -> Any:
    """Let kubectl read YAML: it is there anyway."""
    where = [f"--namespace={namespace}"] if namespace else []
    done = session.kubectl.run(
        *("create", "--dry-run=client", "--validate=false", "--filename=-", "--output=json"),
        *where,
        stdin=content,
    )
    if done.returncode:
        raise UsageError(
            f"{name} is neither a PimJob nor a JSON object of parameters: {done.stderr.strip()}"
        )
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise UsageError(f"{name} has more than one object; run takes one PimJob") from None


def what(session: Session, given: str) -> tuple[Manifest, Manifest]:
    """Return the spec that TYPE or PROFILE stands for, and its PimJobType. Raises CliError."""
    kind, slash, name = given.rpartition("/")
    if slash and kind not in {"type", "profile"}:
        raise UsageError(f"{given!r}: write NAME, type/NAME or profile/NAME")
    if kind == "profile":
        return _of_profile(session, name)
    found = job_type(session, name)
    if kind == "type" or found is not None:
        if found is None:
            raise CliError(f"there is no type {name!r}; see kubectl pimjob types")
        return {"type": name}, found
    try:
        return _of_profile(session, name)
    except CliError as error:
        raise CliError(f"there is no type {name!r}, and as a profile: {error}") from None


def job_type(session: Session, name: str) -> Manifest | None:
    """Return a PimJobType; None if there is none."""
    try:
        found: Manifest = session.api.get(paths.job_type(type_object_name(name)))
    except ServerError as error:
        if error.is_missing:
            return None
        raise
    return found


def _of_profile(session: Session, name: str) -> tuple[Manifest, Manifest]:
    try:
        profile = session.api.get(paths.profile(session.namespace, name))
    except MissingKindError:
        raise CliError(MISSING) from None
    spec = profile["spec"]
    found = job_type(session, spec["type"])
    if found is None:
        raise CliError(
            f"profile {name} is of type {spec['type']}, which this cluster does not have"
        )
    kept = {key: spec[key] for key in ("type", "label", "parameters") if key in spec}
    return {**kept, "profile": name}, found


def complete(
    manifest: Manifest, spec: Manifest, *, name: str | None, label: str | None, user: str
) -> Manifest:
    """Return the PimJob to send: what is given on the command line wins over the file."""
    base = manifest.get("spec") or {}
    whole = {**spec, **base}
    whole["type"] = spec.get("type") or base.get("type")
    whole["parameters"] = {**(spec.get("parameters") or {}), **(base.get("parameters") or {})}
    if label:
        whole["label"] = label
    whole.setdefault("user", user)
    metadata = {
        k: v for k, v in (manifest.get("metadata") or {}).items() if k != "creationTimestamp"
    }
    if name:
        metadata = {**metadata, "name": name}
    elif "name" not in metadata:
        metadata["name"] = new_name(str(whole.get("profile") or whole["type"]))
    return {"apiVersion": API_VERSION, "kind": KIND_PIMJOB, "metadata": metadata, "spec": whole}


def new_name(base: str) -> str:
    """Return a name that nobody else makes, known beforehand: a create is never done twice."""
    tail = f"-{os.urandom(3).hex()}"
    head = re.sub(r"[^a-z0-9-]+", "-", base.lower()).strip("-")
    return head[: PIMJOB_NAME_LENGTH - len(tail)].rstrip("-") + tail


def add_parameters(body: Manifest, found: Manifest, given: list[str]) -> None:
    """Add what -p gives. Raises UsageError for what is unknown or missing."""
    parameters = body["spec"]["parameters"]
    parameters.update(job_types.parse(found, given))
    if absent := job_types.missing(found, parameters):
        flags = " ".join(f"-p {name}=…" for name in absent)
        kind = body["spec"]["type"]
        raise UsageError(f"missing: {flags} (see kubectl pimjob types {kind})")
