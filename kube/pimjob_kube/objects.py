"""What any object says of itself."""

from typing import Any

Object = dict[str, Any]


def version(found: Object) -> int:
    """Return an object's resource version; they only grow."""
    return int(found["metadata"]["resourceVersion"])
