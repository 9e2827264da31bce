"""From pydantic's JSON Schema to what the API server takes."""

from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from pimjob_api.schema import Schema, structural


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Inner(BaseModel):
    number: Annotated[int, Field(ge=1, le=9)]


def field(annotation: Any, default: Any = ..., *, defaults: bool = True) -> Schema:
    """Return the schema of one field."""
    attributes = {"__annotations__": {"one": annotation}}
    model = type("Model", (BaseModel,), attributes | ({} if default is ... else {"one": default}))
    found: Schema = structural(model, defaults=defaults)["properties"]["one"]
    return found


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        (str, {"type": "string"}),
        (str | None, {"type": "string"}),
        (Annotated[str | None, Field(max_length=5)], {"type": "string", "maxLength": 5}),
        (Literal["one"], {"type": "string", "enum": ["one"]}),
        (Colour, {"type": "string", "enum": ["red", "blue"]}),
        (Annotated[list[int], Field(max_length=3)],
         {"type": "array", "maxItems": 3, "items": {"type": "integer"}}),
        (Inner, {
            "type": "object",
            "properties": {"number": {"type": "integer", "minimum": 1, "maximum": 9}},
            "required": ["number"],
        }),
        (dict[str, int], {"type": "object", "additionalProperties": {"type": "integer"}}),
        (dict[str, Any], {
            "type": "object",
            "additionalProperties": {"x-kubernetes-preserve-unknown-fields": True},
        }),
    ],
)  # fmt: skip
def test_a_field_becomes_structural(annotation: Any, schema: Schema) -> None:
    assert field(annotation) == schema


def test_a_description_of_the_field_wins_over_that_of_its_type() -> None:
    assert field(Annotated[Inner | None, Field(description="Here.")])["description"] == "Here."


def test_defaults_are_kept_on_demand_and_null_is_none() -> None:
    assert field(Colour, Colour.RED)["default"] == "red"
    assert "default" not in field(Colour, Colour.RED, defaults=False)
    assert "default" not in field(str | None, None)


@pytest.mark.parametrize(
    "annotation",
    [int | str, tuple[int, str], set[str], Annotated[int, Field(gt=0)],
     Annotated[dict[str, int], Field(json_schema_extra={"propertyNames": {"maxLength": 3}})]],
)  # fmt: skip
def test_what_has_no_structural_form_is_an_error_at_once(annotation: Any) -> None:
    with pytest.raises(ValueError, match="no structural form"):
        field(annotation)
