"""The log of one attempt, for people to read, and which of its lines belong to a step."""

import json
import re
import time
from collections.abc import Iterable, Iterator
from typing import Any

from pimjob_api.names import LABEL_ATTEMPT, LABEL_JOB_UID, RUNNER_CONTAINER
from pimjob_api.phases import StepPhase
from pimjob_cli import paths
from pimjob_cli.job import Job
from pimjob_cli.pods import trouble
from pimjob_cli.session import Session

# As the runner's engine writes them (pimjob_runner.engine.engine), after times perhaps, and
# in a log for consoles after the logger's name.
_PHASES = "|".join(map(str, StepPhase))
_INFO = r"^(?:\S+ ){0,3}INFO +(?:pimjob_runner[\w.]* )?"
_BEGINS = re.compile(rf"{_INFO}(\S+): begins after \d+ items")
_ENDS = re.compile(rf"{_INFO}(\S+): (?:{_PHASES}), ")
NOT_FOUND = 404
AGAIN = 1.0
"""Seconds until it is looked again whether a pod has come or has begun."""
_PENDING = "Pending"


def pod_of(session: Session, job: Job, attempt: int) -> str | None:
    """Return the pod of an attempt; None if it is gone."""
    labels = f"{LABEL_JOB_UID}={job.uid},{LABEL_ATTEMPT}={attempt}"
    found = session.api.items(paths.pods(job.namespace), labelSelector=labels)
    newest = sorted(found, key=lambda pod: str(pod["metadata"]["creationTimestamp"]))
    return str(newest[-1]["metadata"]["name"]) if newest else None


def lines(session: Session, job: Job, pod: str, query: dict[str, str]) -> Iterator[str]:
    """Yield a pod's log, its records as lines; following, wait for it to begin.

    Raises ServerError, NOT_FOUND before the first line if the pod is gone.
    """
    path = f"{paths.pods(job.namespace)}/{pod}"
    if "follow" in query:
        _wait_for_begin(session, path)
    for line in session.api.lines(f"{path}/log", container=RUNNER_CONTAINER, **query):
        yield from readable(line.decode(errors="replace").rstrip("\n"))


def readable(line: str) -> list[str]:
    """Return a record in JSON as `TIME LEVEL MESSAGE` and what it tells of an error; else the line.

    A line that Kubernetes has stamped keeps that time instead of its own.
    """
    stamp, _, rest = line.partition(" ") if not line.startswith("{") else ("", "", line)
    try:
        record = json.loads(rest)
        level, message = record["level"].upper(), record["message"]
        shown = f"{stamp or record['time']} {level} {message}"
    except (ValueError, TypeError, KeyError, AttributeError):
        return [line]
    return [*shown.splitlines(), *str(record.get("error", "")).splitlines()]


def _wait_for_begin(session: Session, path: str) -> None:
    """Wait until the container has begun: before, a log is refused, or empty and at its end."""
    said = ""
    while True:
        status = session.api.get(path).get("status") or {}
        if status.get("phase") != _PENDING:
            return
        waits = trouble(status)
        if waits != said:
            session.terminal.say(f"waiting for the pod: {waits}")
            said = waits
        time.sleep(AGAIN)


def of_step(step: str, log: Iterable[str]) -> Iterator[str]:
    """Yield the lines that a step has written, from its beginning to its end."""
    inside = False
    for line in log:
        if begins := _BEGINS.match(line):
            inside = begins[1] == step
        if inside:
            yield line
        if (ends := _ENDS.match(line)) and ends[1] == step:
            inside = False


def recorded(attempt: dict[str, Any]) -> str:
    """Return what is recorded of an attempt whose pod is gone."""
    outcome = attempt.get("outcome")
    if not outcome:
        return "no outcome is recorded yet"
    why = ": ".join(str(attempt[name]) for name in ("reason", "message") if attempt.get(name))
    done = attempt.get("processed")
    counted = "" if done is None else f", {done} items done by then"
    return f"it ended {outcome}" + (f" ({why})" if why else "") + counted
