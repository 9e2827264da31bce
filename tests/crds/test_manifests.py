"""What every schema that we generate must have."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pimjob_api.definitions import KINDS, Kind
from support.control_plane import Api

UNKNOWN = "x-kubernetes-preserve-unknown-fields"
FREE_FORM = {
    "pimjobs.spec.parameters",
    "pimjobtypes.spec.parameters",
    "pimnotifications.spec.data",
}


def fields() -> Iterator[tuple[str, dict[str, Any]]]:
    """All fields of specs and statuses, with their paths."""
    for kind in KINDS:
        schema = kind.definition()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
        for part in ("spec", "status"):
            yield from _below(f"{kind.plural}.{part}", schema["properties"][part])


def _below(path: str, schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield path, schema
    if path in FREE_FORM:
        return
    for name, value in schema.get("properties", {}).items():
        yield from _below(f"{path}.{name}", value)
    for inner, mark in (("items", "[]"), ("additionalProperties", "{}")):
        if inner in schema:
            yield from _below(path + mark, schema[inner])


FIELDS = dict(fields())


@pytest.mark.parametrize("path", FIELDS)
def test_every_field_is_bounded(path: str) -> None:
    schema = FIELDS[path]
    bounded_by = {
        "string": {"maxLength", "enum"},
        "integer": {"maximum"},
        "array": {"maxItems"},
        "object": {"properties", "maxProperties"},
        "boolean": {"type"},
        None: {"maxLength"},
    }
    if path != "pimjobtypes.spec.parameters":
        assert bounded_by[schema.get("type")] & schema.keys()


@pytest.mark.parametrize("path", [path for path in FIELDS if not path.endswith(("{}", "[]"))])
def test_every_field_is_described(path: str) -> None:
    description = FIELDS[path]["description"]
    assert description[0].isupper() or description.startswith("metadata")
    assert description.endswith(".")


@pytest.mark.parametrize("path", [p for p in FIELDS if FIELDS[p].get("type") == "array"])
def test_every_list_says_how_it_merges(path: str) -> None:
    schema = FIELDS[path]
    keys = schema.get("x-kubernetes-list-map-keys", [])
    assert schema["x-kubernetes-list-type"] == ("map" if keys else "atomic")
    assert set(keys) <= set(schema["items"].get("required", ()))


def test_only_specs_have_defaults() -> None:
    with_default = {path for path, schema in FIELDS.items() if "default" in schema}
    assert with_default == {
        "pimjobs.spec.desiredState",
        "pimjobs.spec.parameters",
        "pimjobs.spec.retry",
        "pimjobtypes.spec.notify",
        "pimjobtypes.spec.onRelease",
        "pimjobtypes.spec.pausable",
        "pimjobtypes.spec.steps[].trackable",
        "pimjobtypes.spec.stoppable",
        "pimnotifications.spec.resend",
        "pimnotifiers.spec.chat.url.name",
        "pimnotifiers.spec.mail.server.name",
        "pimnotifiers.spec.mail.users.name",
        "pimnotifiers.spec.webhook.signingKey.name",
        "pimnotifiers.spec.webhook.urlFrom.name",
        "pimreleases.spec.deadlineSeconds",
        "pimreleases.spec.gate",
    }


def test_only_parameters_and_what_is_told_of_a_change_are_free_form() -> None:
    free = {p for p in FIELDS if UNKNOWN in FIELDS[p].get("additionalProperties", {})}
    assert free == FREE_FORM


@pytest.mark.cluster
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.plural)
def test_the_server_keeps_each_schema_as_it_is(server: tuple[Api, Path], kind: Kind) -> None:
    """So that a chart, `kubectl diff` and a GitOps controller find nothing to change."""
    written = kind.definition()
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    found = server[0].get(f"{path}/{written['metadata']['name']}")
    assert found["spec"]["versions"][0]["schema"] == written["spec"]["versions"][0]["schema"]
