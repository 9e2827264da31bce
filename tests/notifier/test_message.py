"""What receivers are told."""

import json

from pimjob_notifier import message
from support.notification_rows import row


def test_programs_get_a_cloud_event() -> None:
    assert json.loads(message.cloud_event(row())) == {
        "specversion": "1.0",
        "id": "0" * 32,
        "source": "/apis/pimjobs.dev/v1alpha1/namespaces/pim/pimjobs/a",
        "type": "dev.pimjobs.job.failed.v1",
        "subject": "a",
        "time": "2026-01-01T12:00:00Z",
        "datacontenttype": "application/json",
        "data": {"name": "a", "label": "Daily products", "user": "julia", "phase": "Failed"},
    }


def test_it_is_the_same_to_the_byte_however_often_it_is_sent() -> None:
    assert message.cloud_event(row(attempts=3)) == message.cloud_event(row(resend=1))


def test_people_get_a_line_and_some_details() -> None:
    found = row(event="Stopped", data={"label": "Daily", "user": "julia", "warnings": 0,
                                       "stop": {"by": "marc", "reason": "wrong file"}})  # fmt: skip
    assert message.title(found) == "Daily was stopped"
    assert message.body(found).splitlines() == [
        "Launched by: julia",
        "Stopped by: marc",
        "Because: wrong file",
        "Warnings: 0",
        "PimJob: pim/a",
        f"Id: {'0' * 32}",
    ]


def test_of_a_release_people_get_how_many() -> None:
    found = row(event="ReleasePaused", data={"about": "version 7", "paused": 37, "held": 2})
    assert message.title(found) == "Release a: jobs have made room"
    assert message.body(found).splitlines()[:3] == ["About: version 7", "Paused: 37", "Waiting: 2"]


def test_no_text_of_a_job_calls_a_whole_chat() -> None:
    found = row(data={"label": "@everyone look", "user": "julia@example.com"})
    assert message.title(found) == "@\u200beveryone look has failed"
    assert "Launched by: julia@example.com" in message.body(found)


def test_no_text_of_a_job_begins_a_line_of_its_own() -> None:
    """The title becomes a header of an e-mail."""
    label = "Daily\r\nBcc: all@example.com\u2028x"
    found = row(data={"label": label, "message": label})
    assert message.title(found) == "Daily Bcc: all@example.com x has failed"
    assert message.body(found).splitlines()[0] == "Message: Daily Bcc: all@example.com x"
