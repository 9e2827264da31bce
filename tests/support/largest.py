"""The largest value that a structural schema allows, weighed as compact JSON.

Built from the schema alone, so that no field can be forgotten. A text counts six bytes
a character (a control character's escape in JSON) unless a rule bounds its UTF-8 bytes
and keeps those out: then two bytes each, a quote's escape.
"""

import json
import re
from typing import Any

LATEST = "9999-12-31T23:59:59.123456789+12:59"
_BYTES_RULE = re.compile(r"size\(bytes\((?:self|name)\)\) <= (\d+)")


def largest(schema: dict[str, Any], key: int = 0) -> Any:
    """Return the largest value; `key` makes texts differ where they are keys."""
    if "enum" in schema:
        return max(schema["enum"], key=len)
    kind = schema["type"]
    if kind == "boolean":
        return False
    if kind == "integer":
        return schema["maximum"] - key
    if kind == "string":
        return _text(schema, key)
    if kind == "array":
        return [largest(schema["items"], n) for n in range(schema["maxItems"])]
    return _object(schema, key)


def compact(value: Any) -> bytes:
    """Return JSON as the API server stores it, UTF-8 without blanks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _object(schema: dict[str, Any], key: int) -> dict[str, Any]:
    if "properties" in schema:
        return {name: largest(value, key) for name, value in schema["properties"].items()}
    limit = bytes_limit(schema)
    assert limit is not None, f"keys without a bound: {schema}"
    names = (_distinct('"', limit, n) for n in range(schema["maxProperties"]))
    return {name: largest(schema["additionalProperties"], key) for name in names}


def _text(schema: dict[str, Any], key: int) -> str:
    if schema.get("format") == "date-time":
        assert len(LATEST) == schema["maxLength"]
        return LATEST
    pattern = schema.get("pattern", "")
    if "%" in pattern:
        return "100%"
    if pattern:
        return _distinct("a", schema["maxLength"], key)
    character = "\x01" if bytes_limit(schema) is None else '"'
    return _distinct(character, schema["maxLength"], key)


def _distinct(character: str, length: int, number: int) -> str:
    return str(number) + character * (length - len(str(number)))


def bytes_limit(schema: dict[str, Any]) -> int | None:
    """Return the bound in bytes that a schema's rules set, if any."""
    for validation in schema.get("x-kubernetes-validations", ()):
        found = _BYTES_RULE.search(validation["rule"])
        if found and "[[:cntrl:]]" in validation["rule"]:
            return int(found[1])
    return None
