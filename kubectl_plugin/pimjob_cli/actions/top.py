"""Does `kubectl pimjob top`."""

from collections import Counter
from datetime import datetime
from typing import Any

from pimjob_api.phases import Phase, StepPhase
from pimjob_cli import table, text
from pimjob_cli.arguments import Options
from pimjob_cli.choice import chosen, nothing_found
from pimjob_cli.job import Job
from pimjob_cli.session import Session, now


def run(session: Session, options: Options) -> int:
    """Show."""
    jobs, wanted = chosen(session, options)
    if not jobs:
        session.terminal.say(nothing_found(session, options, wanted))
        return 0
    at, print_ = now(), session.terminal.print
    counts = Counter(job.phase for job in jobs)
    phases = [phase for phase in (*map(str, Phase), text.NOTHING) if counts[phase]]
    for line in table.lines(
        [phase.upper() for phase in phases],
        [[text.number(counts[phase]) for phase in phases]],
        paint=session.paint,
    ):
        print_(line)
    for title, headers, rows in (_running(jobs, options.slowest), _queue(jobs, at)):
        if rows:
            print_()
            print_(session.paint(title, "bold"))
            for line in table.lines(headers, rows, paint=session.paint):
                print_(line)
    return 0


def rate(step: dict[str, Any]) -> float | None:
    """Return items a second since the step began, pauses left out; None while it is too early."""
    seconds = int(step.get("activeSeconds") or 0)
    return int(step.get("processed") or 0) / seconds if seconds else None


def current_step(job: Job) -> dict[str, Any]:
    """Return the step that is running; empty if there is none."""
    return next((s for s in job.steps if s.get("phase") == StepPhase.RUNNING), {})


def _running(jobs: list[Job], limit: int) -> tuple[str, list[str], list[table.Row]]:
    running = [(job, current_step(job)) for job in jobs if job.phase == Phase.RUNNING]
    rates = [found for _, step in running if (found := rate(step)) is not None]
    # Whose end is farthest, or not known at all, comes first.
    running.sort(key=lambda pair: -_left(pair[0]))
    rows: list[table.Row] = [
        [
            job.namespace,
            job.name,
            job.said("type"),
            text.clean(step.get("label") or step.get("name") or text.NOTHING),
            text.number(int(step.get("processed") or 0)),
            text.NOTHING if (found := rate(step)) is None else f"{found:,.1f}",
            text.NOTHING if job.seconds_left is None else text.duration(job.seconds_left),
            text.duration(int(job.status.get("activeSeconds") or 0)),
        ]
        for job, step in running[:limit]
    ]
    total = f"Running: {text.plural(len(running), 'job')}, {sum(rates):,.1f} items/s together"
    more = f"; the {len(rows)} with most time left" if len(running) > len(rows) else ""
    headers = ["NAMESPACE", "NAME", "TYPE", "STEP", "ITEMS", "ITEMS/S", "LEFT", "ACTIVE"]
    return total + more, headers, rows


def _left(job: Job) -> float:
    return float("inf") if job.seconds_left is None else job.seconds_left


def _queue(jobs: list[Job], at: datetime) -> tuple[str, list[str], list[table.Row]]:
    waiting = [job for job in jobs if job.phase in {Phase.QUEUED, Phase.STARTING}]
    reasons: dict[tuple[str, str], list[Job]] = {}
    for job in waiting:
        key = (job.phase, str(job.status.get("reason") or text.NOTHING))
        reasons.setdefault(key, []).append(job)
    rows: list[table.Row] = []
    for (phase, reason), group in sorted(reasons.items(), key=lambda item: -len(item[1])):
        oldest = min(group, key=_phase_time)
        since = text.parse_time(_phase_time(oldest))
        age = text.NOTHING if since is None else text.duration((at - since).total_seconds())
        message = str(oldest.status.get("message") or text.NOTHING)
        rows.append([phase, reason, text.number(len(group)), age, oldest.name, message])
    headers = ["PHASE", "REASON", "JOBS", "LONGEST", "WHICH", "MESSAGE"]
    return f"Waiting: {text.plural(len(waiting), 'job')}", headers, rows


def _phase_time(job: Job) -> str:
    return str(job.status.get("phaseTime") or job.body["metadata"].get("creationTimestamp"))
