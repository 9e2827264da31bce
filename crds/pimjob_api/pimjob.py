"""PimJob: one execution of a job type. `crds/pimjobs.yaml` is made from it and `pimjob_status`."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from pimjob_api import bounds
from pimjob_api.model import Comment, Model, Name, Rule, Title, User, described, rule, rules
from pimjob_api.names import PIMJOB_NAME_EVER
from pimjob_api.phases import DesiredState

_NEW = "make a new PimJob instead"


def _immutable(field: str) -> Rule:
    """Return a rule for an optional field: neither changed, nor set later, nor removed."""
    same = (
        f"has(self.{field}) == has(oldSelf.{field})"
        f" && (!has(self.{field}) || self.{field} == oldSelf.{field})"
    )
    return rule(same, f"{field} cannot be changed; {_NEW}", field=f".{field}")


def _only_if_allowed(state: str, allowed: str) -> Rule:
    """Return a rule against asking a job that has begun for what its type does not allow."""
    asked = f"self.spec.desiredState == '{state}' && oldSelf.spec.desiredState != '{state}'"
    refused = f"!self.?status.{allowed}.orValue(true)"
    begun = (
        "(has(self.status.steps) || self.status.?phase.orValue('')"
        " in ['Running', 'Pausing', 'Stopping'])"
    )
    return rule(
        f"!({asked} && {refused} && {begun})",
        f"this job is not {allowed}: its type does not allow it once the job has begun",
        field=".spec.desiredState",
    )


# `parameters` has no schema that CEL could know, so `self.parameters` does not compile;
# a dynamic look-up does, and compares deeply. On an object that only preserves unknown
# fields, CEL's == does not notice a renamed key, hence the map of unknown values.
_SAME_PARAMETERS = rule(
    "dyn(self).parameters == dyn(oldSelf).parameters",
    f"parameters cannot be changed; {_NEW}",
    field=".parameters",
)

PIMJOB_RULES = (
    rule(
        f"size(self.metadata.name) <= {PIMJOB_NAME_EVER}",
        f"metadata.name may have at most {PIMJOB_NAME_EVER} characters:"
        " Jobs and Pods are named after it, with a number at the end",
    ),
    rule(
        "!self.metadata.name.contains('.')",
        "metadata.name may not contain a dot: Jobs and Pods are named after it",
    ),
    rule(
        "self.spec.retry == oldSelf.spec.retry || self.?status.phase.orValue('') == 'Failed'",
        "retry can only be raised for a job whose phase is Failed",
        field=".spec.retry",
    ),
    rule(
        "self.spec.desiredState == oldSelf.spec.desiredState || self.spec.desiredState == 'Running'"
        " || self.spec.retry > oldSelf.spec.retry"
        " || !(self.?status.phase.orValue('') in ['Completed', 'Failed'])",
        "this job has ended: nothing is left to be paused or stopped",
        field=".spec.desiredState",
    ),
    _only_if_allowed("Stopped", "stoppable"),
    _only_if_allowed("Paused", "pausable"),
)
"""Rules that need the name or the status."""


class PimJobSpec(Model):
    """What to run, and whether it shall run, pause or stop."""

    model_config = ConfigDict(
        json_schema_extra=rules(_immutable("profile"), _immutable("user"), _SAME_PARAMETERS)
    )

    type: Annotated[
        Name,
        Field(
            description="The job type, such as csv_product_import. `kubectl get pimjobtypes` lists"
            " them, with dashes for underscores. Cannot be changed.",
            json_schema_extra=rules(rule("self == oldSelf", f"type cannot be changed; {_NEW}")),
        ),
    ]
    profile: Annotated[
        Name | None, described("The profile that it was launched from. Cannot be changed.")
    ] = None
    label: Annotated[Title | None, described("What people see it named.")] = None
    user: Annotated[
        User | None, described("Who launched it. Leave it out: it is filled in. Cannot be changed.")
    ] = None
    parameters: Annotated[
        dict[str, Any],
        Field(
            default_factory=dict,
            description="Parameters of the job type, as the JSON Schema in its PimJobType says:"
            " checked before the job starts. At most 32 KiB in all, and ten levels deep. Cannot be"
            " changed.",
            max_length=bounds.MAX_PARAMETERS,
            json_schema_extra={"default": {}},
        ),
    ]
    desired_state: Annotated[
        DesiredState,
        Field(
            description="Running (the default), Paused or Stopped. A job pauses or stops after the"
            " chunk of items that it is working on, and nothing done is undone. From Paused it"
            " goes on where it was; Stopped is final.",
            json_schema_extra=rules(
                rule(
                    "oldSelf != 'Stopped' || self == 'Stopped'",
                    f"a stopped job stays stopped; {_NEW}",
                )
            ),
        ),
    ] = DesiredState.RUNNING
    reason: Annotated[Comment | None, described("Why desiredState was last changed.")] = None
    requested_by: Annotated[
        User | None, described("Who changed desiredState, reason or retry last. It is filled in.")
    ] = None
    retry: Annotated[
        int,
        Field(
            ge=0,
            le=1000,
            description="Raise it by one to run a Failed job again, from its checkpoint.",
            json_schema_extra=rules(rule("self >= oldSelf", "retry can only be raised")),
        ),
    ] = 0
