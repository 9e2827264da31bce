"""Finds objects among those that the chart makes."""

from typing import Any

Objects = list[dict[str, Any]]


def of_kind(objects: Objects, kind: str) -> Objects:
    return [one for one in objects if one["kind"] == kind]


def named(objects: Objects, kind: str, name: str) -> dict[str, Any]:
    (found,) = [one for one in of_kind(objects, kind) if one["metadata"]["name"] == name]
    return found
