"""From a pydantic model to a structural schema, the subset of OpenAPI that CRDs take.

pydantic's JSON Schema uses references, null types, titles and constants, which the
API server refuses or misreads. What has no translation here is an error here, not a
surprise there.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

Schema = dict[str, Any]

_KEPT = frozenset(
    {
        "default",
        "description",
        "enum",
        "format",
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
_TRANSLATED = frozenset({"additionalProperties", "items", "properties", "required"})
_DROPPED = frozenset({"$defs", "title"})
_NULL = {"type": "null"}
_UNKNOWN: Schema = {"x-kubernetes-preserve-unknown-fields": True}


def structural(model: type[BaseModel], *, defaults: bool) -> Schema:
    """Return the structural schema of a model.

    `defaults` keeps the models' defaults: right in a spec, where people see what holds,
    wrong in a status, where each field belongs to who has written it.
    Raises ValueError for what has no structural form.
    """
    raw = model.model_json_schema(by_alias=True)
    return _Translation(raw.get("$defs", {}), defaults=defaults).of(raw)


class _Translation:
    def __init__(self, definitions: Mapping[str, Schema], *, defaults: bool) -> None:
        self._definitions = definitions
        self._defaults = defaults

    def of(self, raw: Schema) -> Schema:
        raw = self._plain(raw)
        translated = {key: value for key, value in raw.items() if self._is_kept(key, raw)}
        if "items" in raw:
            translated["items"] = self.of(raw["items"])
        if raw.get("type") == "object":
            translated |= self._fields(raw)
        return translated

    def _is_kept(self, key: str, raw: Schema) -> bool:
        if key == "default":
            return self._defaults and raw[key] is not None
        if key in _KEPT or key.startswith("x-kubernetes-"):
            return True
        if key in _TRANSLATED | _DROPPED:
            return False
        raise ValueError(f"{key!r} has no structural form, in {raw}")

    def _fields(self, raw: Schema) -> Schema:
        """Translate what an object holds: known fields, values of one kind, or anything."""
        if "properties" in raw:
            fields = {name: self.of(value) for name, value in raw["properties"].items()}
            if not fields:
                # The server would leave out an empty list of fields.
                return {"maxProperties": 0}
            return {"properties": fields, **{k: raw[k] for k in ("required",) if k in raw}}
        values = raw.get("additionalProperties", True)
        return {"additionalProperties": dict(_UNKNOWN) if values is True else self.of(values)}

    def _plain(self, raw: Schema) -> Schema:
        """Inline references, drop null (absent means null in Kubernetes), const is an enum."""
        raw = dict(raw)
        if "anyOf" in raw:
            options = [option for option in raw.pop("anyOf") if option != _NULL]
            if len(options) != 1:
                raise ValueError(f"A union has no structural form: {options}")
            raw = {**self._plain(options[0]), **raw}
        if "$ref" in raw:
            name = raw.pop("$ref").rsplit("/", 1)[1]
            raw = {**self._plain(self._definitions[name]), **raw}
        if "const" in raw:
            raw["enum"] = [raw.pop("const")]
        return raw
