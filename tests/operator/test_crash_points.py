"""What an operator makes of a job that its predecessor left half recorded, or that it half knows.

Reconciles run in this process, on a cache that is filled from the real API server,
as after a restart. `test_killed_at_each_write` kills whole processes.
"""

import asyncio
from pathlib import Path

import pytest

from pimjob_api.phases import OutcomeKind
from pimjob_kube.client import Client, Object
from pimjob_kube.connection import connect
from pimjob_operator.cache import Cache
from support.control_plane import Api, wait_for
from support.mortal import Lives, reconciler
from support.place import Place

pytestmark = pytest.mark.cluster


@pytest.fixture
def life(server: tuple[Api, Path], place: Place) -> Lives:
    uid = place.launch("a")
    wait_for(lambda: place.api.get(place.path("pimjobs", "a")), "the PimJob")
    return Lives(server[1], place, uid)


def test_a_job_that_was_created_but_not_recorded_and_has_ended_is_recorded(
    life: Lives, place: Place
) -> None:
    assert not life.reconcile(dies_at=1, sent=True)
    assert place.status("a") == {}
    place.end("a-1", OutcomeKind.COMPLETED, processed=3)
    life.reconcile()
    status = place.status("a")
    assert (status["phase"], status["attemptCount"]) == ("Completed", 1)
    assert status["attempts"][0]["processed"] == 3


@pytest.mark.parametrize("recorded", [True, False], ids=["recorded", "not recorded"])
def test_a_pod_whose_job_was_deleted_meanwhile_is_still_the_attempt(
    life: Lives, place: Place, *, recorded: bool
) -> None:
    assert life.reconcile(dies_at=float("inf") if recorded else 1, sent=True) is recorded
    place.run("a-1")
    pod = place.path("pods", place.pod("a-1"))
    # A node that takes its time.
    place.api.patch(pod, {"metadata": {"finalizers": ["pimjobs.dev/test"]}})
    place.api.delete(place.path("jobs", "a-1") + "?propagationPolicy=Background")
    wait_for(lambda: not place.jobs(), "the Job to go")
    life.reconcile()
    assert (place.status("a")["phase"], place.jobs()) == ("Running", [])
    place.end("a-1", OutcomeKind.COMPLETED, processed=3)
    life.reconcile()
    place.api.patch(pod, {"metadata": {"finalizers": None}})
    status = place.status("a")
    assert (status["phase"], status["attemptCount"]) == ("Completed", 1)


def test_an_operator_that_knows_nothing_yet_creates_nothing_twice(
    server: tuple[Api, Path], life: Lives, place: Place
) -> None:
    """The PimJob is delivered first, its Job and pod are still on their way."""
    life.reconcile()
    place.run("a-1")
    life.reconcile()
    assert place.status("a")["phase"] == "Running"
    known = place.api.get(place.path("pimjobs", "a"))

    async def reconcile_with(pimjob: Object) -> None:
        client = Client(connect(server[1]))
        cache = Cache()
        cache.put_type(place.api.get("/apis/pimjobs.dev/v1alpha1/pimjobtypes/numbers"))
        cache.put_pimjob(pimjob)
        await reconciler(client, cache).reconcile(pimjob["metadata"]["uid"])
        await client.close()

    asyncio.run(reconcile_with(known))
    assert (place.status("a"), place.job_names()) == (known["status"], ["a-1"])
    without_status = {key: value for key, value in known.items() if key != "status"}
    asyncio.run(reconcile_with(without_status))
    assert (place.status("a")["phase"], place.job_names()) == ("Starting", ["a-1"])
    life.reconcile()
    assert (place.status("a")["phase"], place.job_names()) == ("Running", ["a-1"])
