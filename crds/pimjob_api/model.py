"""What all models share: camelCase aliases, frozen values, reading that tolerates the unknown."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=63, pattern=r"^[a-z0-9]([a-z0-9_.-]*[a-z0-9])?$"),
]
"""A code: a job type, a profile, a step."""

ShortText = Annotated[str, StringConstraints(max_length=255)]
"""Shown to people in one line: a label, a reason, a user."""

Message = Annotated[str, StringConstraints(max_length=1024)]
"""One or two sentences for people."""

Url = Annotated[str, StringConstraints(max_length=2048)]
Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[int, Field(ge=0)]


class Model(BaseModel):
    """Base of every model. Unknown fields are ignored: an object may be newer than this code."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore"
    )
