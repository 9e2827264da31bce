"""PimNotifier: who is told of which changes. `crds/pimnotifiers.yaml` is made from it."""

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from pimjob_api import bounds
from pimjob_api.model import Model, Name, User, described, items, rule, rules
from pimjob_api.notices import NotifierEvent
from pimjob_api.selector import ObjectName, Selector

PIMNOTIFIER_RULES = (
    rule(
        f"size(self.metadata.name) <= {bounds.NAME}",
        f"metadata.name may have at most {bounds.NAME} characters: its PimNotifications name it",
    ),
)

DataKey = Annotated[
    str,
    StringConstraints(min_length=1, max_length=bounds.OBJECT, pattern=r"^[-._a-zA-Z0-9]+$"),
]
WebhookUrl = Annotated[
    str,
    StringConstraints(
        max_length=bounds.URL,
        pattern=r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/%-]*)?$",
    ),
]
"""Without what could be a secret: a user, a query."""
MailAddress = Annotated[
    str,
    StringConstraints(max_length=bounds.USER, pattern=r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+$"),
]


class SecretKey(Model):
    """One value of a Secret of the notifier's namespace."""

    name: Annotated[
        ObjectName,
        described(
            "The Secret. The sender may read those that the chart names: notifier.secretNames."
        ),
    ] = "pimjob-notifications"
    key: Annotated[DataKey, described("The key of the value in it.")]


class JobFilter(Model):
    """Which PimJobs. What is empty asks for nothing; all that is given must hold."""

    types: Annotated[list[Name], items(bounds.MAX_FILTER, "One of these types.")]
    kinds: Annotated[list[Name], items(bounds.MAX_FILTER, "Types of one of these kinds.")]
    users: Annotated[list[User], items(bounds.MAX_FILTER, "Launched by one of these users.")]
    profiles: Annotated[list[Name], items(bounds.MAX_FILTER, "From one of these profiles.")]
    selector: Annotated[Selector | None, described("With such labels.")] = None


class Webhook(Model):
    """An HTTP endpoint that takes CloudEvents, signed as Standard Webhooks says."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            rule("has(self.url) != has(self.urlFrom)", "either url or urlFrom must be given")
        )
    )

    url: Annotated[
        WebhookUrl | None,
        described("Where it is. An address that is a secret itself goes into urlFrom."),
    ] = None
    url_from: Annotated[SecretKey | None, described("The address, from a Secret.")] = None
    signing_key: Annotated[
        SecretKey,
        described(
            "What each message is signed with: whsec_ and 24 to 64 bytes in base64. Several,"
            " separated by blanks, sign one message each: for a change of keys."
        ),
    ]


class Mail(Model):
    """E-mail, to fixed addresses, to whoever launched the job, or both."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            rule(
                "size(self.?to.orValue([])) > 0 || has(self.users)",
                "somebody must be named in to or users",
            )
        )
    )

    server: Annotated[
        SecretKey,
        described(
            "The server and the sender: mailtos://user:password@smtp.example?from=pim@example.com,"
            " mailto:// without TLS."
        ),
    ]
    to: Annotated[list[MailAddress], items(bounds.MAX_FILTER, "Addresses that get every one.")]
    users: Annotated[
        SecretKey | None,
        described(
            "Addresses of users, a line each, `julia: julia@example.com`: whoever launched the"
            " job is told, unless its PimJobType says notify: false."
        ),
    ] = None


class Chat(Model):
    """A room or a channel of a chat service, or an on-call service."""

    url: Annotated[
        SecretKey,
        described("Its address, as Apprise writes it: slack://…, discord://…, and the like."),
    ]


class PimNotifierSpec(Model):
    """Which changes, of which jobs, to whom. Exactly one destination."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            rule(
                "[has(self.webhook), has(self.mail), has(self.chat)].filter(x, x).size() == 1",
                "exactly one of webhook, mail and chat must be given",
            ),
            rule(
                f"('{NotifierEvent.WARNINGS_OVER}' in self.events) == has(self.warningsOver)",
                "warningsOver is the number of warnings that the event WarningsOver is about:"
                " give both or none",
            ),
        )
    )

    events: Annotated[
        list[NotifierEvent],
        Field(
            min_length=1,
            max_length=len(NotifierEvent),
            description="What to tell of: Completed, Failed, Stopped, WarningsOver, and of"
            " releases ReleasePaused and ReleaseResumed.",
            json_schema_extra={"x-kubernetes-list-type": "atomic"},
        ),
    ]
    warnings_over: Annotated[
        int | None,
        Field(ge=0, le=bounds.NUMBER, description="Tell of jobs with more warnings than this."),
    ] = None
    jobs: Annotated[
        JobFilter | None, described("Of which PimJobs; of all if empty. Releases are no jobs.")
    ] = None
    webhook: Annotated[Webhook | None, described("Tell a program.")] = None
    mail: Annotated[Mail | None, described("Tell people by e-mail.")] = None
    chat: Annotated[Chat | None, described("Tell people in a chat.")] = None


class PimNotifierStatus(Model):
    """Nothing: what becomes of messages stands in their PimNotifications."""
