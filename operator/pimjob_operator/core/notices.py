"""Who is told of what: which PimNotifiers a change concerns, and what they say. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pimjob_api.gate import Gate
from pimjob_api.names import API_VERSION, KIND_PIMJOB, KIND_PIMNOTIFICATION, KIND_PIMRELEASE
from pimjob_api.notices import OF_RELEASES, NotifierEvent, event_id, notification_name
from pimjob_operator.core.selector import selects

Object = Mapping[str, Any]

_OF_SPEC = ("type", "label", "user", "profile")
_OF_JOB = ("phase", "reason", "message", "startTime", "completionTime", "activeSeconds", "warnings")
_OF_RELEASE = ("gate", "reason", "message", "closedAt", "drainedAt", "openedAt")
_LEAST = ("namespace", "name", "uid", "type", "user", "phase", "gate", "closedAt")
_COUNTS = ("paused", "held", "concerned", "resumed")


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A change that people may want to be told of."""

    subject: Object
    kind: str
    event: NotifierEvent
    occurrence: str
    """Which of its kind: whoever finds the same change out once more names it the same."""
    data: Object


def end_of(pimjob: Object, status: Object, job_type: Object) -> Notice:
    """Return the end of a job, which `status` tells."""
    return Notice(
        subject=pimjob,
        kind=KIND_PIMJOB,
        event=NotifierEvent(status["phase"]),
        occurrence=f"{status['observedRetry']}.{status.get('attemptCount', 0)}",
        data=_about_job(pimjob, status, job_type),
    )


def warnings_of(pimjob: Object, job_type: Object, over: int) -> Notice:
    """Return that a job has more than so many warnings."""
    return Notice(
        subject=pimjob,
        kind=KIND_PIMJOB,
        event=NotifierEvent.WARNINGS_OVER,
        occurrence=str(over),
        data={**_about_job(pimjob, pimjob.get("status") or {}, job_type), "warningsOver": over},
    )


def change_of_release(release: Object, before: Object, status: Object) -> Notice | None:
    """Return what a status that is about to be written tells of all the jobs of a release.

    Once when none of them runs any more, once when all go on; nothing if there are none.
    """
    if _has_paused(status) and not _has_paused(before):
        event = NotifierEvent.RELEASE_PAUSED
        # Of a gate that closes with this very status the time is not written yet.
        since = before.get("closedAt" if before.get("gate") == Gate.CLOSED else "openedAt")
    elif _has_resumed(status) and not _has_resumed(before):
        event, since = NotifierEvent.RELEASE_RESUMED, status.get("closedAt")
    else:
        return None
    metadata, spec = release["metadata"], release["spec"]
    data = {key: metadata[key] for key in ("namespace", "name", "uid")}
    data |= {"about": spec["reason"]} if spec.get("reason") else {}
    data |= {key: status[key] for key in (*_OF_RELEASE, *_COUNTS) if key in status}
    return Notice(
        subject=release, kind=KIND_PIMRELEASE, event=event, occurrence=since or "first", data=data
    )


def end_of_deleted_release(told: Object) -> Notice:
    """Return that all go on since a release is deleted, from the spec of what told its pause."""
    subject, data = told["subject"], told["data"]
    kept = {key: data[key] for key in data if key not in {"paused", "held", "resumed"}}
    gone = {"gate": Gate.OPEN.value, "reason": "Deleted", "message": "The PimRelease was deleted."}
    return Notice(
        subject={"metadata": {**subject, "namespace": data["namespace"]}},
        kind=KIND_PIMRELEASE,
        event=NotifierEvent.RELEASE_RESUMED,
        occurrence=data.get("closedAt", "first"),
        data=kept | gone,
    )


def notifiers_of(notice: Notice, notifiers: Iterable[Object], job_type: Object) -> list[Object]:
    """Return those of a namespace's PimNotifiers that a change concerns."""
    return [found for found in notifiers if _concerns(found["spec"], notice, job_type)]


def watchers_of_warnings(
    pimjob: Object, notifiers: Iterable[Object], job_type: Object
) -> list[tuple[Notice, Object]]:
    """Return the PimNotifiers whose number of warnings a job has exceeded, with what to say."""
    warnings = int((pimjob.get("status") or {}).get("warnings", 0))
    found = []
    for notifier in notifiers:
        over = notifier["spec"].get("warningsOver")
        if over is not None and warnings > over:
            notice = warnings_of(pimjob, job_type, over)
            found += [(notice, one) for one in notifiers_of(notice, [notifier], job_type)]
    return found


def notification_of(notice: Notice, notifier: Object, now: str) -> dict[str, Any]:
    """Return the PimNotification of a change. The same change again has the same name."""
    metadata = notice.subject["metadata"]
    change = event_id(metadata["uid"], notice.event, notice.occurrence)
    name = notification_name(
        metadata["name"], notice.event, change, str(notifier["metadata"]["uid"])
    )
    return {
        "apiVersion": API_VERSION,
        "kind": KIND_PIMNOTIFICATION,
        "metadata": {"name": name, "namespace": metadata["namespace"]},
        "spec": {
            "id": change,
            "notifier": notifier["metadata"]["name"],
            "event": notice.event.value,
            "subject": {"kind": notice.kind, "name": metadata["name"], "uid": metadata["uid"]},
            "time": now,
            "data": dict(notice.data),
        },
    }


def least_notification(body: Object) -> dict[str, Any]:
    """Return a PimNotification with what identifies its change, and no text."""
    spec = body["spec"]
    kept = {key: spec["data"][key] for key in _LEAST if key in spec["data"]}
    return {**body, "spec": {**spec, "data": kept}}


def _about_job(pimjob: Object, status: Object, job_type: Object) -> dict[str, Any]:
    known = {**(pimjob.get("status") or {}), **status}
    steps = known.get("steps") or ()
    data = {key: pimjob["metadata"][key] for key in ("namespace", "name", "uid")}
    data |= {key: pimjob["spec"][key] for key in _OF_SPEC if key in pimjob["spec"]}
    data |= {"kind": job_type["kind"]} if "kind" in job_type else {}
    data |= {key: known[key] for key in _OF_JOB if key in known}
    data |= {"attempts": known.get("attemptCount", 0)}
    data |= {"processed": sum(int(step.get("processed", 0)) for step in steps)}
    data |= {"counters": _counters(steps)} if _counters(steps) else {}
    stop = {key: known["stop"][key] for key in ("by", "reason") if key in known.get("stop", {})}
    return data | ({"stop": stop} if stop else {})


def _counters(steps: Iterable[Object]) -> dict[str, int]:
    """Return the items of all steps by what became of them."""
    total: dict[str, int] = {}
    for step in steps:
        for name, count in (step.get("counters") or {}).items():
            total[name] = total.get(name, 0) + int(count)
    return total


def _concerns(spec: Object, notice: Notice, job_type: Object) -> bool:
    if notice.event not in spec["events"]:
        return False
    mail = spec.get("mail") or {}
    only_users = bool(mail) and not mail.get("to")
    if notice.event in OF_RELEASES:
        # Nobody launched a release.
        return not only_users
    silent = only_users and not job_type.get("notify", True)
    return not silent and _wants(spec.get("jobs") or {}, notice.subject, job_type)


def _wants(jobs: Object, pimjob: Object, job_type: Object) -> bool:
    spec, labels = pimjob["spec"], pimjob["metadata"].get("labels") or {}
    wanted = (
        ("types", spec["type"]),
        ("kinds", job_type.get("kind")),
        ("users", spec.get("user")),
        ("profiles", spec.get("profile")),
    )
    named = all(not jobs.get(key) or value in jobs[key] for key, value in wanted)
    return named and selects(jobs.get("selector") or {}, labels)


def _has_paused(status: Object) -> bool:
    drained = status.get("gate") == Gate.CLOSED and "drainedAt" in status
    return drained and int(status.get("concerned", 0)) > 0


def _has_resumed(status: Object) -> bool:
    concerned = int(status.get("concerned", 0))
    return status.get("gate") == Gate.OPEN and 0 < concerned <= int(status.get("resumed", 0))
