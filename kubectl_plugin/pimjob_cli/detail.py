"""All about one job, as the detail of the reference PIM has it. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pimjob_api.phases import DesiredState, Phase
from pimjob_cli import columns, steps, table, text
from pimjob_cli.job import Job
from pimjob_cli.paint import Paint, colour_of, plain

_INDENT = "  "
_FACT = 15
"""Columns of a fact's name."""


def lines(job: Job, now: datetime, *, paint: Paint = plain, width: int = 10_000) -> Iterator[str]:
    """Yield the lines."""
    badge = paint(job.phase, colour_of(job.phase, warnings=job.warnings))
    progress = " ".join(text.clean(job.status[n]) for n in ("step", "progress") if n in job.status)
    yield f"{paint(text.clean(job.label), 'bold')}   {badge}   {progress}".rstrip()
    if message := job.status.get("message"):
        reason = job.status.get("reason")
        yield text.clean(f"{reason}: {message}" if reason else message)
    yield ""
    yield from _facts(job, now)
    yield from _wish(job)
    yield from _section("Steps", steps.lines(job, paint, width - len(_INDENT)), paint)
    yield from _section("Attempts", _attempts(job, paint, width - len(_INDENT)), paint)
    yield from _section("Files", _files(job, paint), paint)
    yield from _section("Conditions", _conditions(job, paint), paint)


def _facts(job: Job, now: datetime) -> Iterator[str]:
    status = job.status
    times = {name: status.get(f"{name}Time") for name in ("start", "completion", "heartbeat")}
    active = status.get("activeSeconds")
    facts = {
        "Name": f"{job.namespace}/{job.name}",
        "Type": job.said("type"),
        "Profile": job.spec.get("profile"),
        "Launched": f"{_since(job, now)} by {job.said('user')}",
        "Started": times["start"],
        "Ended": times["completion"],
        "Last report": None if job.ended else times["heartbeat"],
        "Active": None if active is None else text.duration(active),
        "Warnings": text.number(job.warnings) if job.warnings else None,
        "Release": (status.get("gate") or {}).get("release"),
        "Refuses": _refuses(job),
    }
    yield from (_fact(name, fact) for name, fact in facts.items() if fact)
    for name, value in (job.spec.get("parameters") or {}).items():
        yield _fact("Parameter", f"{name}={value}")


def _since(job: Job, now: datetime) -> str:
    return f"{columns.age(job, now)} ago"


def _refuses(job: Job) -> str:
    """Return what its type does not allow."""
    words = {"stoppable": "to be stopped", "pausable": "to be paused"}
    return ", ".join(word for name, word in words.items() if job.status.get(name) is False)


def _wish(job: Job) -> Iterator[str]:
    """Yield who stopped or paused it, why, and how far it was."""
    stop = job.status.get("stop") or {}
    if stop:
        by, why = stop.get("by") or "somebody", stop.get("reason")
        yield _fact("Stopped by", f"{by}: {why}" if why else by)
        yield from _acknowledgement(job)
    elif job.spec.get("desiredState", DesiredState.RUNNING) != DesiredState.RUNNING:
        by, why = job.spec.get("requestedBy") or "somebody", job.spec.get("reason")
        wish = "Stop asked by" if job.spec["desiredState"] == DesiredState.STOPPED else "Paused by"
        yield _fact(wish, f"{by}: {why}" if why else by)


def _acknowledgement(job: Job) -> Iterator[str]:
    stop = job.status["stop"]
    if stop.get("acknowledgedAt"):
        done = text.plural(int(stop.get("processed") or 0), "item")
        yield _fact("Acknowledged", f"{stop['acknowledgedAt']}, {done} done, which stay done")
    elif job.phase == Phase.STOPPING:
        yield _fact("Acknowledged", "not yet: it leaves after its current chunk")


def _fact(name: str, value: object) -> str:
    return f"{name + ':':<{_FACT}}{text.clean(value)}"


def _section(title: str, content: Iterator[str], paint: Paint) -> Iterator[str]:
    found = list(content)
    if found:
        yield ""
        yield paint(f"{title}:", "bold")
        yield from (_INDENT + line for line in found)


def _attempts(job: Job, paint: Paint, width: int) -> Iterator[str]:
    if not job.attempts:
        return
    rows = [
        [
            str(attempt["number"]),
            *(_said(attempt, name) for name in ("outcome", "reason", "startTime")),
            _took(attempt),
            *(_said(attempt, name) for name in ("message", "pod", "image")),
        ]
        for attempt in job.attempts
    ]
    headers = ("NO", "OUTCOME", "REASON", "STARTED", "TOOK", "MESSAGE", "POD", "IMAGE")
    yield from table.lines(headers, rows, paint=paint, columns=width, elastic="MESSAGE")
    total = int(job.status.get("attemptCount") or 0)
    if total > len(rows):
        yield f"… the last {len(rows)} of {total}"


def _said(attempt: dict[str, Any], field: str) -> str:
    return str(attempt.get(field) or text.NOTHING)


def _took(attempt: dict[str, Any]) -> str:
    begun, ended = (text.parse_time(attempt.get(f"{name}Time")) for name in ("start", "end"))
    return text.duration((ended - begun).total_seconds()) if begun and ended else text.NOTHING


def _files(job: Job, paint: Paint) -> Iterator[str]:
    rows = [
        [a["kind"], a["name"], text.NOTHING if a.get("bytes") is None else text.size(a["bytes"])]
        for a in job.artifacts
    ]
    yield from table.lines(("KIND", "NAME", "SIZE"), rows, paint=paint) if rows else ()


def _conditions(job: Job, paint: Paint) -> Iterator[str]:
    rows = [
        [c["type"], c["status"], c["reason"], c.get("message") or text.NOTHING]
        for c in job.status.get("conditions") or ()
    ]
    yield from (
        table.lines(("TYPE", "STATUS", "REASON", "MESSAGE"), rows, paint=paint) if rows else ()
    )
