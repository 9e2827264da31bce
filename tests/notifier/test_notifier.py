"""The notifier and a real API server: what becomes of a PimNotification."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.control_plane import Api, wait_for
from support.notifier_process import KEY, notifier_process
from support.operator_process import OperatorProcess
from support.outbox import Outbox, Reader
from support.receivers import receiver
from support.signatures import signature

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("running")]


@pytest.fixture(scope="module")
def running(
    server: tuple[Api, Path], shared: Outbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OperatorProcess]:
    log, times = tmp_path_factory.mktemp("notifier") / "log", {"webhook_seconds": "2"}
    with notifier_process(server[1], log, shared.place, **times) as found:
        yield found
        assert found.stop() == 0
        told = log.read_text()
        assert "Traceback" not in told
        assert "password" not in told
        assert KEY not in told


def test_a_change_is_told_once_and_signed(erp: Reader, running: OperatorProcess) -> None:
    message = erp.put()
    status = message.wait("Sent")
    [told] = erp.receiver.received
    assert told.event["id"] == told.headers["webhook-id"] == message.change
    assert told.headers["content-type"] == "application/cloudevents+json; charset=UTF-8"
    signed = signature(KEY, message.change, told.headers["webhook-timestamp"], told.body)
    assert told.headers["webhook-signature"] == signed
    assert (status["attempts"], "nextAttemptTime" in status) == (1, False)
    labels = f'destination="webhook",namespace="{erp.outbox.place.namespace}"'
    assert running.metric(f"pimjob_notifications_sent_total{{{labels}}}")


def test_a_receiver_that_is_away_for_a_while_gets_it_later(
    erp: Reader, running: OperatorProcess
) -> None:
    erp.receiver.status = 503
    message = erp.put()
    status = message.wait("Pending", attempts=1)
    assert status["lastError"] == "The receiver answers HTTP 503."
    assert status["nextAttemptTime"] > status["lastAttemptTime"]
    namespace = f'namespace="{erp.outbox.place.namespace}"'
    assert running.metric(f'pimjob_notifications{{{namespace},state="Pending"}}')
    assert running.metric(f"pimjob_notifications_pending_oldest_timestamp_seconds{{{namespace}}}")
    erp.receiver.status = 200
    message.wait("Sent", attempts=2)
    assert erp.receiver.ids() == [message.change] * 2


def test_a_receiver_that_hangs_delays_nobody_else(erp: Reader) -> None:
    erp.receiver.hold.clear()
    stuck = [erp.put() for _ in range(3)]
    wait_for(lambda: erp.receiver.received, "the one that hangs")
    with receiver() as other:
        reader = erp.outbox.reader(other)
        for message in [reader.put() for _ in range(3)]:
            message.wait("Sent")
    assert not any(message.status.get("state") == "Sent" for message in stuck)
    wait_for(lambda: any("lastError" in m.status for m in stuck), "the time-out", seconds=10)
    [told] = {m.status["lastError"] for m in stuck if "lastError" in m.status}
    assert told == "No answer within 2 s."


def test_a_dead_one_is_sent_again_when_it_is_asked_for(erp: Reader) -> None:
    erp.receiver.status = 410
    message = erp.put()
    assert message.wait("Dead")["lastError"] == "The receiver wants no more: HTTP 410."
    erp.receiver.status = 200
    message.resend(1)
    message.wait("Sent", observedResend=1)
    message.resend(2)
    message.wait("Sent", observedResend=2)
    assert erp.receiver.ids() == [message.change] * 3


def test_whom_nobody_can_be_told_is_skipped(shared: Outbox) -> None:
    mail = shared.notifier(mail={"server": {"key": "other"}, "users": {"key": "users"}})
    unknown = shared.put(mail, data={"user": "marc"})
    assert "no address" in unknown.wait("Skipped")["lastError"]
    gone = shared.put("gone").wait("Skipped")
    assert gone["lastError"] == "The PimNotifier gone is gone."


@pytest.mark.parametrize(
    ("destination", "why"),
    [
        ({"webhook": {"urlFrom": {"key": "none"}, "signingKey": {"key": "erp"}}},
         'Key "none" of Secret pimjob-notifications is missing.'),
        ({"webhook": {"urlFrom": {"name": "none", "key": "a"}, "signingKey": {"key": "erp"}}},
         "There is no Secret none."),
        ({"webhook": {"urlFrom": {"key": "other"}, "signingKey": {"key": "erp"}}},
         "The webhook's address in the Secret must begin with https://."),
        ({"webhook": {"url": "https://a.example/", "signingKey": {"key": "other"}}},
         "The signing key must be whsec_"),
        ({"mail": {"server": {"key": "other"}, "to": ["a@example.com"]}},
         "The address in the Secret must begin with one of: mailto, mailtos."),
        ({"mail": {"server": {"key": "other"}, "users": {"key": "other"}}},
         'Key "other" of Secret pimjob-notifications must hold lines'),
    ],
)  # fmt: skip
def test_what_is_set_up_wrongly_says_so_and_tells_no_secret(
    shared: Outbox, destination: dict[str, Any], why: str
) -> None:
    status = shared.put(shared.notifier(**destination)).wait("Pending")
    assert why in status["lastError"]
    assert "password" not in str(status)
