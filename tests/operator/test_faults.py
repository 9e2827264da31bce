"""Watches and answers of the API server go wrong; what is left is as if they had not.

The lives are those of `support.lives`. An operator makes up for what it was not told by
full lists, one a second here, and must not ask more often than a bound allows.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from pimjob_api.phases import OutcomeKind
from support.control_plane import Api, wait_for
from support.fault_proxy import FaultProxy, fault_proxy
from support.faults import (
    Answer,
    Call,
    Fault,
    deny,
    lose_answer,
    never_answer,
    refuse,
    remember,
    repeat,
)
from support.lives import disobedient_life, full_life, left_of, short_life
from support.place import Place
from support.releases import Releases
from support.supervised import Supervised, supervised

pytestmark = pytest.mark.cluster

KINDS = ("pimjobs", "pimjobtypes", "jobs", "pods")
CREATE = {"method": "POST", "kind": "jobs"}
OUTAGE_SECONDS = 60.0
Disturbed = tuple[FaultProxy, Supervised]


@pytest.fixture(scope="module")
def undisturbed(
    server: tuple[Api, Path],
    tmp_path_factory: pytest.TempPathFactory,
    new_place: Callable[[], Place],
) -> dict[str, Any]:
    """What is left of three lives, and how many writes they took."""
    place, folder = new_place(), tmp_path_factory.mktemp("undisturbed")
    with (
        fault_proxy(server, folder) as (proxy, kubeconfig),
        supervised(kubeconfig, folder / "log", place.namespace) as operator,
    ):
        operator.wait("active")
        before = written(proxy)
        lives(place)
        return {**left_of(place, "a", "b", "c"), "writes": written(proxy) - before}


def lives(place: Place) -> None:
    full_life(place, "a")
    disobedient_life(place, "b")
    short_life(place, "c")


@contextmanager
def same_as(
    undisturbed: dict[str, Any], place: Place, proxy: FaultProxy, *, extra: Callable[[], int]
) -> Iterator[None]:
    """Have something go wrong in the block; compare what is left, and how many writes it cost."""
    before = written(proxy)
    yield
    expected = dict(undisturbed)
    writes = expected.pop("writes")
    assert left_of(place, "a", "b", "c") == expected
    assert written(proxy) - before <= writes + extra()


def written(proxy: FaultProxy) -> int:
    """Count what was written for jobs: no Leases, nor the types, which each start applies."""
    return sum(call.writes and call.kind not in {"leases", "pimjobtypes"} for call in proxy.calls)


def test_every_event_comes_twice(
    undisturbed: dict[str, Any], active: FaultProxy, place: Place
) -> None:
    active.double(*KINDS)
    with same_as(undisturbed, place, active, extra=lambda: 2):
        lives(place)


@pytest.mark.parametrize("kind", ["pimjobs", "jobs", "pods"])
def test_no_event_of_a_kind_comes_at_all(active: FaultProxy, place: Place, kind: str) -> None:
    """Full lists are all that is left."""
    active.deafen(kind)
    short_life(place)
    place.launch("d")
    place.crash("d-1")
    place.end("d-2", OutcomeKind.COMPLETED)
    place.wait("d", "Completed")
    assert place.job_names() == ["c-1", "d-1", "d-2"]


@pytest.mark.parametrize("gone", [False, True], ids=["cut", "410"])
def test_watches_are_cut_and_things_are_deleted_meanwhile(
    active: FaultProxy, disturbed: Disturbed, place: Place, *, gone: bool
) -> None:
    for name in ("a", "b", "c"):
        place.start(name)
    with active.cut("pimjobs", "jobs", "pods", gone=gone):
        place.api.delete(place.path("pimjobs", "a"))
        place.api.delete(place.path("jobs", "b-1") + "?propagationPolicy=Foreground")
        place.end("c-1", OutcomeKind.COMPLETED)
        wait_for(lambda: place.job_names() == ["c-1"], "the deletions")
    place.end("b-2", OutcomeKind.COMPLETED)
    place.wait("b", "Completed")
    place.wait("c", "Completed")
    _, operator = disturbed
    labels = f'namespace="{place.namespace}",phase="Running",type="numbers"'
    wait_for(lambda: operator.metric(f"pimjob_jobs{{{labels}}}") is None, "the end of the ghost")
    assert [a["outcome"] for a in place.status("b")["attempts"]] == ["Crashed", "Completed"]
    # What was made for the ghost has no owner; nothing more is made once it is not found.
    wait_for(lambda: place.job_names() == ["b-2", "c-1"], "the end of the ghost's Jobs", seconds=20)
    assert active.by_kind()["POST", "jobs"] <= 3 + 1 + 1


@pytest.mark.parametrize("kind", ["pimjobs", "jobs", "pods"])
def test_full_lists_that_are_old_forget_nothing(
    active: FaultProxy, place: Place, kind: str
) -> None:
    answers: dict[tuple[str, str], Answer] = {}
    kept = active.on(remember(answers), method="GET", kind=kind, every=1)
    wait_for(lambda: answers, "a list")
    active.off(kept)
    active.on(repeat(answers), method="GET", kind=kind, every=1)
    place.start("a")
    asked = active.by_kind()["GET", kind]
    wait_for(lambda: active.by_kind()["GET", kind] > asked + 4, "sweeps that read old lists")
    place.end("a-1", OutcomeKind.COMPLETED)
    assert place.wait("a", "Completed")["attemptCount"] == 1
    assert place.job_names() == ["a-1"]


def test_a_successor_that_reads_old_lists_creates_nothing_twice(
    disturbed: Disturbed, active: FaultProxy, place: Place
) -> None:
    """The watches go on from where the lists were, and bring what is newer."""
    _, operator = disturbed
    answers: dict[tuple[str, str], Answer] = {}
    place.launch("a")
    place.wait("a", "Starting")
    kept = active.on(remember(answers), method="GET", every=1)
    asked = active.by_kind()["GET", "pods"]
    wait_for(lambda: active.by_kind()["GET", "pods"] > asked + 1, "lists to remember")
    active.off(kept)
    place.crash("a-1")
    place.run("a-2")
    place.wait("a", "Running")
    active.on(repeat(answers), method="GET", every=1, times=12)
    starts = operator.starts
    operator.kill()
    wait_for(lambda: operator.starts > starts, "the successor")
    operator.wait("active")
    place.end("a-2", OutcomeKind.COMPLETED)
    assert place.wait("a", "Completed")["attemptCount"] == 2
    assert place.job_names() == ["a-1", "a-2"]


@pytest.mark.parametrize(
    ("fault", "calls"),
    [
        # The API server's word for a write that lost against others; for a POST it means more.
        pytest.param(refuse(409), {"kind": "pimjobs/status", "every": 2}, id="409"),
        pytest.param(refuse(409), {"method": "DELETE", "every": 2}, id="409-delete"),
        pytest.param(refuse(409), {**CREATE, "every": 2}, id="409-create-never-made"),
        pytest.param(deny(409), {**CREATE, "every": 1}, id="409-create-made"),
        pytest.param(lose_answer(), {**CREATE, "every": 2}, id="create-made-answer-lost"),
        pytest.param(refuse(429, Retry_After="1"), {"writes": True, "every": 6}, id="429"),
        pytest.param(refuse(500), {"writes": True, "every": 3}, id="500"),
        pytest.param(lose_answer(), {"writes": True, "every": 3}, id="answer-lost"),
    ],
)
def test_writes_go_wrong_again_and_again(
    undisturbed: dict[str, Any],
    active: FaultProxy,
    place: Place,
    fault: Fault,
    calls: dict[str, Any],
) -> None:
    rule = active.on(fault, **calls)
    # What was refused is written again, and with a status the Event that tells of it.
    with same_as(undisturbed, place, active, extra=lambda: 2 * rule.met):
        lives(place)
    assert rule.met >= 2


def test_a_server_that_never_answers_is_asked_again(active: FaultProxy, place: Place) -> None:
    """The Job of the first and the status of the second: each costs one time-out."""
    for kind in ("jobs", "pimjobs/status"):
        active.on(never_answer(), writes=True, kind=kind)
    for name in ("a", "b"):
        place.launch(name)
    for name in ("a", "b"):
        place.wait(name, "Starting", seconds=60)
        place.end(f"{name}-1", OutcomeKind.COMPLETED)
        place.wait(name, "Completed")
    assert place.job_names() == ["a-1", "b-1"]


def test_a_server_that_is_away_for_a_minute(
    disturbed: Disturbed, active: FaultProxy, place: Place
) -> None:
    """The operator gives its Lease up and ends, as it must; its successor waits, and says so."""
    _, operator = disturbed
    for name in ("stopped", "completed", "crashed"):
        place.start(name)
    before = written(active)
    with active.away() as tried:
        over = monotonic() + OUTAGE_SECONDS
        place.change("stopped", desiredState="Stopped")
        place.end("stopped-1", OutcomeKind.STOPPED)
        place.end("completed-1", OutcomeKind.COMPLETED)
        place.crash("crashed-1")
        place.launch("new")
        wait_for(lambda: operator.get("/readyz")[0] == 503, "a successor that says so")
        assert operator.get("/readyz")[1].startswith("The Lease is out of reach: ")
        wait_for(lambda: monotonic() >= over, "the outage's end", seconds=OUTAGE_SECONDS + 10)
        assert operator.get("/readyz")[0] == 503
        assert operator.get("/healthz") == (200, "ok"), "to start it anew would not help"
        assert operator.starts == 2
    # While it tries to keep its Lease, and then a standby's few.
    assert len(tried) <= 5 * OUTAGE_SECONDS
    assert sum(moment > tried[0] + 10 for moment in tried) <= 3 * (OUTAGE_SECONDS - 10)
    place.wait("stopped", "Stopped")
    place.wait("completed", "Completed")
    for job in ("crashed-2", "new-1"):
        place.end(job, OutcomeKind.COMPLETED)
        place.wait(job[:-2], "Completed")
    assert place.job_names() == ["completed-1", "crashed-1", "crashed-2", "new-1", "stopped-1"]
    # Two Jobs, an Event and two statuses for each at most.
    assert written(active) - before <= 2 + 4 * 3
    assert operator.starts == 2


def test_a_gate_opens_though_its_status_lost_against_another_write(
    active: FaultProxy, place: Place
) -> None:
    releases = Releases(place)
    releases.create()
    releases.wait("Closed")
    refused = active.on(refuse(409), kind="pimreleases/status")
    releases.change(gate="Open")
    releases.wait("Open")
    assert refused.met == 1


@pytest.mark.parametrize("down", [True, False], ids=["down", "up"])
def test_a_namespace_is_deleted_while_the_operator_is(
    server: tuple[Api, Path],
    tmp_path: Path,
    place: Place,
    new_place: Callable[[], Place],
    *,
    down: bool,
) -> None:
    """Nothing holds it; the operator is calm afterwards, and serves the others."""
    other = new_place()
    watched = {"watch_namespaces": f"{place.namespace},{other.namespace}", "sweep_seconds": "1"}
    with (
        fault_proxy(server, tmp_path) as (proxy, kubeconfig),
        supervised(kubeconfig, tmp_path / "log", other.namespace, **watched) as operator,
    ):
        for name in ("running", "starting"):
            place.launch(name)
            place.wait(name, "Starting")
        place.run("running-1")
        place.wait("running", "Running")
        Releases(place).create(selector={"matchLabels": {"held": "yes"}})
        place.launch("held", labels={"held": "yes"})
        place.wait("held", "Queued", "ReleaseInProgress")
        if down:
            operator.end()
        path = f"/api/v1/namespaces/{place.namespace}"
        place.api.delete(path)
        # As a kubelet does it; then its controller looks again, which else waits for half of
        # what pods may take.
        place.end("running-1", OutcomeKind.INTERRUPTED)
        place.crash("starting-1")
        place.api.patch(path, {"metadata": {"annotations": {"pods": "have ended"}}})
        wait_for(lambda: not place.api.exists(path), "the end of the namespace", seconds=60)
        if down:
            operator.start()
            operator.wait("active")
        written = len(writes_in(place, proxy))
        short_life(other)
        asked = proxy.by_kind()["GET", "pods"]
        wait_for(lambda: proxy.by_kind()["GET", "pods"] > asked + 6, "full lists of both")
        assert writes_in(place, proxy)[written:] == []
        assert operator.starts == 1 + down
        assert operator.get("/healthz") == (200, "ok")


def writes_in(place: Place, proxy: FaultProxy) -> list[Call]:
    there = f"/namespaces/{place.namespace}/"
    return [call for call in proxy.calls if call.writes and there in call.path]
