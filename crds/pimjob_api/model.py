"""What all models share: camelCase aliases, frozen values, reading that tolerates the unknown."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from pimjob_api import bounds

Name = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=bounds.NAME, pattern=r"^[a-z0-9]([a-z0-9_.-]*[a-z0-9])?$"
    ),
]
"""A code: a job type, a profile, a step."""

Label = Annotated[str, StringConstraints(max_length=bounds.LABEL)]
"""Shown to people in one line: a label, a user."""

Word = Annotated[str, StringConstraints(max_length=bounds.WORD)]
"""One CamelCase word for machines."""

Sentence = Annotated[str, StringConstraints(max_length=bounds.REASON)]
Message = Annotated[str, StringConstraints(max_length=bounds.MESSAGE)]
Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[int, Field(ge=0)]


def rules(*validations: tuple[str, str]) -> dict[str, Any]:
    """Return CEL rules, as (rule, message), for `json_schema_extra`."""
    return {
        "x-kubernetes-validations": [
            {"rule": rule, "message": message} for rule, message in validations
        ]
    }


def list_map(*keys: str) -> dict[str, Any]:
    """Return what makes server-side apply merge a list element by element."""
    return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": list(keys)}


class Model(BaseModel):
    """Base of every model. Unknown fields are ignored: an object may be newer than this code."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore"
    )
