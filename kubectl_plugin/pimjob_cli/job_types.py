"""PimJobTypes: what their parameters are, and how a text becomes a value of one. Pure."""

import difflib
import json
from collections.abc import Sequence
from typing import Any

from pimjob_cli.errors import UsageError
from pimjob_cli.text import clean

Schema = dict[str, Any]


def parameters_of(job_type: dict[str, Any]) -> Schema:
    """Return the JSON Schema of a type's parameters, by name."""
    return dict((job_type["spec"].get("parameters") or {}).get("properties") or {})


def required_of(job_type: dict[str, Any]) -> list[str]:
    """Return the parameters that it cannot do without."""
    return list((job_type["spec"].get("parameters") or {}).get("required") or ())


def parse(job_type: dict[str, Any], given: Sequence[str]) -> dict[str, Any]:
    """Return the values of `key=value` texts, as the type's schema has them. Raises UsageError.

    Only what a text has to become is looked at here. Whether the values fit together is
    checked by the operator, against the whole schema.
    """
    schemas, found = parameters_of(job_type), dict[str, Any]()
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"-p {text}: write -p {name}=VALUE")
        if name not in schemas and not _takes_others(job_type):
            raise UsageError(_unknown(name, schemas))
        found[name] = _value(name, value, schemas.get(name, {}))
    return found


def missing(job_type: dict[str, Any], parameters: dict[str, Any]) -> list[str]:
    """Return what is required and not there."""
    return [name for name in required_of(job_type) if name not in parameters]


def _takes_others(job_type: dict[str, Any]) -> bool:
    schema = job_type["spec"].get("parameters") or {}
    return bool(schema.get("additionalProperties", True))


def _unknown(name: str, schemas: Schema) -> str:
    close = difflib.get_close_matches(name, schemas, 1)
    meant = f"; did you mean {close[0]}?" if close else ""
    known = ", ".join(schemas) or "none at all"
    return clean(f"there is no parameter {name!r}{meant} There are: {known}")


def _value(name: str, text: str, schema: Schema) -> Any:
    kind = schema.get("type", "string" if "enum" in schema else None)
    kinds = {kind} if isinstance(kind, str) else set(kind or ("string",))
    choices = schema.get("enum")
    value = text if kinds == {"string"} else _typed(name, text, kinds)
    if choices is not None and value not in choices:
        allowed = ", ".join(json.dumps(choice) for choice in choices)
        raise UsageError(clean(f"{name}: {text!r} is none of {allowed}"))
    return value


def _typed(name: str, text: str, kinds: set[str]) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    if kind_of(value) in kinds or (kind_of(value) == "integer" and "number" in kinds):
        return value
    if "string" in kinds:
        return text
    if "array" in kinds and not isinstance(value, dict):
        return text.split(",")
    wanted = " or ".join(sorted(kinds))
    hint = ", as JSON" if kinds & {"array", "object"} else ""
    raise UsageError(clean(f"{name}: {text!r} is no {wanted}{hint}"))


def kind_of(value: Any) -> str:
    """Return a value's type as JSON Schema names it."""
    if isinstance(value, bool):
        return "boolean"
    names = {int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")


def row(name: str, schema: Schema, *, required: bool) -> list[str]:
    """Return what is to be known of a parameter: name, type, default, description."""
    choices = schema.get("enum")
    kind = (
        "one of " + ", ".join(map(json.dumps, choices))
        if choices
        else str(schema.get("type", "any"))
    )
    default = (
        "required" if required else json.dumps(schema["default"]) if "default" in schema else "-"
    )
    return [name, kind, default, str(schema.get("description", "-"))]
