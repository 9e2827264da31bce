"""Names and labels of Kubernetes, and the selector that people choose PimJobs with."""

from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from pimjob_api import bounds
from pimjob_api.model import Model, described, items, rule, rules

ObjectName = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=bounds.OBJECT,
        pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$",
    ),
]
LabelKey = Annotated[
    str,
    StringConstraints(
        max_length=bounds.LABEL_KEY,
        pattern=r"^([a-z0-9.-]{1,253}/)?[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$",
    ),
]
LabelValue = Annotated[
    str,
    StringConstraints(
        max_length=bounds.NAME, pattern=r"^([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?$"
    ),
]


class Operator(StrEnum):
    """How a label is compared."""

    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"


class Requirement(Model):
    """What a label must be like."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            rule(
                "(self.operator in ['In', 'NotIn']) == (size(self.?values.orValue([])) > 0)",
                "In and NotIn need values; Exists and DoesNotExist have none",
            )
        )
    )

    key: Annotated[LabelKey, described("The label's key.")]
    operator: Annotated[Operator, described("In, NotIn, Exists or DoesNotExist.")]
    values: Annotated[
        list[LabelValue], items(bounds.MAX_LABELS, "The values of In and NotIn, else none.")
    ]


class Selector(Model):
    """A label selector, as Kubernetes has it: all that it says must hold."""

    match_labels: Annotated[
        dict[str, LabelValue],
        Field(
            default_factory=dict,
            max_length=bounds.MAX_LABELS,
            description="Labels that a PimJob must have.",
            json_schema_extra=rules(
                rule(
                    f"self.all(key, size(key) <= {bounds.LABEL_KEY})",
                    f"a label's key may have at most {bounds.LABEL_KEY} characters",
                )
            ),
        ),
    ]
    match_expressions: Annotated[
        list[Requirement],
        items(bounds.MAX_LABELS, "Further requirements, which must all hold."),
    ]
