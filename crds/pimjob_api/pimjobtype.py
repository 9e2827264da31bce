"""PimJobType: what can be run. The source of `crds/pimjobtypes.yaml`."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from pimjob_api import bounds
from pimjob_api.model import Count, Label, Model, Name, list_map
from pimjob_api.pimjob import Condition


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
    """One step of the plan, in order."""

    name: Name
    label: Label
    trackable: bool = True


class Resources(Model):
    """Container resources, as Kubernetes quantities: `{cpu: 100m, memory: 128Mi}`."""

    requests: Annotated[dict[str, str], Field(default_factory=dict, max_length=8)]
    limits: Annotated[dict[str, str], Field(default_factory=dict, max_length=8)]


class PimJobTypeSpec(Model):
    """How jobs of this type run."""

    label: Label
    kind: JobKind
    steps: Annotated[
        list[StepDefinition],
        Field(min_length=1, max_length=bounds.MAX_STEPS, json_schema_extra=list_map("name")),
    ]
    stoppable: bool = True
    pausable: bool = True
    notify: bool = True
    parameters: Annotated[
        dict[str, Any],
        Field(default_factory=dict, description="JSON Schema (2020-12) of a job's parameters."),
    ]
    queue: Name | None = None
    image: Annotated[
        str | None,
        Field(
            max_length=bounds.IMAGE, description="Runner image; the operator's default if unset."
        ),
    ] = None
    resources: Resources | None = None
    on_release: OnRelease = OnRelease.PAUSE


class PimJobTypeStatus(Model):
    """Whether jobs of this type can run."""

    conditions: Annotated[
        list[Condition],
        Field(
            default_factory=list,
            max_length=bounds.MAX_CONDITIONS,
            json_schema_extra=list_map("type"),
        ),
    ]
    observed_generation: Count | None = None
