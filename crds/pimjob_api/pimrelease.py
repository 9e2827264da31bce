"""PimRelease: a time in which jobs make room. `crds/pimreleases.yaml` is made from it."""

from typing import Annotated

from pydantic import Field, StringConstraints

from pimjob_api import bounds
from pimjob_api.gate import Gate, RolloutState
from pimjob_api.model import (
    Comment,
    Count,
    Message,
    Model,
    Time,
    Word,
    count,
    described,
    items,
    rule,
    rules,
)
from pimjob_api.pimjob_status import Condition
from pimjob_api.selector import ObjectName, Selector

PIMRELEASE_RULES = (
    rule(
        f"size(self.metadata.name) <= {bounds.NAME}",
        f"metadata.name may have at most {bounds.NAME} characters: the jobs that wait for the"
        " release name it",
    ),
)

Template = Annotated[str, StringConstraints(max_length=16, pattern=r"^[0-9a-f]*$")]


class PimReleaseSpec(Model):
    """When jobs make room, and which."""

    gate: Annotated[
        Gate,
        described(
            "Closed (the default) makes jobs pause and wait. Open leaves it to the rollouts of"
            " spec.deployments; without any the gate is open."
        ),
    ] = Gate.CLOSED
    deployments: Annotated[
        list[ObjectName],
        Field(
            default_factory=list,
            max_length=bounds.MAX_DEPLOYMENTS,
            description="Deployments of the namespace whose rollouts close the gate when they"
            " begin and open it when they are complete.",
            json_schema_extra={
                "x-kubernetes-list-type": "atomic",
                **rules(
                    rule(
                        "self.all(name, self.exists_one(other, other == name))",
                        "each Deployment can be named once",
                    )
                ),
            },
        ),
    ]
    selector: Annotated[
        Selector | None,
        described("The PimJobs of the namespace that it concerns, by label; all if empty."),
    ] = None
    deadline_seconds: Annotated[
        int,
        Field(
            ge=1,
            le=bounds.DEADLINE_SECONDS,
            description="How long the gate may be closed. After that it opens by itself, with"
            " condition Stuck, and stays open until the spec is changed or another rollout begins.",
        ),
    ] = 3600
    reason: Annotated[Comment | None, described("What the release is about, for people.")] = None


class RolloutStatus(Model):
    """The rollout of one watched Deployment."""

    name: Annotated[ObjectName, described("The Deployment.")]
    state: Annotated[RolloutState, described("How its rollout stands.")]
    template: Annotated[
        Template, described("Digest of the pod template that is, or was, rolled out.")
    ] = ""


class PimReleaseStatus(Model):
    """Whether the gate is closed, and what becomes of the jobs. Written by the operator."""

    gate: Annotated[Gate | None, described("The gate that is in force.")] = None
    reason: Annotated[Word | None, described("Why the gate is so, in one word.")] = None
    message: Annotated[Message | None, described("Why the gate is so, for people.")] = None
    closed_at: Annotated[Time | None, described("When the gate was last closed.")] = None
    drained_at: Annotated[
        Time | None, described("When, after that, none of the jobs ran any more.")
    ] = None
    opened_at: Annotated[Time | None, described("When the gate was last opened.")] = None
    running: Annotated[int, count("Jobs under way that have not been asked to pause yet.")] = 0
    draining: Annotated[int, count("Jobs that are about to leave their current chunk.")] = 0
    finishing: Annotated[int, count("Jobs under way whose type goes on to its end.")] = 0
    paused: Annotated[int, count("Jobs that have paused for a release.")] = 0
    held: Annotated[int, count("Jobs that have not begun and wait for a release.")] = 0
    concerned: Annotated[
        int, count("Jobs that were paused or held when the gate was last closed.")
    ] = 0
    resumed: Annotated[int, count("Those of them that go on since the gate is open.")] = 0
    rollouts: Annotated[
        list[RolloutStatus],
        items(bounds.MAX_DEPLOYMENTS, "The rollouts of spec.deployments.", "name"),
    ]
    conditions: Annotated[
        list[Condition],
        items(
            bounds.MAX_CONDITIONS,
            "Drained: none of the jobs runs. RolloutFailed: Kubernetes gave a rollout up. Stuck:"
            " the gate was closed for too long and opened by itself.",
            "type",
        ),
    ]
    observed_generation: Annotated[
        Count | None, described("The metadata.generation that the gate answers.")
    ] = None
