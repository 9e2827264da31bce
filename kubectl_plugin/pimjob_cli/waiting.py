"""Waits until jobs are where they are wanted, and says how each ended."""

import time
from collections.abc import Callable, Sequence

from pimjob_api.phases import Phase
from pimjob_cli import paths, text
from pimjob_cli.changes import Change, desired
from pimjob_cli.errors import CliError
from pimjob_cli.exit_codes import COMPLETED, FAILED, STOPPED, TIMED_OUT
from pimjob_cli.job import Job
from pimjob_cli.session import Session
from pimjob_cli.watcher import Watcher


def wait_for_end(session: Session, jobs: Sequence[Job], seconds: int | None) -> int:
    """Wait until all have ended; return an exit code of `wait`."""
    found = _wait(session, jobs, lambda job: job.ended, lambda job: _told(job, _end(job)), seconds)
    if found is None:
        return TIMED_OUT
    phases = {job.phase for job in found}
    if Phase.FAILED in phases:
        return FAILED
    return STOPPED if Phase.STOPPED in phases else COMPLETED


def wait_for_change(
    session: Session, change: Change, jobs: Sequence[Job], seconds: int | None
) -> int:
    """Wait until all are where the change wants them; return 0, 1 for one elsewhere, or 5."""

    def is_withdrawn(job: Job) -> bool:
        return not job.ended and desired(job) != asked[job.uid]

    def is_there(job: Job) -> bool:
        if job.ended and not change.revives:
            return True  # for good, whether or not the change was seen before
        if is_withdrawn(job):
            return True
        # The status may still be about the spec before the change.
        seen = int(job.status.get("observedGeneration") or 0)
        answered = seen >= generations.get(job.uid, 0)
        return answered and (job.phase in change.reached or job.ended)

    def tell(job: Job) -> str:
        if is_withdrawn(job):
            return _told(job, f"not {change.phrase}: somebody has asked otherwise")
        missed = "" if job.phase in change.reached else f"not {change.phrase}: "
        return _told(job, missed + _change_end(job))

    asked = {job.uid: desired(job) for job in jobs}
    generations = {job.uid: int(job.body["metadata"]["generation"]) for job in jobs}
    found = _wait(session, jobs, is_there, tell, seconds)
    if found is None:
        return TIMED_OUT
    done = all(job.phase in change.reached and not is_withdrawn(job) for job in found)
    return 0 if done else 1


def _wait(
    session: Session,
    jobs: Sequence[Job],
    is_there: Callable[[Job], bool],
    tell: Callable[[Job], str],
    seconds: int | None,
) -> list[Job] | None:
    """Return the jobs as they were then; None if there is no more time."""
    watcher = _watcher(session, jobs)
    deadline = None if seconds is None else time.monotonic() + seconds
    there: dict[str, Job] = {}
    while True:
        known = {job.uid: job for job in watcher.jobs()}
        _check_there(jobs, known, there)
        for job in jobs:
            if job.uid not in there and is_there(known[job.uid]):
                there[job.uid] = known[job.uid]
                session.terminal.print(tell(known[job.uid]))
                session.terminal.flush()
        if len(there) == len(jobs):
            return list(there.values())
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            waiting = [known[job.uid] for job in jobs if job.uid not in there]
            first = ", ".join(f"{job.name} is {job.phase}" for job in waiting[:5])
            more = ", …" if len(waiting) > 5 else ""  # noqa: PLR2004 - a line's length
            session.terminal.say(text.clean(f"error: timed out: {first}{more}"))
            return None
        watcher.wait(left)


def _watcher(session: Session, jobs: Sequence[Job]) -> Watcher:
    namespaces = {job.namespace for job in jobs}
    path = paths.jobs(namespaces.pop() if len(namespaces) == 1 else None)
    one = {"fieldSelector": f"metadata.name={jobs[0].name}"} if len(jobs) == 1 else {}
    return Watcher(session.api, path, one)


def _check_there(jobs: Sequence[Job], known: dict[str, Job], there: dict[str, Job]) -> None:
    gone = [job.reference for job in jobs if job.uid not in known and job.uid not in there]
    if gone:
        raise CliError(f"deleted meanwhile: {', '.join(gone)}")


def _told(job: Job, how: str) -> str:
    return text.clean(f"{job.reference} {how}")


def _end(job: Job) -> str:
    done = f"{text.plural(job.processed, 'item')} done"
    active = job.status.get("activeSeconds")
    spent = "" if active is None else f" in {text.duration(active)}"
    why = (
        f": {job.status['message']}"
        if job.phase == Phase.FAILED and job.status.get("message")
        else ""
    )
    return f"{job.phase}, {done}{spent}{why}"


def _change_end(job: Job) -> str:
    stop = job.status.get("stop") or {}
    if job.phase != Phase.STOPPED or not stop:
        return _end(job) if job.ended else job.phase
    done = text.plural(int(stop.get("processed") or 0), "item")
    asked, left = text.parse_time(stop.get("at")), text.parse_time(stop.get("acknowledgedAt"))
    after = (
        f", acknowledged after {text.duration((left - asked).total_seconds())}"
        if asked and left
        else ""
    )
    return f"Stopped{after}; {done} done, which stay done"
