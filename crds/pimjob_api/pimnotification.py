"""PimNotification: one message on its way. `crds/pimnotifications.yaml` is made from it.

The outbox: created by the operator before the change is written that it tells of, sent by the
notifier, sent once more by people who raise `spec.resend`.
"""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, StringConstraints

from pimjob_api import bounds
from pimjob_api.model import Count, Message, Model, Name, Time, count, described, rule, rules
from pimjob_api.notices import NotificationState, NotifierEvent
from pimjob_api.selector import ObjectName

PIMNOTIFICATION_RULES = ()

EventId = Annotated[str, StringConstraints(max_length=32, pattern=r"^[0-9a-f]{32}$")]
Kind = Annotated[str, StringConstraints(max_length=bounds.NAME, pattern=r"^[A-Za-z]+$")]
Uid = Annotated[str, StringConstraints(max_length=bounds.NAME, pattern=r"^[A-Za-z0-9-]+$")]
_SAME = " && ".join(
    f"self.{field} == oldSelf.{field}" for field in ("id", "notifier", "event", "subject", "time")
)


class NotificationSubject(Model):
    """The object that has changed. It may be gone by now."""

    kind: Annotated[Kind, described("PimJob or PimRelease.")]
    name: Annotated[ObjectName, described("Its name.")]
    uid: Annotated[Uid, described("Its UID.")]


class PimNotificationSpec(Model):
    """What to tell. Only `resend` can be changed."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            rule(
                f"{_SAME} && dyn(self).data == dyn(oldSelf).data",
                "nothing but resend can be changed",
            )
        )
    )

    id: Annotated[
        EventId,
        described("Of the change: the same whenever it is sent, and to whomever."),
    ]
    notifier: Annotated[Name, described("The PimNotifier that says whom to tell.")]
    event: Annotated[NotifierEvent, described("What has happened.")]
    subject: Annotated[NotificationSubject, described("To what.")]
    time: Annotated[Time, described("When it was found out.")]
    data: Annotated[
        dict[str, Any],
        Field(
            max_length=bounds.MAX_EVENT_DATA,
            description="What receivers are told of it: the `data` of the CloudEvent.",
        ),
    ]
    resend: Annotated[
        int,
        Field(
            ge=0,
            le=1000,
            description="Raise it by one to send a Sent or Dead one again, under the same id.",
            json_schema_extra=rules(rule("self >= oldSelf", "resend can only be raised")),
        ),
    ] = 0


class PimNotificationStatus(Model):
    """How far it has come. Written by the notifier."""

    state: Annotated[
        NotificationState | None,
        described("Pending, Sent, Skipped (nobody to tell) or Dead (given up)."),
    ] = None
    attempts: Annotated[int, count("Times that it was tried since it was last asked for.")] = 0
    asked_time: Annotated[
        Time | None, described("Since when it is to be sent: created, or asked for again.")
    ] = None
    next_attempt_time: Annotated[
        Time | None, described("When it is tried again, while it is Pending.")
    ] = None
    last_attempt_time: Annotated[Time | None, described("When it was last tried.")] = None
    last_error: Annotated[
        Message | None, described("Why it was not delivered. Says no address and no secret.")
    ] = None
    end_time: Annotated[
        Time | None, described("When it was Sent, Skipped or given up; it is removed later.")
    ] = None
    observed_resend: Annotated[Count | None, described("The spec.resend that this answers.")] = None
