"""JSON from the API server, however deep people have nested it.

`spec.parameters` may hold any JSON, and the API server takes 10,000 levels of it. Python's
reader gives up at about a thousand, and with it on everything else in the same list.
"""

import json
import re
from typing import Any, Final

DEEPEST: Final = 64
"""Levels that are read of what is too deep; nobody means so many."""
TOO_DEEP: Final = "(nested too deep to be read)"
"""Stands for what is deeper: a schema that expects an object or an array refuses it."""

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]')


def loads(text: str) -> Any:
    """Read JSON. What is nested too deep for Python is cut at DEEPEST. Raises ValueError."""
    try:
        return json.loads(text)
    except RecursionError:
        return json.loads(_cut(text))


def pruned(value: Any, levels: int = DEEPEST) -> Any:
    """Return a JSON value that is cut at so many levels."""
    if not isinstance(value, dict | list):
        return value
    if levels == 0:
        return TOO_DEEP
    if isinstance(value, dict):
        return {key: pruned(member, levels - 1) for key, member in value.items()}
    return [pruned(member, levels - 1) for member in value]


def is_deeper(value: Any, levels: int) -> bool:
    """Whether a JSON value has more levels of objects and arrays than so many."""
    if not isinstance(value, dict | list):
        return False
    if levels == 0:
        return True
    members = value.values() if isinstance(value, dict) else value
    return any(is_deeper(member, levels - 1) for member in members)


def _cut(text: str) -> str:
    kept, start, depth, parts = 0, 0, 0, list[str]()
    for token in _TOKEN.finditer(text):
        first = token.group()[0]
        if first in "[{":
            depth += 1
            if depth == DEEPEST + 1:
                start = token.start()
        elif first in "]}":
            if depth == DEEPEST + 1:
                parts += text[kept:start], f'"{TOO_DEEP}"'
                kept = token.end()
            depth -= 1
    if depth:
        raise ValueError("Expecting the end of what is nested")
    return "".join([*parts, text[kept:]])
