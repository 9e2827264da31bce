"""When a PimNotification is due, and what its status says next. Pure."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pimjob_notifier import course
from pimjob_notifier.errors import DeliveryError
from support.notification_rows import row

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAYS = 3 * 86_400.0
LATER = course.text(NOON + timedelta(hours=1))


def after(**time: float) -> datetime:
    return NOON + timedelta(**time)


def fail(found: dict[str, Any], now: datetime, **error: Any) -> dict[str, Any]:
    failure = DeliveryError("no", **error)
    return course.failed(found, failure, now, give_up=DAYS, jitter=1.0)


@pytest.mark.parametrize(
    ("status", "resend", "due"),
    [
        ({}, 0, NOON),
        ({"state": "Pending", "nextAttemptTime": LATER}, 0, after(hours=1)),
        ({"state": "Sent"}, 0, None),
        ({"state": "Skipped"}, 0, None),
        ({"state": "Dead"}, 0, None),
        ({"state": "Dead"}, 1, NOON),
        ({"state": "Sent", "observedResend": 1}, 1, None),
        ({"state": "Pending", "nextAttemptTime": LATER}, 1, NOON),
    ],
)
def test_what_has_ended_is_due_when_it_is_asked_for_again(
    status: dict[str, Any], resend: int, due: datetime | None
) -> None:
    assert course.due(row(resend=resend, **status)) == due


def test_what_was_sent_says_so() -> None:
    assert course.sent(row(attempts=2, askedTime="2026-01-01T12:00:00Z"), after(seconds=9)) == {
        "state": "Sent",
        "attempts": 3,
        "askedTime": "2026-01-01T12:00:00Z",
        "lastAttemptTime": "2026-01-01T12:00:09Z",
        "endTime": "2026-01-01T12:00:09Z",
        "observedResend": 0,
    }


def test_it_is_tried_again_at_growing_intervals_for_three_days_and_then_given_up() -> None:
    found, now, waits = row(), NOON, []
    while True:
        status = fail(found, now)
        found["status"] = status
        if status["state"] == "Dead":
            break
        due = course.time_of(status["nextAttemptTime"])
        waits.append((due - now).total_seconds())
        now = due
    assert waits[:4] == [5, 10, 20, 40]
    assert max(waits) == 6 * 3600
    assert 20 < len(waits) < 25
    assert after(days=2.7) < now <= after(days=3)
    assert (status["attempts"], status["lastError"]) == (len(waits) + 1, "no")


def test_jitter_spreads_what_failed_at_once() -> None:
    error = DeliveryError("no")
    times = {
        course.failed(row(attempts=5), error, NOON, give_up=DAYS, jitter=jitter)["nextAttemptTime"]
        for jitter in (0.0, 0.5, 1.0)
    }
    assert times == {"2026-01-01T12:01:20Z", "2026-01-01T12:02:00Z", "2026-01-01T12:02:40Z"}


def test_a_receiver_may_ask_for_more_time_than_the_back_off() -> None:
    assert fail(row(), NOON, retry_after=3600)["nextAttemptTime"] == LATER
    assert fail(row(attempts=20), NOON, retry_after=1)["nextAttemptTime"] > LATER


def test_what_is_final_is_given_up_at_once() -> None:
    assert fail(row(), NOON, final=True)["state"] == "Dead"


def test_what_is_asked_for_again_begins_anew() -> None:
    found = row(resend=1, state="Dead", attempts=23, askedTime="2026-01-01T12:00:00Z")
    status = fail(found, after(days=10))
    assert (status["state"], status["attempts"], status["observedResend"]) == ("Pending", 1, 1)
    assert status["askedTime"] == course.text(after(days=10))


def test_an_error_is_cut_and_has_no_control_characters() -> None:
    error = DeliveryError("x\r\n\x1b" * 1000)
    told = course.failed(row(), error, NOON, give_up=DAYS, jitter=1.0)["lastError"]
    assert len(told.encode()) <= 256
    assert told.isprintable()


def test_what_waits_behind_others_for_too_long_is_given_up() -> None:
    assert course.expired(row(), after(days=2), give_up=DAYS) is None
    status = course.expired(row(), after(days=3), give_up=DAYS)
    assert status is not None
    assert (status["state"], status["endTime"]) == ("Dead", course.text(after(days=3)))
    assert course.expired(row(state="Sent"), after(days=3), give_up=DAYS) is None
    assert course.expired(row(resend=1), after(days=3), give_up=DAYS) is None


@pytest.mark.parametrize(
    ("state", "resend", "days", "over"),
    [
        ("Sent", 0, 0.9, False),
        ("Sent", 0, 1, True),
        ("Skipped", 0, 1, True),
        ("Dead", 0, 29, False),
        ("Dead", 0, 30, True),
        ("Dead", 1, 30, False),
        ("Pending", 0, 90, False),
    ],
)
def test_what_has_ended_is_removed_later(
    state: str, resend: int, days: float, *, over: bool
) -> None:
    found = row(state=state, resend=resend, endTime=course.text(NOON))
    keep = {"keep_sent": 86_400.0, "keep_dead": 30 * 86_400.0}
    assert course.is_over(found, after(days=days), **keep) is over


@pytest.mark.parametrize("event", ["WarningsOver", "ReleasePaused", "ReleaseResumed"])
def test_of_what_lasts_it_is_remembered_for_longer_that_it_was_told(event: str) -> None:
    found = row(event=event, state="Sent", endTime=course.text(NOON))
    keep = {"keep_sent": 86_400.0, "keep_dead": 30 * 86_400.0}
    assert not course.is_over(found, after(days=29), **keep)
    assert course.is_over(found, after(days=30), **keep)
