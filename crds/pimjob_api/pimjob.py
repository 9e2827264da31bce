"""PimJob: one execution of a job type. The source of `crds/pimjobs.yaml`."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from pimjob_api import bounds
from pimjob_api.model import (
    Count,
    Label,
    Message,
    Model,
    Name,
    Seconds,
    Sentence,
    Word,
    list_map,
    rules,
)
from pimjob_api.phases import DesiredState, Phase, StepPhase

MAX_PARAMETERS = 64


def _immutable(field: str) -> tuple[str, str]:
    """Return a rule for an optional field: neither changed, nor set later, nor removed."""
    same = f"has(self.{field}) == has(oldSelf.{field})"
    equal = f"!has(self.{field}) || self.{field} == oldSelf.{field}"
    return (
        f"{same} && ({equal})",
        f"{field} cannot be changed; make a new PimJob instead",
    )


class PimJobSpec(Model):
    """What to run, and whether it shall run, pause or stop."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        frozen=True,
        extra="ignore",
        json_schema_extra=rules(
            _immutable("profile"), _immutable("user"), _immutable("parameters")
        ),
    )

    type: Annotated[
        Name,
        Field(
            description="Name of the job type, such as csv_product_import. Cannot be changed.",
            json_schema_extra=rules(
                ("self == oldSelf", "type cannot be changed; make a new PimJob instead")
            ),
        ),
    ]
    profile: Annotated[
        Name | None, Field(description="Profile that it was launched from. Cannot be changed.")
    ] = None
    label: Annotated[Label | None, Field(description="Name shown to people.")] = None
    user: Annotated[Label | None, Field(description="Who launched it. Cannot be changed.")] = None
    parameters: Annotated[
        dict[str, Any],
        Field(
            default_factory=dict,
            description="Parameters of the type, checked against its JSON Schema when the job"
            " starts. Cannot be changed.",
            max_length=MAX_PARAMETERS,
        ),
    ]
    desired_state: Annotated[
        DesiredState,
        Field(
            description="Running, Paused or Stopped. A pause or stop takes effect at the next"
            " chunk of items; nothing done is undone. Stopped is final.",
            json_schema_extra=rules(
                (
                    "oldSelf != 'Stopped' || self == 'Stopped'",
                    "a stopped job stays stopped; make a new PimJob to run it again",
                )
            )
            | {"default": DesiredState.RUNNING.value},
        ),
    ] = DesiredState.RUNNING
    reason: Annotated[Sentence | None, Field(description="Why desiredState was last changed.")] = (
        None
    )
    requested_by: Annotated[Label | None, Field(description="Who changed desiredState last.")] = (
        None
    )
    retry: Annotated[
        int,
        Field(
            ge=0,
            le=1000,
            description="Raise it by one to run a Failed job again from its checkpoint.",
            json_schema_extra=rules(("self >= oldSelf", "retry can only be raised"))
            | {"default": 0},
        ),
    ] = 0


class WarningSample(Model):
    """One of a step's first warnings; all are in the database and the invalid-lines file."""

    line: Count | None = None
    column: Annotated[str, Field(max_length=bounds.COLUMN)] | None = None
    value: Annotated[str, Field(max_length=bounds.VALUE)] | None = None
    reason: Sentence


Counters = Annotated[
    dict[Annotated[str, Field(max_length=bounds.COUNTER)], Count],
    Field(default_factory=dict, max_length=bounds.MAX_COUNTERS),
]


class StepStatus(Model):
    """Progress of one step."""

    name: Name
    label: Label | None = None
    phase: StepPhase = StepPhase.PENDING
    trackable: Annotated[bool, Field(description="Whether the total is known.")] = False
    total: Annotated[Count | None, Field(description="Items in the source.")] = None
    processed: Annotated[Count, Field(description="Items done, refused ones included.")] = 0
    counters: Annotated[
        Counters, Field(description="read, created, updated, unchanged, skipped, invalid, …")
    ]
    warnings: Annotated[Count, Field(description="How many there were in all.")] = 0
    warning_samples: Annotated[
        list[WarningSample],
        Field(
            default_factory=list,
            max_length=bounds.MAX_WARNING_SAMPLES,
            json_schema_extra={"x-kubernetes-list-type": "atomic"},
        ),
    ]
    start_time: datetime | None = None
    end_time: datetime | None = None
    active_seconds: Annotated[
        Seconds, Field(description="Time spent working; pauses left out.")
    ] = 0
    eta_seconds: Annotated[
        Seconds | None, Field(description="Time left; absent while it cannot be told.")
    ] = None


class AttemptStatus(Model):
    """One try: one batch/v1 Job."""

    number: Annotated[int, Field(ge=1)]
    job: Annotated[str, Field(max_length=bounds.NAME)]
    pod: Annotated[str, Field(max_length=bounds.NAME)] | None = None
    image: Annotated[str, Field(max_length=bounds.IMAGE)] | None = None
    retry: Annotated[Count, Field(description="The spec.retry that it answers.")] = 0
    start_time: datetime | None = None
    end_time: datetime | None = None
    outcome: Word | None = None
    reason: Word | None = None
    message: Message | None = None
    processed: Annotated[
        Count | None, Field(description="Items committed by all attempts when this one ended.")
    ] = None


class Artifact(Model):
    """A file that the job read or wrote."""

    kind: Annotated[str, Field(json_schema_extra={"enum": ["input", "output", "invalid", "log"]})]
    name: Annotated[str, Field(max_length=bounds.LABEL)]
    url: Annotated[str, Field(max_length=bounds.URL)]
    bytes: Count | None = None


class StopStatus(Model):
    """Who stopped the job, and when it obeyed."""

    by: Label | None = None
    reason: Sentence | None = None
    at: datetime | None = None
    acknowledged_at: datetime | None = None
    processed: Count | None = None


class Condition(Model):
    """A Kubernetes condition."""

    type: Word
    status: Annotated[str, Field(json_schema_extra={"enum": ["True", "False", "Unknown"]})]
    reason: Word
    message: Message = ""
    last_transition_time: datetime
    observed_generation: Count | None = None


class PimJobStatus(Model):
    """What is the case. The runner writes what it counts, the operator the rest."""

    phase: Phase | None = None
    phase_time: Annotated[datetime | None, Field(description="When it entered its phase.")] = None
    reason: Annotated[Word | None, Field(description="Why it is in this phase, one word.")] = None
    message: Annotated[
        Message | None, Field(description="Why it is in this phase, for people.")
    ] = None
    progress: Annotated[
        str | None, Field(max_length=16, description="Share of the current step done: 42%.")
    ] = None
    step: Annotated[Label | None, Field(description="Current step of all: 2/3 import.")] = None
    eta_seconds: Annotated[Seconds | None, Field(description="Time left in this step.")] = None
    warnings: Annotated[Count | None, Field(description="Warnings of all steps.")] = None
    active_seconds: Annotated[
        Seconds | None, Field(description="Time spent working, without queueing and pauses.")
    ] = None
    start_time: datetime | None = None
    completion_time: datetime | None = None
    heartbeat_time: Annotated[
        datetime | None, Field(description="When the runner last reported.")
    ] = None
    steps: Annotated[
        list[StepStatus],
        Field(
            default_factory=list, max_length=bounds.MAX_STEPS, json_schema_extra=list_map("name")
        ),
    ]
    attempts: Annotated[
        list[AttemptStatus],
        Field(
            default_factory=list,
            max_length=bounds.MAX_ATTEMPTS,
            description="The last ten.",
            json_schema_extra=list_map("number"),
        ),
    ]
    attempt_count: Annotated[Count | None, Field(description="Attempts in all.")] = None
    artifacts: Annotated[
        list[Artifact],
        Field(
            default_factory=list,
            max_length=bounds.MAX_ARTIFACTS,
            json_schema_extra=list_map("name"),
        ),
    ]
    stoppable: bool | None = None
    pausable: bool | None = None
    stop: StopStatus | None = None
    observed_retry: Annotated[
        Count | None, Field(description="The spec.retry that the current attempts answer.")
    ] = None
    conditions: Annotated[
        list[Condition],
        Field(
            default_factory=list,
            max_length=bounds.MAX_CONDITIONS,
            json_schema_extra=list_map("type"),
        ),
    ]
    observed_generation: Count | None = None
