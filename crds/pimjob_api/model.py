"""What all models share: camelCase aliases, frozen values, bounded types, CEL rules."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from pimjob_api import bounds

Rule = dict[str, str]


def rule(expression: str, message: str, *, field: str | None = None) -> Rule:
    """Return one CEL rule. `field` is the child that a refusal names, as JSON path: `.user`."""
    found = {"rule": expression, "message": message}
    return found if field is None else {**found, "fieldPath": field}


def rules(*validations: Rule) -> dict[str, Any]:
    """Return CEL rules for `json_schema_extra`."""
    return {"x-kubernetes-validations": list(validations)}


def list_map(*keys: str) -> dict[str, Any]:
    """Return what makes server-side apply merge a list element by element."""
    return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": list(keys)}


def utf8(limit: int) -> Any:
    """Bound a text in bytes: a character takes up to four, and an escaped one up to six."""
    return Field(
        max_length=limit,
        json_schema_extra=rules(
            rule(
                f"size(bytes(self)) <= {limit} && !self.matches('[[:cntrl:]]')",
                f"may have at most {limit} bytes in UTF-8, and no control characters",
            )
        ),
    )


def described(description: str) -> Any:
    """Describe a field, as `kubectl explain` shows it."""
    return Field(description=description)


def count(description: str) -> Any:
    """Describe a number of things or of seconds."""
    return Field(ge=0, le=bounds.NUMBER, description=description)


def items(limit: int, description: str, *keys: str) -> Any:
    """Describe a bounded list, empty by default, whose elements `keys` tell apart."""
    return Field(
        default_factory=list,
        max_length=limit,
        description=description,
        json_schema_extra=list_map(*keys) if keys else {"x-kubernetes-list-type": "atomic"},
    )


Name = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=bounds.NAME, pattern=r"^[a-z0-9]([a-z0-9_.-]*[a-z0-9])?$"
    ),
]
"""A code: a job type, a profile, a step, an object."""

Image = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=bounds.IMAGE, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:/@-]*$"
    ),
]
"""A container image: host:5000/folder/name:tag@sha256:digest."""

Title = Annotated[str, Field(max_length=bounds.TITLE)]
User = Annotated[str, Field(max_length=bounds.USER)]
Comment = Annotated[str, Field(max_length=bounds.COMMENT)]

Label = Annotated[str, utf8(bounds.LABEL)]
"""Shown to people in one line."""
Word = Annotated[str, utf8(bounds.WORD)]
"""One CamelCase word for machines."""
Message = Annotated[str, utf8(bounds.MESSAGE)]

Time = Annotated[datetime, Field(json_schema_extra={"maxLength": bounds.TIME})]
Count = Annotated[int, Field(ge=0, le=bounds.NUMBER)]


class Model(BaseModel):
    """Base of every model. Unknown fields are ignored: an object may be newer than this code."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore"
    )
