"""Lives of PimReleases with the jobs that make room for them."""

from pimjob_api.phases import RELEASE_IN_PROGRESS, OutcomeKind
from support.control_plane import wait_for
from support.place import Place
from support.releases import Releases

RELEASE = "weekly"
OF_RELEASES = ("ReleasePaused", "ReleaseResumed")


def requested_life(place: Place) -> None:
    """By hand: one job pauses, one has to be made to, one is held; all go on to their ends."""
    releases = Releases(place)
    for name in ("a", "b"):
        place.start(name)
    place.report("b", processed=3)
    releases.create(RELEASE, reason="version 7")
    _make_room(place, "a")
    _hold(place, "held")
    # Nobody obeys here: its Job is deleted for the release.
    place.wait("b", "Paused", RELEASE_IN_PROGRESS)
    releases.wait("Closed", RELEASE, paused=2, held=1, running=0, draining=0)
    releases.change(RELEASE, gate="Open")
    _go_on(place, releases, "a-2", "b-2", "held-1")


def watched_life(place: Place) -> None:
    """A rollout that begins, fails, is rolled back, and ends."""
    releases = Releases(place)
    releases.watch("web", RELEASE)
    place.start("a")
    releases.deploy("web", "web:2")
    releases.wait("Closed", RELEASE, reason="RolloutInProgress")
    _make_room(place, "a")
    _hold(place, "held")
    releases.rolled("web", updated=1, total=3, failed=True)
    releases.wait("Closed", RELEASE, reason="RolloutFailed")
    releases.deploy("web", "web:1")
    releases.wait("Closed", RELEASE, reason="RolloutInProgress", paused=1, held=1)
    releases.rolled("web", updated=2, total=2)
    _go_on(place, releases, "a-2", "held-1")


def _make_room(place: Place, name: str) -> None:
    """Be asked by the release, and obey."""
    place.wait(name, "Pausing", RELEASE_IN_PROGRESS)
    place.end(f"{name}-1", OutcomeKind.PAUSED, processed=5)
    place.wait(name, "Paused", RELEASE_IN_PROGRESS)


def _hold(place: Place, name: str) -> None:
    place.launch(name)
    place.wait(name, "Queued", RELEASE_IN_PROGRESS)


def _go_on(place: Place, releases: Releases, *jobs: str) -> None:
    """See all jobs go on by themselves, to their ends."""
    releases.wait("Open", RELEASE, resumed=len(jobs), paused=0, held=0)
    for job in jobs:
        # One after another: an operator that is killed has one Event at a time to post again.
        place.end(job, OutcomeKind.COMPLETED, "done", processed=9)
        place.wait(job[:-2], "Completed")


def make_room(place: Place, *jobs: str) -> None:
    """Run jobs, and let them pause for a release."""
    releases = Releases(place)
    for name in jobs:
        place.start(name)
    releases.create(RELEASE, reason="version 7")
    for name in jobs:
        place.wait(name, "Pausing")
        place.end(f"{name}-1", OutcomeKind.PAUSED, processed=5)
    releases.wait("Closed", paused=len(jobs))
    wait_for(place.notifications, "the notification", seconds=20)


def go_on(place: Place, *jobs: str) -> None:
    """Let them go on."""
    releases = Releases(place)
    releases.change(gate="Open")
    releases.wait("Open", resumed=len(jobs))
    wait_for(lambda: len(place.notifications()) > 1, "the other one", seconds=20)
