"""Arbitrary values that a structural schema allows, for Hypothesis: the bounds, too."""

from typing import Any

from hypothesis import strategies as st

MOST_ITEMS = 3
"""Of a list: more would tell nothing else."""
TIMES = (
    "2026-01-01T12:00:00Z",
    "2026-01-01T12:00:00.123456789+12:59",
    "2026-01-01T12:00:00",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+12:59",
    "9999-12-31T23:59:59-12:59",
)
"""Some of which Python cannot read, and the API server takes."""
CHARACTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))


def values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return values of a schema. A few are refused by what it says in CEL only."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kind = schema["type"]
    if kind == "boolean":
        return st.booleans()
    if kind == "integer":
        most = schema["maximum"]
        return st.sampled_from([schema["minimum"], most]) | st.integers(schema["minimum"], most)
    if kind == "string":
        return _texts(schema)
    return _lists(schema) if kind == "array" else _objects(schema)


def _texts(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    if schema.get("format") == "date-time":
        return st.sampled_from(TIMES)
    most = schema["maxLength"]
    if "pattern" in schema:
        pattern = schema["pattern"].replace("$", r"\Z")
        return st.from_regex(pattern).filter(lambda text: len(text) <= most)
    return st.text(CHARACTERS, max_size=min(most, 20))


def _lists(schema: dict[str, Any]) -> st.SearchStrategy[list[Any]]:
    keys = schema.get("x-kubernetes-list-map-keys")

    def key(item: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(item.get(name) for name in keys or ())

    size = min(schema["maxItems"], MOST_ITEMS)
    return st.lists(values(schema["items"]), max_size=size, unique_by=key if keys else None)


def _objects(schema: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    if "properties" not in schema:
        names = st.text(st.characters(codec="ascii", categories=("Ll",)), max_size=8)
        return st.dictionaries(names, values(schema["additionalProperties"]), max_size=MOST_ITEMS)
    fields = {name: values(found) for name, found in schema["properties"].items()}
    needed = set(schema.get("required", ()))
    return st.fixed_dictionaries(
        {name: field for name, field in fields.items() if name in needed},
        optional={name: field for name, field in fields.items() if name not in needed},
    )
