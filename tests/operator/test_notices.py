"""Which PimNotifiers a change concerns. Pure."""

from typing import Any

import pytest

from pimjob_api.notices import NotifierEvent, event_id, notification_name
from pimjob_operator.core.notices import (
    change_of_release,
    end_of,
    notification_of,
    notifiers_of,
    watchers_of_warnings,
)

TYPE = {"kind": "import", "notify": True}
ENDED = {"phase": "Failed", "observedRetry": 0, "attemptCount": 2}


def pimjob(**status: Any) -> dict[str, Any]:
    return {
        "metadata": {"namespace": "pim", "name": "a", "uid": "u", "labels": {"team": "blue"}},
        "spec": {"type": "csv_product_import", "user": "julia", "profile": "daily"},
        "status": status,
    }


def notifier(**spec: Any) -> dict[str, Any]:
    metadata = {"namespace": "pim", "name": "erp", "uid": "n"}
    return {"metadata": metadata, "spec": {"events": ["Failed"], "webhook": {}, **spec}}


def is_told(job_type: dict[str, Any] | None = None, **spec: Any) -> bool:
    notice = end_of(pimjob(), ENDED, TYPE)
    return bool(notifiers_of(notice, [notifier(**spec)], TYPE if job_type is None else job_type))


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ({}, True),
        ({"events": ["Completed", "Stopped"]}, False),
        ({"jobs": {"types": ["csv_product_import"]}}, True),
        ({"jobs": {"types": ["csv_family_import"]}}, False),
        ({"jobs": {"kinds": ["import", "export"]}}, True),
        ({"jobs": {"kinds": ["export"]}}, False),
        ({"jobs": {"users": ["julia"]}}, True),
        ({"jobs": {"users": ["marc"]}}, False),
        ({"jobs": {"profiles": ["daily"]}}, True),
        ({"jobs": {"profiles": ["weekly"]}}, False),
        ({"jobs": {"selector": {"matchLabels": {"team": "blue"}}}}, True),
        ({"jobs": {"selector": {"matchLabels": {"team": "red"}}}}, False),
        ({"jobs": {"users": ["julia"], "kinds": ["export"]}}, False),
    ],
)
def test_all_that_a_filter_names_must_hold(spec: dict[str, Any], *, told: bool) -> None:
    assert is_told(**spec) is told


def test_a_type_that_notifies_nobody_spares_users_and_nobody_else() -> None:
    silent = {"kind": "import", "notify": False}
    users = {"key": "users"}
    assert not is_told(silent, mail={"users": users})
    assert is_told(silent, mail={"users": users, "to": ["team@example.com"]})
    assert is_told(silent)
    assert is_told(mail={"users": users})


@pytest.mark.parametrize(("warnings", "told"), [(10, 0), (11, 1)])
def test_warnings_are_told_above_the_number(warnings: int, told: int) -> None:
    one = notifier(events=["WarningsOver"], warningsOver=10)
    assert len(watchers_of_warnings(pimjob(warnings=warnings), [one], TYPE)) == told


def closed(**status: Any) -> dict[str, Any]:
    return {"gate": "Closed", "closedAt": "t1", "concerned": 0, "resumed": 0, **status}


def opened(**status: Any) -> dict[str, Any]:
    return {"gate": "Open", "closedAt": "t1", "openedAt": "t2", **status}


DRAINED = closed(drainedAt="t2", concerned=2)


@pytest.mark.parametrize(
    ("before", "status", "told"),
    [
        ({}, closed(), None),
        (closed(), closed(concerned=2), None),
        (closed(concerned=2), DRAINED, ("ReleasePaused", "t1")),
        (DRAINED, DRAINED | {"concerned": 3}, None),
        (closed(), closed(drainedAt="t2"), None),
        (closed(drainedAt="t2"), DRAINED, ("ReleasePaused", "t1")),
        (DRAINED, opened(concerned=2, resumed=1), None),
        (opened(concerned=2, resumed=1), opened(concerned=2, resumed=2), ("ReleaseResumed", "t1")),
        (opened(concerned=2, resumed=2), opened(concerned=2, resumed=2), None),
        (closed(), opened(concerned=0, resumed=0), None),
    ],
)
def test_a_release_is_told_when_all_have_paused_and_when_all_go_on(
    before: dict[str, Any], status: dict[str, Any], told: tuple[str, str] | None
) -> None:
    release = {"metadata": {"namespace": "pim", "name": "weekly", "uid": "r"}, "spec": {}}
    notice = change_of_release(release, before, status)
    assert (notice and (notice.event.value, notice.occurrence)) == told


def test_nobody_launched_a_release() -> None:
    release = {"metadata": {"namespace": "pim", "name": "weekly", "uid": "r"}, "spec": {}}
    notice = change_of_release(release, closed(concerned=2), DRAINED)
    assert notice is not None
    every = ["ReleasePaused"]
    users = notifier(events=every, mail={"users": {"key": "users"}})
    assert notifiers_of(notice, [users], {}) == []
    # What a job must be like asks nothing of a release.
    assert notifiers_of(notice, [notifier(events=every, jobs={"types": ["x"]})], {})


def test_a_change_has_one_id_and_each_notifier_one_name_for_it() -> None:
    first, again, retried = (
        end_of(pimjob(), status, TYPE)
        for status in (ENDED, {**ENDED, "message": "other"}, {**ENDED, "observedRetry": 1})
    )
    one, other = notifier(), {**notifier(), "metadata": {"name": "team", "uid": "m"}}
    made = [notification_of(notice, one, "now") for notice in (first, again, retried)]
    assert made[0]["metadata"] == made[1]["metadata"]
    assert made[0]["metadata"]["name"] != made[2]["metadata"]["name"]
    another = notification_of(first, other, "now")
    assert another["spec"]["id"] == made[0]["spec"]["id"]
    assert another["metadata"]["name"] != made[0]["metadata"]["name"]


def test_names_are_those_that_kubernetes_takes() -> None:
    event = NotifierEvent.RELEASE_PAUSED
    name = notification_name("r" * 253, event, event_id("u", event, "t"), "n")
    assert len(name) <= 253
    assert name == name.lower()
