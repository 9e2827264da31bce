"""Parameters against a type's JSON Schema."""

import socket

import pytest

from pimjob_operator.parameters import MAX_ERRORS, SchemaError, parameter_errors

SCHEMA = {
    "type": "object",
    "required": ["source"],
    "properties": {
        "source": {"type": "string"},
        "mapping": {"type": "array", "items": {"type": "object", "required": ["to"]}},
    },
    "additionalProperties": False,
}


def test_what_fits_has_no_errors() -> None:
    assert parameter_errors(SCHEMA, {"source": "x", "mapping": [{"to": "name"}]}) == []
    assert parameter_errors({}, {"anything": 1}) == []


def test_all_errors_are_told_with_their_place() -> None:
    errors = parameter_errors(SCHEMA, {"mapping": [{"to": 1}, {}], "sorce": "x"})
    assert len(errors) == 3
    assert any(error.startswith("parameters.mapping.1: ") for error in errors)
    assert any("source" in error for error in errors)
    assert any("sorce" in error for error in errors)


def test_errors_are_bounded() -> None:
    wrong = {"source": "x", "mapping": [{} for _ in range(100)]}
    assert len(parameter_errors(SCHEMA, wrong)) == MAX_ERRORS


def test_a_schema_that_is_none_is_told() -> None:
    with pytest.raises(SchemaError):
        parameter_errors({"type": "strng"}, {})


def test_a_schema_cannot_make_the_operator_fetch_anything() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        with pytest.raises(SchemaError):
            parameter_errors({"$ref": f"http://127.0.0.1:{port}/schema.json"}, {})
        with pytest.raises(TimeoutError):
            server.accept()
