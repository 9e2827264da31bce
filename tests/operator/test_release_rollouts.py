"""Rollouts that a release watches. Kubelet and Deployment controller are written."""

import pytest

from pimjob_api.phases import OutcomeKind
from support.control_plane import wait_for
from support.place import Place
from support.releases import WAITS, Releases

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("operator")]


def test_a_watched_rollout_closes_the_gate_and_its_completion_opens_it(
    place: Place, releases: Releases
) -> None:
    releases.watch("web")
    place.start("a")
    releases.deploy("web", "web:2")
    closed = releases.wait("Closed", reason="RolloutInProgress")
    assert closed["message"] == "Being rolled out: web."
    place.wait("a", "Pausing", WAITS)
    place.end("a-1", OutcomeKind.PAUSED)
    place.wait("a", "Paused", WAITS)
    releases.rolled("web", updated=1, total=3)
    releases.wait("Closed", paused=1)
    releases.rolled("web", updated=2, total=2)
    releases.wait("Open", resumed=1)
    place.wait("a", "Starting")


def test_scaling_is_no_rollout(place: Place, releases: Releases) -> None:
    before = releases.watch("web")
    releases.deploy("api", "api:1")
    releases.rolled("api", updated=2, total=2)
    releases.change(deployments=["web", "api"])
    wait_for(lambda: len(releases.status()["rollouts"]) == 2, "both to be watched")
    releases.deploy("web", "web:1", replicas=5)
    releases.rolled("web", updated=3, total=5)
    # Comes after the scaling was seen: events of one kind arrive in order.
    releases.deploy("api", "api:2")
    after = releases.wait("Closed")
    assert after["rollouts"][0] == before["rollouts"][0]
    assert after["message"] == "Being rolled out: api."
    assert place.jobs() == []


def test_a_deployment_that_was_there_before_anybody_named_it_is_watched(
    place: Place, releases: Releases
) -> None:
    releases.watch("web")
    releases.deploy("api", "api:1")
    releases.change(deployments=["web", "api"])
    assert releases.wait("Closed")["message"] == "Being rolled out: api."
    releases.rolled("api", updated=2, total=2)
    releases.wait("Open")
    assert place.jobs() == []


def test_a_failed_rollout_keeps_the_gate_closed_until_it_is_rolled_back(
    place: Place, releases: Releases
) -> None:
    releases.watch("web")
    releases.deploy("web", "web:broken")
    releases.rolled("web", updated=1, total=3, failed=True)
    releases.wait("Closed", reason="RolloutFailed")
    assert releases.condition("RolloutFailed") == "True"
    told = ("Warning", "RolloutFailed")
    wait_for(lambda: told in [e[:2] for e in place.events("weekly")], "the Event")
    releases.deploy("web", "web:1")
    releases.wait("Closed", reason="RolloutInProgress")
    releases.rolled("web", updated=2, total=2)
    releases.wait("Open")
    assert releases.condition("RolloutFailed") == "False"
