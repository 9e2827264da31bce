"""JSON Schemas of every kind that an API server serves, strict, for checks of manifests."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from support.control_plane import Api

TEMPLATE = "{{.Group}}_{{.ResourceAPIVersion}}_{{.ResourceKind}}.json"
"""Where kubeconform finds a kind; of the core group, the version stands for the group."""
_REFERENCE = "#/components/schemas/"


def write_schemas(api: Api, folder: Path) -> None:
    """Write a file for each kind, with whatever it refers to."""
    for place, found in api.get("/openapi/v3")["paths"].items():
        if place.startswith("api"):
            parts = api.get(found["serverRelativeURL"])["components"]["schemas"]
            for name, schema in parts.items():
                for kind in schema.get("x-kubernetes-group-version-kind") or ():
                    file = f"{kind['group'] or kind['version']}_{kind['version']}_{kind['kind']}"
                    _write(folder / f"{file.lower()}.json", name, parts)


def _write(file: Path, name: str, parts: dict[str, Any]) -> None:
    needed: dict[str, Any] = {}
    waiting = [name]
    while waiting:
        if (one := waiting.pop()) not in needed:
            needed[one] = _closed(parts[one])
            waiting += _references(parts[one])
    schema = {"$ref": _REFERENCE + name, "components": {"schemas": needed}}
    file.write_text(json.dumps(schema), encoding="utf-8")


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(reference := schema.get("$ref"), str):
            yield reference.removeprefix(_REFERENCE)
        schema = list(schema.values())
    if isinstance(schema, list):
        for part in schema:
            yield from _references(part)


def _closed(schema: Any) -> Any:
    """Return a schema that refuses fields that it doesn't name, as the API server would warn of."""
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: _closed(part) for name, part in schema.items()}
    named = isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema
    if named and not schema.get("x-kubernetes-preserve-unknown-fields"):
        found["additionalProperties"] = False
    return found
