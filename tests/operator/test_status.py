"""What the operator writes into a status, and when: no I/O."""

from dataclasses import replace
from datetime import timedelta

from pimjob_api.phases import OutcomeKind
from pimjob_operator.core.observed import Waiting
from pimjob_operator.core.status import is_news, status_of
from support.worlds import NOW, RUNNING, decided, ended, job, pod, world


def test_status_tells_who_stopped_it_and_when_it_obeyed() -> None:
    spec = {"desiredState": "Stopped", "requestedBy": "julia", "reason": "wrong file"}
    found = world(spec=spec, jobs=[job()], pods=[ended(OutcomeKind.STOPPED, processed=7)])
    assert status_of(found, decided(found))["stop"] == {
        "at": "2026-01-01T12:00:00Z",
        "by": "julia",
        "reason": "wrong file",
        "acknowledgedAt": "2026-01-01T12:00:00Z",
        "processed": 7,
    }


def test_status_is_the_same_when_nothing_has_changed() -> None:
    found = world(jobs=[job()], pods=[RUNNING])
    first = status_of(found, decided(found))
    later = replace(found, pimjob={**found.pimjob, "status": first}, now=NOW + timedelta(hours=1))
    assert status_of(later, decided(later)) == first


def test_the_pods_name_alone_is_not_worth_a_write() -> None:
    created = world(jobs=[job()])
    known = status_of(created, decided(created))
    with_pod = world(status=known, jobs=[job()], pods=[pod()])
    assert not is_news(status_of(with_pod, decided(with_pod)), known)
    failing = world(
        status=known,
        jobs=[job()],
        pods=[pod(waiting=Waiting(reason="ErrImagePull", message="no image"))],
    )
    assert is_news(status_of(failing, decided(failing)), known)
