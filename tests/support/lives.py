"""Lives of PimJobs, played through by a kubelet and by people, and what is left of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pimjob_api.phases import OutcomeKind
from support.control_plane import wait_for
from support.place import Place

_TIMES = {"phaseTime", "startTime", "completionTime", "endTime", "at", "acknowledgedAt"}
_RELEASE_TIMES = {"closedAt", "drainedAt", "openedAt"}
_OFTEN = _TIMES | _RELEASE_TIMES
_OFTEN |= {"lastTransitionTime", "pod", "observedGeneration", "operator"}


@dataclass(frozen=True)
class Life:
    """A life, and the PimJobs and PimReleases that are left of it."""

    play: Callable[[Place], None]
    jobs: Sequence[str]
    releases: Sequence[str] = ()

    def left(self, place: Place) -> dict[str, Any]:
        """Return what is left once nothing changes any more, without times."""
        return left_of(place, *self.jobs, releases=self.releases)


def full_life(place: Place, name: str = "a") -> None:
    """Every phase, and every way into the next attempt."""
    place.start(name)
    place.change(name, desiredState="Paused", requestedBy="julia", reason="lunch")
    place.wait(name, "Pausing")
    place.end(f"{name}-1", OutcomeKind.PAUSED, processed=5)
    place.wait(name, "Paused")
    place.change(name, desiredState="Running")
    place.crash(f"{name}-2")
    place.end(f"{name}-3", OutcomeKind.INTERRUPTED, processed=7)
    place.run(f"{name}-4")
    place.wait(name, "Running")
    place.end(f"{name}-4", OutcomeKind.FAILED, "no such file", processed=8)
    place.wait(name, "Failed")
    place.change(name, retry=1)
    place.run(f"{name}-5")
    place.wait(name, "Running")
    place.change(name, desiredState="Stopped", requestedBy="julia", reason="wrong file")
    place.wait(name, "Stopping")
    place.end(f"{name}-5", OutcomeKind.STOPPED, processed=9)
    place.wait(name, "Stopped")


def disobedient_life(place: Place, name: str = "b") -> None:
    """A pause before it has started, a runner that does not pause, an end of its own."""
    place.launch(name)
    place.hold(f"{name}-1", "ImagePullBackOff", "no such image")
    place.wait(name, "Starting", "ImagePullBackOff")
    place.change(name, desiredState="Paused")
    place.wait(name, "Paused")
    place.change(name, desiredState="Running")
    place.run(f"{name}-2")
    place.wait(name, "Running")
    place.change(name, desiredState="Paused")
    place.wait(name, "Paused")
    place.change(name, desiredState="Running")
    place.end(f"{name}-3", OutcomeKind.COMPLETED, "done", processed=3)
    place.wait(name, "Completed")


def short_life(place: Place, name: str = "c") -> None:
    """Started, run, ended."""
    place.start(name)
    place.end(f"{name}-1", OutcomeKind.COMPLETED, "done", processed=3)
    place.wait(name, "Completed")


def left_of(place: Place, *names: str, releases: Sequence[str] = ()) -> dict[str, Any]:
    """Return what is left of lives once nothing changes any more, without times."""

    def settled() -> bool:
        return all(place.events(name) for name in names) and not _leaving(place)

    wait_for(settled, f"the Events and the ends of Jobs: {place.job_names()}", seconds=20)
    found = place.api.get(place.path("pimreleases"))["items"]
    return {
        "statuses": {name: _timeless(place.status(name)) for name in names},
        "releases": {x["metadata"]["name"]: _timeless(x["status"]) for x in found},
        "jobs": place.job_names(),
        "pods": sorted(_job_of(pod) for pod in place.pods()),
        "events": sorted(event for name in (*names, *releases) for event in place.events(name)),
    }


def _leaving(place: Place) -> list[str]:
    found = [*place.jobs(), *place.pods()]
    return [x["metadata"]["name"] for x in found if "deletionTimestamp" in x["metadata"]]


def _job_of(pod: dict[str, Any]) -> str:
    return str(pod["metadata"]["labels"]["batch.kubernetes.io/job-name"])


def _timeless(found: Any) -> Any:
    if isinstance(found, dict):
        return {key: _timeless(value) for key, value in found.items() if key not in _OFTEN}
    return [_timeless(item) for item in found] if isinstance(found, list) else found
