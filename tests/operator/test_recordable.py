"""What others show is kept in a form that a status can hold: no I/O."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pimjob_api import bounds
from pimjob_api.names import API_VERSION
from pimjob_api.phases import OutcomeKind
from pimjob_operator.cache import Cache
from pimjob_operator.cached_world import world_of
from pimjob_operator.core.attempts import CRASHED, Attempt
from pimjob_operator.core.image import choose_image
from pimjob_operator.core.least import least_status
from pimjob_operator.core.recordable import (
    EARLIEST,
    LATEST,
    attempt_number,
    parse_time,
    recordable_count,
    recordable_image,
    recordable_name,
)
from support.mortal import SETTINGS

LONG = "registry.example/" + "x" * bounds.IMAGE
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_a_number_is_one_that_every_reader_keeps() -> None:
    assert [recordable_count(n) for n in (-1, 7, bounds.NUMBER + 1)] == [0, 7, bounds.NUMBER]


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", 1), ("999999999", 999_999_999), ("0", 0), ("01", 0), ("", 0), ("x", 0), ("-1", 0),
     ("1" * 10, 0), ("²", 0), ("٣", 0)],
)  # fmt: skip
def test_an_attempts_number_is_one_that_the_operator_gives(text: str, number: int) -> None:
    assert attempt_number(text) == number


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-01-01T12:00:00Z", NOON),
        ("2026-01-01T14:00:00.000000001+02:00", NOON),
        ("2026-01-01T12:00:00", NOON),
        ("0000-01-01T00:00:00Z", EARLIEST),
        ("0001-01-01T00:00:00+12:59", EARLIEST),
        ("9999-12-31T23:59:59-12:59", EARLIEST),
        ("9999-12-31T00:00:00Z", LATEST),
        ("2026-01-01T24:59:60Z", EARLIEST),
    ],
)
def test_a_time_is_one_to_reckon_with(text: str, time: datetime) -> None:
    assert parse_time(text) == time
    assert parse_time(text) + timedelta(days=300_000) > time


@pytest.mark.parametrize("name", ["a-1-xyz", "x" * bounds.NAME])
def test_a_name_of_ours_is_kept(name: str) -> None:
    assert recordable_name(name) == name


@pytest.mark.parametrize("name", ["", "x" * (bounds.NAME + 1), "A", "-a", "a\n"])
def test_a_name_that_is_none_of_ours_is_not(name: str) -> None:
    assert recordable_name(name) is None


def test_an_image_that_is_too_long_is_told_from_others_and_never_run() -> None:
    assert recordable_image("runner:1") == "runner:1"
    cut = {recordable_image(image) for image in (LONG + "1", LONG + "2", "ünïque:1", " ", "")}
    assert len(cut) == 5
    assert all(len(image) <= bounds.IMAGE for image in cut)
    assert {recordable_image(image) for image in cut} == cut
    worked = Attempt(
        number=1, job="a-1", image=recordable_image(LONG), outcome=OutcomeKind.PAUSED.value,
        processed=7,
    )  # fmt: skip
    broken = Attempt(number=2, job="a-2", image="new:2", outcome=CRASHED, reason="ErrImagePull")
    assert choose_image("new:2", [worked, broken]).image == "new:2"
    assert choose_image(LONG, [worked]).image == LONG


@pytest.mark.parametrize("name", ["a-1", "a-x", "a-0", f"a-{'9' * 20}", "b-1", "a"])
def test_a_job_is_an_attempt_if_its_name_says_so(name: str) -> None:
    cache = Cache()
    owner = {"apiVersion": API_VERSION, "kind": "PimJob", "name": "a", "uid": "u"}
    forged = {
        "metadata": {
            "name": name, "namespace": "ns", "uid": "j", "resourceVersion": "1",
            "creationTimestamp": "2026-01-01T12:00:00Z", "labels": {"pimjobs.dev/job-uid": "u"},
            "ownerReferences": [{**owner, "controller": True}],
        },
        "spec": {"template": {"spec": {"containers": [{"image": "runner:1"}]}}},
    }  # fmt: skip
    cache.put_job(forged)
    pimjob = {"metadata": {"name": "a", "namespace": "ns", "uid": "u"}, "spec": {"type": "t"}}
    found = [job.number for job in world_of(pimjob, cache, SETTINGS).jobs]
    assert found == ([1] if name == "a-1" else [])


def test_the_least_of_a_status_is_all_but_its_texts() -> None:
    condition = {"type": "ImageFallback", "status": "True", "reason": "a b", "message": "x"}
    attempt = {"number": 1, "job": "a-1", "outcome": CRASHED, "reason": "OOMKilled", "processed": 7}
    wanted: dict[str, Any] = {
        "phase": "Starting", "reason": "no word", "message": "x", "attemptCount": 1,
        "attempts": [{**attempt, "message": "x", "pod": "a-1-x", "image": "runner:1"}],
        "stop": {"at": "2026-01-01T12:00:00Z", "by": "julia", "reason": "wrong file"},
        "conditions": [{**condition, "lastTransitionTime": "2026-01-01T11:00:00Z"}],
    }  # fmt: skip
    known = {"conditions": [{"type": "StatusRefused", "lastTransitionTime": "then"}]}
    least = least_status(wanted, "why", "now", known)
    assert least["attempts"] == [{**attempt, "image": "runner:1"}]
    assert (least["phase"], least["reason"], least["attemptCount"]) == (
        "Starting", "StatusRefused", 1,
    )  # fmt: skip
    assert least["stop"] == {"at": "2026-01-01T12:00:00Z"}
    assert [c["reason"] for c in least["conditions"]] == ["StatusRefused", "StatusRefused"]
    assert [c["lastTransitionTime"] for c in least["conditions"]] == [
        "2026-01-01T11:00:00Z", "then",
    ]  # fmt: skip
