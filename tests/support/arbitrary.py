"""Values that a structural schema allows, and now and then one that it doesn't, for Hypothesis."""

from typing import Any

from hypothesis import strategies as st

ODD = ("", "-", "a\n\tb", "é" * 40, "9" * 300, "../..", "{{ x }}", "%s", "1", "true")
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9)
)
JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=12,
)


def arbitrary(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return values of a schema as CRDs have them."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema.get("x-kubernetes-preserve-unknown-fields") and "properties" not in schema:
        return st.dictionaries(st.text(max_size=9), JSON, max_size=4)
    match schema.get("type"):
        case "object":
            return _objects(schema)
        case "array":
            most = min(schema.get("maxItems", 3), 3)
            return st.lists(
                arbitrary(schema["items"]), min_size=schema.get("minItems", 0), max_size=most
            )
        case "integer":
            low, high = schema.get("minimum", -(2**31)), schema.get("maximum", 2**53 - 1)
            return st.sampled_from([low, high]) | st.integers(low, high)
    return st.booleans() if schema.get("type") == "boolean" else _texts(schema)


def _objects(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    found, required = schema.get("properties"), schema.get("required", ())
    if found is None:
        values = arbitrary(schema.get("additionalProperties") or {"type": "string"})
        return st.dictionaries(st.text("abc-", min_size=1, max_size=5), values, max_size=3)
    return st.fixed_dictionaries(
        {name: arbitrary(found[name]) for name in required},
        optional={name: arbitrary(found[name]) for name in found if name not in required},
    )


def _texts(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    if schema.get("format") == "date-time":
        return st.sampled_from(
            ["0001-01-01T00:00:00Z", "2026-01-01T00:00:00.5+01:00", "9999-12-31T23:59:59Z"]
        )
    longest = min(schema.get("maxLength", 40), 300)
    if "pattern" in schema:
        return st.from_regex(schema["pattern"], fullmatch=True).map(lambda text: text[:longest])
    return st.sampled_from(ODD).map(lambda text: text[:longest]) | st.text(
        max_size=min(longest, 12)
    )
