"""Which change is told by which Event, and where else: the data of docs/events.md.

`tests/operator/test_events.py` plays every one of them. To write the document after a change:
`make generate`.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pimjob_api.phases import RELEASE_IN_PROGRESS, OutcomeKind
from support.place import PIMJOBS, Place
from support.releases import Releases

FILE = Path(__file__).resolve().parents[2] / "docs" / "events.md"
JOB, RELEASE = "a", "weekly"


@dataclass(frozen=True, kw_only=True)
class Told:
    """One change. `reason`: of the Event, if there is one. `shows`: phase (gate, of a release), and
    the condition if there is one."""

    change: str
    reason: str
    kind: str = "Normal"
    shows: tuple[str, str]
    play: Callable[[Place], None]
    unseen: Callable[[Place], None] = lambda _place: None
    """What happens after that, before the operator sees any of it."""
    about: str = JOB


def _running(place: Place, **spec: str) -> None:
    place.launch(JOB, **spec)
    place.run("a-1")
    place.wait(JOB, "Running")


def _end(kind: OutcomeKind) -> Callable[[Place], None]:
    def play(place: Place) -> None:
        place.launch(JOB)
        place.end("a-1", kind, processed=3)

    return play


def _stopped(place: Place) -> None:
    _running(place)
    place.change(JOB, desiredState="Stopped")
    place.end("a-1", OutcomeKind.STOPPED)


def _paused(place: Place) -> None:
    _running(place)
    place.change(JOB, desiredState="Paused")
    place.end("a-1", OutcomeKind.PAUSED)
    place.wait(JOB, "Paused")


def _resumed(place: Place) -> None:
    _paused(place)
    place.change(JOB, desiredState="Running")
    place.run("a-2")


def _crashed(place: Place) -> None:
    _running(place)
    place.crash("a-1")


def _held_up(place: Place) -> None:
    place.launch(JOB)
    place.hold("a-1", "ImagePullBackOff", "no such image")


def _no_quota(place: Place) -> None:
    place.forbid("count/jobs.batch")
    place.launch(JOB)


def _disobedient(place: Place) -> None:
    _running(place)
    place.change(JOB, desiredState="Stopped")


def _not_pausable(place: Place) -> None:
    _own_type(place, pausable=False)
    place.launch(JOB, type=place.namespace)
    place.wait(JOB, "Starting")


def _begun_and_paused(place: Place) -> None:
    """Once the status says that it has begun, the API server refuses it."""
    place.run("a-1")
    place.change(JOB, desiredState="Paused")


def _fallback(place: Place) -> None:
    _own_type(place, image="worked:1")
    _running(place, type=place.namespace)
    _own_type(place, image="broken:2")
    place.end("a-1", OutcomeKind.PAUSED, processed=5)
    for number in (2, 3):
        place.crash(f"a-{number}", "Error", code=1)


def _own_type(place: Place, **spec: object) -> None:
    body = place.api.get(f"{PIMJOBS}/pimjobtypes/numbers")
    body["metadata"] = {"name": place.namespace}
    body["spec"] |= spec
    place.api.apply(f"{PIMJOBS}/pimjobtypes/{place.namespace}", body)


def _closed(place: Place) -> None:
    _running(place)
    Releases(place).create(gate="Closed")
    place.wait(JOB, "Pausing", RELEASE_IN_PROGRESS)


def _drained(place: Place) -> None:
    _closed(place)
    place.end("a-1", OutcomeKind.PAUSED, reason=RELEASE_IN_PROGRESS)
    place.wait(JOB, "Paused", RELEASE_IN_PROGRESS)
    Releases(place).wait("Closed", paused=1, draining=0)


def _opened(place: Place) -> None:
    _drained(place)
    Releases(place).change(gate="Open")


def _stuck(place: Place) -> None:
    Releases(place).create(deadlineSeconds=1)


def _rollout_failed(place: Place) -> None:
    releases = Releases(place)
    releases.watch("web")
    releases.deploy("web", "web:broken")
    releases.rolled("web", updated=1, total=3, failed=True)


TABLE = (
    Told(change="It is at work, for two seconds already", reason="",
         shows=("Running", ""), play=_running),
    Told(change="It is at work again: after a pause by people, a crash, a retry", reason="Resumed",
         shows=("Running", ""), play=_resumed),
    Told(change="People have paused it", reason="Paused", shows=("Paused", ""), play=_paused),
    Told(change="It completed", reason="Completed",
         shows=("Completed", ""), play=_end(OutcomeKind.COMPLETED)),
    Told(change="It was stopped", reason="Stopped", shows=("Stopped", ""), play=_stopped),
    Told(change="It failed; the reason is that of its status, InvalidFile for instance",
         reason="Failed", kind="Warning", shows=("Failed", ""), play=_end(OutcomeKind.FAILED)),
    Told(change="An attempt crashed, and another one follows", reason="Crashed", kind="Warning",
         shows=("Starting", ""), play=_crashed),
    Told(change="An attempt was interrupted, by a drain for instance, and another one follows",
         reason="Interrupted", shows=("Starting", ""), play=_end(OutcomeKind.INTERRUPTED)),
    Told(change="Its pod does not come up; the reason is Kubernetes' own", reason="ImagePullBackOff",
         kind="Warning", shows=("Starting", ""), play=_held_up),
    Told(change="It waits: its type is unknown", reason="UnknownType", kind="Warning",
         shows=("Queued", ""), play=lambda place: _launch(place, type="no_such_type")),
    Told(change="It waits: a quota is used up", reason="QuotaExceeded", kind="Warning",
         shows=("Queued", ""), play=_no_quota),
    Told(change="Its runner neither stops nor pauses in time, and is ended", reason="NotObeyed",
         kind="Warning", shows=("Stopped", ""), play=_disobedient),
    Told(change="The image cannot read its checkpoint", reason="CheckpointUnreadable",
         kind="Warning", shows=("Paused", "CheckpointUnreadable"),
         play=_end(OutcomeKind.CHECKPOINT_UNREADABLE)),
    Told(change="Its image does not come up, and the last one that worked goes on",
         reason="ImageFallback", kind="Warning", shows=("Starting", "ImageFallback"),
         play=_fallback),
    Told(change="It is asked for what its type does not allow (NotStoppable, NotPausable)",
         reason="NotPausable", kind="Warning", shows=("Running", "Refused"),
         play=_not_pausable, unseen=_begun_and_paused),
    Told(change="Its gate closes", reason="GateClosed", shows=("Closed", ""), play=_closed,
         about=RELEASE),
    Told(change="None of its jobs runs any more", reason="", shows=("Closed", "Drained"),
         play=_drained, about=RELEASE),
    Told(change="Its gate opens", reason="GateOpened", shows=("Open", ""), play=_opened,
         about=RELEASE),
    Told(change="Its gate opens by itself after its deadline", reason="GateStuck", kind="Warning",
         shows=("Open", "Stuck"), play=_stuck, about=RELEASE),
    Told(change="A rollout that it watches was given up", reason="RolloutFailed", kind="Warning",
         shows=("Closed", "RolloutFailed"), play=_rollout_failed, about=RELEASE),
)  # fmt: skip


def _launch(place: Place, **spec: str) -> None:
    place.launch(JOB, **spec)


HEAD = """\
<!-- Generated from tests/support/events.py by `make generate`. Change that instead. -->
# Events

`kubectl -n NAMESPACE describe pimjob NAME` shows them, `kubectl get events -A --field-selector involvedObject.kind=PimJob` lists them.
They are a courtesy, posted at most once and kept for an hour or so by Kubernetes: the truth, which stays, is the status.
Each line is played by `tests/operator/test_events.py` on a real API server.

One Event for each attempt and reason at most, so a job that crashes again and again, or waits for days, floods nobody. A
phase that lasts less than two seconds has none: a job has one Event, its end, if all goes well. What a release does to its jobs is told
once, by the PimRelease: pausing 500 jobs makes two Events. The status of each job says that it makes room, for a release or
for a new image of its type.
"""


def document() -> str:
    """Return the text of the document."""
    text = HEAD
    for title, about in (("PimJob", JOB), ("PimRelease", RELEASE)):
        what = "phase" if about == JOB else "gate"
        text += f"\n## {title}\n\n| change | Event | {what} | condition |\n|---|---|---|---|\n"
        for told in TABLE:
            if told.about == about:
                state, condition = told.shows
                shown = f"`{condition}`" if condition else ""
                event = f"{told.kind} `{told.reason}`" if told.reason else "none"
                text += f"| {told.change} | {event} | {state} | {shown} |\n"
    return text


if __name__ == "__main__":
    sys.exit(0 if FILE.write_text(document(), encoding="utf-8") else 1)
