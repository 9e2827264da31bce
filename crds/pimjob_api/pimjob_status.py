"""The status of a PimJob: what the runner counts and what the operator decides."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from pimjob_api import bounds
from pimjob_api.model import (
    Comment,
    Count,
    Image,
    Label,
    Message,
    Model,
    Name,
    Time,
    User,
    Word,
    count,
    described,
    items,
    rule,
    rules,
    utf8,
)
from pimjob_api.phases import Phase, StepPhase

Column = Annotated[str, utf8(bounds.COLUMN)]
Value = Annotated[str, utf8(bounds.VALUE)]
Reason = Annotated[str, utf8(bounds.REASON)]
Url = Annotated[str, StringConstraints(max_length=bounds.URL, pattern=r"^[!#-\[\]-~]+$")]
"""Printable ASCII but for quotes and backslashes: others are percent-encoded in a URL."""


class ArtifactKind(StrEnum):
    """What a file is to its job."""

    INPUT = "input"
    OUTPUT = "output"
    INVALID = "invalid"
    LOG = "log"


class ConditionStatus(StrEnum):
    """Whether a condition is met."""

    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


class WarningSample(Model):
    """One of a step's first warnings."""

    line: Annotated[Count | None, described("Line in the source, from 1.")] = None
    column: Annotated[Column | None, described("Column in the source.")] = None
    value: Annotated[Value | None, described("What stood there, cut.")] = None
    reason: Annotated[Reason, described("What was wrong with it.")]


class StepStatus(Model):
    """Progress of one step."""

    name: Annotated[Name, described("Its name in the PimJobType.")]
    label: Annotated[Label | None, described("What people see it named.")] = None
    phase: Annotated[StepPhase, described("Where the step is.")] = StepPhase.PENDING
    trackable: Annotated[bool, described("Whether it is known how much is left to do.")] = False
    total: Annotated[Count | None, described("Items in the source.")] = None
    processed: Annotated[int, count("Items done, refused ones included.")] = 0
    counters: Annotated[
        dict[str, Count],
        Field(
            default_factory=dict,
            max_length=bounds.MAX_COUNTERS,
            description="Items by what became of them: read, created, updated, unchanged, skipped,"
            " invalid.",
            json_schema_extra=rules(
                rule(
                    f"self.all(name, size(bytes(name)) <= {bounds.COUNTER}"
                    " && !name.matches('[[:cntrl:]]'))",
                    f"a counter's name may have at most {bounds.COUNTER} bytes in UTF-8,"
                    " and no control characters",
                )
            ),
        ),
    ]
    warnings: Annotated[int, count("Warnings in all.")] = 0
    warning_samples: Annotated[
        list[WarningSample],
        items(
            bounds.MAX_WARNING_SAMPLES,
            "The first warnings. All of them are in the file of invalid lines.",
        ),
    ]
    start_time: Annotated[Time | None, described("When it first began.")] = None
    end_time: Annotated[Time | None, described("When it ended.")] = None
    active_seconds: Annotated[int, count("Time spent working; pauses left out.")] = 0
    eta_seconds: Annotated[
        Count | None, described("Time left, in seconds; absent while it cannot be told.")
    ] = None


class AttemptStatus(Model):
    """One attempt to get the job done: one Job of Kubernetes, one pod."""

    number: Annotated[
        int, Field(ge=1, le=bounds.NUMBER, description="Counts from 1, and never again.")
    ]
    job: Annotated[Name, described("The Job that runs it.")]
    pod: Annotated[Name | None, described("The pod that ran it.")] = None
    image: Annotated[Image | None, described("The image that it ran on.")] = None
    retry: Annotated[int, count("The spec.retry that it answers.")] = 0
    start_time: Annotated[Time | None, described("When its Job was created.")] = None
    end_time: Annotated[Time | None, described("When its pod ended.")] = None
    outcome: Annotated[
        Word | None, described("How it ended: Completed, Paused or Crashed, for instance.")
    ] = None
    reason: Annotated[Word | None, described("Why it ended so, in one word.")] = None
    message: Annotated[Message | None, described("Why it ended so, for people.")] = None
    processed: Annotated[
        Count | None, described("Items committed by all attempts when this one ended.")
    ] = None


class Artifact(Model):
    """A file that the job read or wrote."""

    kind: Annotated[ArtifactKind, described("What the file is to the job.")]
    name: Annotated[Label, described("Its name, without folders.")]
    url: Annotated[Url, described("Where it is.")]
    bytes: Annotated[Count | None, described("Its size.")] = None


class StopStatus(Model):
    """A stop: who asked for it, and when it was obeyed."""

    by: Annotated[User | None, described("Who asked for it.")] = None
    reason: Annotated[Comment | None, described("Why, in their words.")] = None
    at: Annotated[Time | None, described("When the request was seen.")] = None
    acknowledged_at: Annotated[Time | None, described("When nothing ran any more.")] = None
    processed: Annotated[Count | None, described("Items committed until then.")] = None


class GateStatus(Model):
    """A release that a running attempt is asked to make room for."""

    release: Annotated[
        Name | None,
        described("The PimRelease in progress. None if the type has a new image."),
    ] = None
    attempt: Annotated[
        int,
        Field(ge=1, le=bounds.NUMBER, description="The attempt that is asked; no other obeys."),
    ]


class Condition(Model):
    """A condition, as Kubernetes objects have them."""

    type: Annotated[Word, described("What it is about, in one word.")]
    status: Annotated[ConditionStatus, described("True, False or Unknown.")]
    reason: Annotated[Word, described("Why, in one word.")]
    message: Annotated[Message, described("Why, for people.")] = ""
    last_transition_time: Annotated[Time, described("When its status last changed.")]
    observed_generation: Annotated[
        Count | None, described("The metadata.generation that it is about.")
    ] = None


class PimJobStatus(Model):
    """What is the case. The runner writes what it counts, the operator the rest."""

    phase: Annotated[
        Phase | None,
        described(
            "Where the job is. Stopped, Completed and Failed are ends; only a Failed job can be"
            " retried."
        ),
    ] = None
    phase_time: Annotated[Time | None, described("When it entered its phase.")] = None
    reason: Annotated[Word | None, described("Why it is in this phase, in one word.")] = None
    message: Annotated[Message | None, described("Why it is in this phase, for people.")] = None
    progress: Annotated[
        str | None,
        Field(pattern=r"^[0-9]{1,3}%$", max_length=4, description="Share of the step done: 42%."),
    ] = None
    step: Annotated[Label | None, described("The step it is in: 2/3 import.")] = None
    eta_seconds: Annotated[Count | None, described("Time left in this step, in seconds.")] = None
    warnings: Annotated[Count | None, described("Warnings of all steps.")] = None
    active_seconds: Annotated[
        Count | None, described("Time spent working, without queueing and pauses.")
    ] = None
    start_time: Annotated[Time | None, described("When its first attempt was started.")] = None
    completion_time: Annotated[Time | None, described("When it came to an end.")] = None
    heartbeat_time: Annotated[Time | None, described("When the runner last reported.")] = None
    steps: Annotated[
        list[StepStatus], items(bounds.MAX_STEPS, "Progress of each step, in order.", "name")
    ]
    attempts: Annotated[
        list[AttemptStatus], items(bounds.MAX_ATTEMPTS, "The last ten attempts.", "number")
    ]
    attempt_count: Annotated[Count | None, described("Attempts in all.")] = None
    artifacts: Annotated[
        list[Artifact],
        items(bounds.MAX_ARTIFACTS, "The files that the job read and wrote.", "name"),
    ]
    stoppable: Annotated[bool | None, described("Whether it can be stopped once begun.")] = None
    pausable: Annotated[bool | None, described("Whether it can be paused once begun.")] = None
    stop: Annotated[StopStatus | None, described("Who stopped it, and how far it was.")] = None
    gate: Annotated[
        GateStatus | None,
        described(
            "Asks the runner of one attempt to pause for a release. Cleared when it may go on."
        ),
    ] = None
    observed_retry: Annotated[
        Count | None, described("The spec.retry that the current attempts answer.")
    ] = None
    conditions: Annotated[
        list[Condition],
        items(bounds.MAX_CONDITIONS, "What else there is to know about it.", "type"),
    ]
    observed_generation: Annotated[
        Count | None, described("The metadata.generation that phase and reason answer.")
    ] = None
    operator: Annotated[
        Name | None,
        described(
            "The namespace of the operator that looks after it. Others leave it alone until this is"
            " cleared."
        ),
    ] = None
