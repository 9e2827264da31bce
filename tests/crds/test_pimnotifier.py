"""What the API server takes and refuses of a PimNotifier and a PimNotification."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client

from pimjob_api.definitions import PIMNOTIFICATION
from pimjob_api.names import API_VERSION, GROUP, VERSION
from pimjob_api.schema import structural
from support.largest import compact, largest
from support.pimjobs import MERGE, refusal

pytestmark = pytest.mark.cluster

KEY = {"key": "erp"}
URL = "https://hooks.example/pimjobs"
WEBHOOK = {"url": URL, "signingKey": KEY}
MAIL = {"server": {"key": "mail"}, "to": ["team@example.com"]}
NOTIFICATION = {
    "id": "0" * 32,
    "notifier": "erp",
    "event": "Failed",
    "subject": {"kind": "PimJob", "name": "a", "uid": "u"},
    "time": "2026-01-01T00:00:00Z",
    "data": {"name": "a", "counters": {"read": 1}},
}


class Objects:
    """PimNotifiers or PimNotifications of one namespace."""

    def __init__(self, api: client.ApiClient, namespace: str, kind: str) -> None:
        self._objects = client.CustomObjectsApi(api)
        self._kind = kind
        self._where = (GROUP, VERSION, namespace, f"{kind.lower()}s")

    def create(self, name: str = "a", **spec: Any) -> dict[str, Any]:
        metadata = {"name": name}
        body = {"apiVersion": API_VERSION, "kind": self._kind, "metadata": metadata, "spec": spec}
        made: dict[str, Any] = self._objects.create_namespaced_custom_object(
            *self._where, body, field_validation="Strict"
        )
        return made

    def change(self, **spec: Any) -> Any:
        return self._objects.patch_namespaced_custom_object(
            *self._where, "a", {"spec": spec}, _content_type=MERGE
        )

    def report(self, status: dict[str, Any]) -> Any:
        return self._objects.patch_namespaced_custom_object_status(
            *self._where, "a", {"status": status}, _content_type=MERGE
        )


@pytest.fixture
def notifiers(api: client.ApiClient, namespace: str) -> Objects:
    return Objects(api, namespace, "PimNotifier")


@pytest.fixture
def notifications(api: client.ApiClient, namespace: str) -> Objects:
    return Objects(api, namespace, "PimNotification")


@pytest.mark.parametrize(
    "spec",
    [
        {"webhook": WEBHOOK},
        {"webhook": {"urlFrom": {"name": "own", "key": "url"}, "signingKey": KEY}},
        {"mail": MAIL},
        {"mail": {"server": KEY, "users": {"key": "users"}}},
        {"chat": {"url": KEY}},
        {"webhook": WEBHOOK, "events": ["Failed", "WarningsOver"], "warningsOver": 100},
        {"webhook": WEBHOOK, "jobs": {"kinds": ["import"], "selector": {"matchLabels": {"a": ""}}}},
    ],
)
def test_a_notifier_names_one_destination(notifiers: Objects, spec: dict[str, Any]) -> None:
    assert notifiers.create(**{"events": ["Failed"], **spec})


def test_a_secret_has_the_name_that_the_sender_may_read_by_default(notifiers: Objects) -> None:
    made = notifiers.create(events=["Failed"], webhook=WEBHOOK)
    assert made["spec"]["webhook"]["signingKey"] == {"name": "pimjob-notifications", "key": "erp"}


def test_the_examples_of_the_docs_are_taken(notifiers: Objects) -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "notifications.md"
    blocks = re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    first, mail = map(yaml.safe_load, blocks)
    assert notifiers.create("first", **first["spec"])
    assert notifiers.create("mail", events=["Failed"], **mail)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"events": []}, "spec.events"),
        ({"events": ["Paused"]}, 'Unsupported value: "Paused"'),
        ({"webhook": None}, "exactly one of webhook, mail and chat"),
        ({"mail": MAIL}, "exactly one of webhook, mail and chat"),
        ({"warningsOver": 3}, "give both or none"),
        ({"events": ["WarningsOver"]}, "give both or none"),
        ({"webhook": {**WEBHOOK, "urlFrom": KEY}}, "either url or urlFrom"),
        ({"webhook": {"signingKey": KEY}}, "either url or urlFrom"),
        ({"webhook": {"url": URL}}, "spec.webhook.signingKey: Required value"),
        ({"webhook": {**WEBHOOK, "url": f"{URL}?token=1"}}, "spec.webhook.url: Invalid value"),
        ({"webhook": {**WEBHOOK, "url": "https://me:1@a.example/"}}, "spec.webhook.url: Invalid"),
        ({"webhook": {**WEBHOOK, "url": "file:///etc/passwd"}}, "spec.webhook.url: Invalid value"),
        ({"webhook": None, "mail": {"server": KEY}}, "somebody must be named in to or users"),
        (
            {"webhook": None, "mail": {"server": KEY, "to": ["a@b.example\nBcc: x@y.example"]}},
            "spec.mail.to[0]: Invalid value",
        ),
    ],
)
def test_what_no_notifier_could_mean_is_refused(
    notifiers: Objects, spec: dict[str, Any], message: str
) -> None:
    given = {"events": ["Failed"], "webhook": WEBHOOK, **spec}
    whole = {key: value for key, value in given.items() if value is not None}
    assert message in refusal(lambda: notifiers.create(**whole))


def test_a_notification_can_be_sent_again_and_never_be_changed(notifications: Objects) -> None:
    assert notifications.create(**NOTIFICATION)["spec"] == {**NOTIFICATION, "resend": 0}
    assert notifications.change(resend=1)["spec"]["resend"] == 1
    assert "resend can only be raised" in refusal(lambda: notifications.change(resend=0))
    for change in ({"data": {"name": "b"}}, {"notifier": "team"}, {"event": "Stopped"}):
        message = refusal(lambda change=change: notifications.change(**change))
        assert "nothing but resend can be changed" in message


def test_the_largest_status_is_small(notifications: Objects) -> None:
    status = largest(structural(PIMNOTIFICATION.status, defaults=False))
    notifications.create(**NOTIFICATION)
    assert notifications.report(status)["status"] == status
    assert len(compact(status)) < 1024
