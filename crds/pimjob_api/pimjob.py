"""PimJob: one execution of a job type. The source of `crds/pimjobs.yaml`."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from pimjob_api.model import Count, Message, Model, Name, Seconds, ShortText, Url
from pimjob_api.phases import DesiredState, Phase, StepPhase

MAX_STEPS = 16
MAX_ATTEMPTS = 10
MAX_ARTIFACTS = 16
MAX_CONDITIONS = 8
MAX_COUNTERS = 16
MAX_WARNING_SAMPLES = 5


class PimJobSpec(Model):
    """What people ask for."""

    type: Annotated[Name, Field(description="Name of the PimJobType to run. Immutable.")]
    profile: Annotated[
        Name | None, Field(description="Profile that it was launched from. Immutable.")
    ] = None
    label: Annotated[ShortText | None, Field(description="Name shown to people.")] = None
    user: Annotated[ShortText | None, Field(description="Who launched it. Immutable.")] = None
    parameters: Annotated[
        dict[str, Any],
        Field(
            default_factory=dict,
            description="Parameters of the type, checked against its JSON Schema. Immutable.",
        ),
    ]
    desired_state: Annotated[
        DesiredState,
        Field(description="Running, Paused or Stopped; once Stopped, it stays Stopped."),
    ] = DesiredState.RUNNING
    reason: Annotated[ShortText | None, Field(description="Why desiredState was last changed.")] = (
        None
    )
    requested_by: Annotated[
        ShortText | None, Field(description="Who changed desiredState last.")
    ] = None
    retry: Annotated[
        int,
        Field(ge=0, le=1000, description="Raise it to run a Failed job again from its checkpoint."),
    ] = 0


class WarningSample(Model):
    """One of a step's first warnings; all are in the database and the invalid-lines file."""

    line: Count | None = None
    column: ShortText | None = None
    value: Annotated[str, Field(max_length=128)] | None = None
    reason: ShortText


class StepStatus(Model):
    """Progress of one step. Written by the runner."""

    name: Name
    label: ShortText | None = None
    phase: StepPhase = StepPhase.PENDING
    trackable: Annotated[bool, Field(description="Whether the total is known.")] = False
    total: Count | None = None
    processed: Count = 0
    counters: Annotated[dict[Name, Count], Field(default_factory=dict, max_length=MAX_COUNTERS)]
    warnings: Count = 0
    warning_samples: Annotated[
        list[WarningSample], Field(default_factory=list, max_length=MAX_WARNING_SAMPLES)
    ]
    start_time: datetime | None = None
    end_time: datetime | None = None
    active_seconds: Seconds = 0
    eta_seconds: Seconds | None = None


class AttemptStatus(Model):
    """One try: one batch/v1 Job. Written by the operator."""

    number: Annotated[int, Field(ge=1)]
    job: ShortText
    pod: ShortText | None = None
    image: Annotated[str, Field(max_length=512)] | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    outcome: ShortText | None = None
    reason: ShortText | None = None
    message: Message | None = None
    processed: Annotated[
        Count | None, Field(description="Items committed when the attempt ended.")
    ] = None


class Artifact(Model):
    """A file that the job read or wrote. Written by the runner."""

    kind: Annotated[str, Field(json_schema_extra={"enum": ["input", "output", "invalid", "log"]})]
    name: ShortText
    url: Url
    bytes: Count | None = None


class StopStatus(Model):
    """Who stopped the job, and when it obeyed."""

    by: ShortText | None = None
    reason: ShortText | None = None
    at: datetime | None = None
    acknowledged_at: datetime | None = None
    processed: Count | None = None


class Condition(Model):
    """A Kubernetes condition."""

    type: ShortText
    status: Annotated[str, Field(json_schema_extra={"enum": ["True", "False", "Unknown"]})]
    reason: ShortText
    message: Message = ""
    last_transition_time: datetime
    observed_generation: Count | None = None


class PimJobStatus(Model):
    """What is the case. The runner writes what it counts, the operator the rest."""

    phase: Phase | None = None
    reason: ShortText | None = None
    message: Message | None = None
    progress: Annotated[
        str | None, Field(max_length=16, description="Share of the current step done: `42%`.")
    ] = None
    step: Annotated[ShortText | None, Field(description="Current step of all: `2/3 import`.")] = (
        None
    )
    eta_seconds: Seconds | None = None
    warnings: Count | None = None
    active_seconds: Annotated[
        Seconds | None, Field(description="Time spent working, without queueing and pauses.")
    ] = None
    start_time: datetime | None = None
    completion_time: datetime | None = None
    heartbeat_time: datetime | None = None
    steps: Annotated[list[StepStatus], Field(default_factory=list, max_length=MAX_STEPS)]
    attempts: Annotated[list[AttemptStatus], Field(default_factory=list, max_length=MAX_ATTEMPTS)]
    attempt_count: Count | None = None
    artifacts: Annotated[list[Artifact], Field(default_factory=list, max_length=MAX_ARTIFACTS)]
    stoppable: bool | None = None
    pausable: bool | None = None
    stop: StopStatus | None = None
    observed_retry: Annotated[
        Count | None, Field(description="The spec.retry that the current attempts answer.")
    ] = None
    conditions: Annotated[list[Condition], Field(default_factory=list, max_length=MAX_CONDITIONS)]
    observed_generation: Count | None = None
