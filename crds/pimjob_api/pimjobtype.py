"""PimJobType: what can be run. `crds/pimjobtypes.yaml` is made from it."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from pimjob_api import bounds
from pimjob_api.model import Count, Image, Model, Name, Title, described, items, list_map, rule
from pimjob_api.pimjob_status import Condition

PIMJOBTYPE_RULES = (
    rule(
        f"size(self.metadata.name) <= {bounds.NAME}",
        f"metadata.name may have at most {bounds.NAME} characters, as the type of a PimJob",
    ),
    rule(
        "!self.metadata.name.contains('.')",
        "metadata.name may not contain a dot: a PimJob finds its type by a name in which"
        " dashes stand for dots and underscores",
    ),
)


class JobKind(StrEnum):
    """The family of a type, as people filter by it."""

    IMPORT = "import"
    EXPORT = "export"
    QUICK_EXPORT = "quick_export"
    MASS_ACTION = "mass_action"
    RULES = "rules"
    PROPOSALS = "proposals"
    SYSTEM = "system"


class OnRelease(StrEnum):
    """What a job of the type does while a release gate is closed."""

    PAUSE = "Pause"
    FINISH = "Finish"


class StepDefinition(Model):
    """One step of the plan."""

    name: Annotated[Name, described("Its code, unique in the type.")]
    label: Annotated[Title, described("What people see it named.")]
    trackable: Annotated[bool, described("Whether its total can be known beforehand.")] = True


Quantity = Annotated[
    int | str,
    WithJsonSchema(
        {
            "x-kubernetes-int-or-string": True,
            "maxLength": 32,
            "pattern": r"^[0-9]+(\.[0-9]+)?(m|[kMGTPE]|[KMGTPE]i)?$",
        }
    ),
]
"""An amount, as Kubernetes writes it: 2, 100m, 128Mi."""


def _quantities(description: str) -> Any:
    return Field(default_factory=dict, max_length=8, description=description)


class Resources(Model):
    """Resources of the container, as in a pod: `requests: {cpu: 100m, memory: 128Mi}`."""

    requests: Annotated[dict[str, Quantity], _quantities("What the pod is given for sure.")]
    limits: Annotated[dict[str, Quantity], _quantities("What it may not exceed.")]


class PimJobTypeSpec(Model):
    """How jobs of this type run."""

    label: Annotated[Title, described("What people see it named.")]
    kind: Annotated[JobKind, described("Its family, as people filter by it.")]
    steps: Annotated[
        list[StepDefinition],
        Field(
            min_length=1,
            max_length=bounds.MAX_STEPS,
            description="The steps, in the order in which they run.",
            json_schema_extra=list_map("name"),
        ),
    ]
    stoppable: Annotated[
        bool, described("Whether a job can be stopped once it has begun. Before, every job can.")
    ] = True
    pausable: Annotated[
        bool, described("Whether a job can be paused once it has begun. Before, every job can.")
    ] = True
    notify: Annotated[bool, described("Whether its user is told of a job's end.")] = True
    parameters: Annotated[
        dict[str, Any],
        Field(default_factory=dict, description="JSON Schema (2020-12) of a job's parameters."),
    ]
    queue: Annotated[Name | None, described("The queue that its jobs wait in.")] = None
    image: Annotated[
        Image | None,
        described("Image whose runner knows this type; the operator's if unset."),
    ] = None
    resources: Annotated[
        Resources | None, described("Resources of the runner's container; the operator's if unset.")
    ] = None
    on_release: Annotated[
        OnRelease,
        described("What its jobs do during a release: Pause (the default) or Finish."),
    ] = OnRelease.PAUSE


class PimJobTypeStatus(Model):
    """Whether jobs of this type can run."""

    conditions: Annotated[
        list[Condition], items(bounds.MAX_CONDITIONS, "Ready says whether jobs can run.", "type")
    ]
    observed_generation: Annotated[
        Count | None, described("The metadata.generation that the conditions are about.")
    ] = None
