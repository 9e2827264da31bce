"""From a pydantic model to a structural schema, the subset of OpenAPI that CRDs take.

pydantic's JSON Schema uses references, null types, titles and constants, all of
which the API server refuses or misreads. Everything it does not know how to
translate is an error here, not a surprise there.
"""

from typing import Any

from pydantic import BaseModel

Schema = dict[str, Any]

_KEPT = frozenset(
    {
        "description",
        "enum",
        "format",
        "items",
        "maxItems",
        "maxLength",
        "maximum",
        "maxProperties",
        "minItems",
        "minLength",
        "minimum",
        "pattern",
        "type",
    }
)
_DROPPED = frozenset({"title", "default", "additionalProperties", "propertyNames", "properties"})
_KEEP_UNKNOWN = "x-kubernetes-preserve-unknown-fields"


def structural(model: type[BaseModel]) -> Schema:
    """Return the structural schema of a model."""
    raw = model.model_json_schema(by_alias=True)
    return _convert(raw, raw.get("$defs", {}))


def _convert(raw: Schema, definitions: Schema) -> Schema:
    raw = _resolve(raw, definitions)
    converted: Schema = {}
    for key, value in raw.items():
        if key in _KEPT or key.startswith("x-kubernetes-"):
            converted[key] = value
        elif key not in _DROPPED | {"$defs", "required"}:
            raise ValueError(f"No structural form for {key!r} in {raw}")
    if "items" in raw:
        converted["items"] = _convert(raw["items"], definitions)
    if raw.get("type") == "object":
        _convert_object(raw, converted, definitions)
    return converted


def _convert_object(raw: Schema, converted: Schema, definitions: Schema) -> None:
    values = raw.get("additionalProperties")
    if "properties" in raw:
        converted["properties"] = {
            name: _convert_property(value, definitions) for name, value in raw["properties"].items()
        }
        required = [name for name in raw.get("required", ()) if name in raw["properties"]]
        if required:
            converted["required"] = required
    elif isinstance(values, dict) and values:
        converted["additionalProperties"] = _convert(values, definitions)
    else:
        converted[_KEEP_UNKNOWN] = True


def _convert_property(raw: Schema, definitions: Schema) -> Schema:
    converted = _convert(raw, definitions)
    # Fields asked for by `json_schema_extra={"default": …}` come with rules that
    # need the field to be there.
    if "default" in raw and "x-kubernetes-validations" in raw:
        converted["default"] = raw["default"]
    return converted


def _resolve(raw: Schema, definitions: Schema) -> Schema:
    """Inline references, and turn `X or null` into X: absent means null in Kubernetes."""
    raw = dict(raw)
    if "anyOf" in raw:
        options = [option for option in raw.pop("anyOf") if option != {"type": "null"}]
        if len(options) != 1:
            raise ValueError(f"A union has no structural form: {options}")
        raw = {**_resolve(options[0], definitions), **raw}
    if "$ref" in raw:
        name = raw.pop("$ref").rsplit("/", 1)[1]
        raw = {**_resolve(definitions[name], definitions), **raw}
    return raw
