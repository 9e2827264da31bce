"""The log of one attempt, for people to read, and which of its lines belong to a step."""

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pimjob_api.names import LABEL_ATTEMPT, LABEL_JOB_UID, RUNNER_CONTAINER
from pimjob_api.phases import StepPhase
from pimjob_cli import paths
from pimjob_cli.errors import CliError, ServerError, UnreachableError, may_pass
from pimjob_cli.job import Job
from pimjob_cli.pods import trouble
from pimjob_cli.session import Session

# As the runner's engine writes them (pimjob_runner.engine.engine), after times perhaps, and
# in a log for consoles after the logger's name.
_PHASES = "|".join(map(str, StepPhase))
_INFO = r"^(?:\S+ ){0,3}INFO +(?:pimjob_runner[\w.]* )?"
_BEGINS = re.compile(rf"{_INFO}(\S+): begins after \d+ items")
_ENDS = re.compile(rf"{_INFO}(\S+): (?:{_PHASES}), ")
AGAIN = 1.0
"""Seconds until it is looked again whether a pod has come or has begun."""
_PENDING = "Pending"
_ENDED = {"Succeeded", "Failed"}


def pod_of(session: Session, job: Job, attempt: int) -> str | None:
    """Return the pod of an attempt; None if it is gone."""
    labels = f"{LABEL_JOB_UID}={job.uid},{LABEL_ATTEMPT}={attempt}"
    found = session.api.items(paths.pods(job.namespace), labelSelector=labels)
    newest = sorted(found, key=lambda pod: str(pod["metadata"]["creationTimestamp"]))
    return str(newest[-1]["metadata"]["name"]) if newest else None


def lines(session: Session, job: Job, pod: str, query: dict[str, str]) -> Iterator[str]:
    """Yield a pod's log, its records as lines; following, wait for it to begin.

    Raises ServerError, `is_missing` before the first line if the pod is gone.
    """
    path = f"{paths.pods(job.namespace)}/{pod}"
    if "follow" in query:
        _wait_for_begin(session, path)
        found = _followed(session, path, query)
    else:
        found = _read(session, path, query)
    for line in found:
        yield from readable(line)


def _read(session: Session, path: str, query: dict[str, str]) -> Iterator[str]:
    for line in session.api.lines(f"{path}/log", container=RUNNER_CONTAINER, **query):
        yield line.decode(errors="replace").rstrip("\n")


def _followed(session: Session, path: str, query: dict[str, str]) -> Iterator[str]:
    """Yield lines until the container has ended.

    What a node sends may end before: after hours, or when its kubelet is started again, and the
    API server may be away for a while. It is read on from the time of the last line.
    """
    asked, last, ended = {**query, "timestamps": "true"}, "", False
    while True:
        try:
            for line in _read(session, path, asked):
                stamp, _, rest = line.partition(" ")
                # The server may begin with the second of the time that it is given.
                if stamp > last:
                    last = stamp
                    yield line if "timestamps" in query else rest
        except CliError as error:
            if last and isinstance(error, ServerError) and error.is_missing:
                return
            if not _may_go_on(error, begun=bool(last)):
                raise
            ended = False
        if ended:
            return
        ended = _has_ended(session, path)
        if not ended:
            time.sleep(AGAIN)
        if last:
            asked = {**query, "timestamps": "true", "sinceTime": last}
            asked.pop("tailLines", None)


def _may_go_on(error: CliError, *, begun: bool) -> bool:
    """Whether what broke off may be read on: also where a node that has answered does not now."""
    return may_pass(error) and (begun or isinstance(error, UnreachableError))


def _has_ended(session: Session, path: str) -> bool:
    """Whether a pod says nothing more. One that is gone does not."""
    try:
        status = _status(session, path)
    except ServerError as error:
        if error.is_missing:
            return True
        raise
    return status.get("phase") in _ENDED or any(
        one["name"] == RUNNER_CONTAINER and "terminated" in one.get("state", {})
        for one in status.get("containerStatuses") or ()
    )


def _status(session: Session, path: str) -> dict[str, Any]:
    return patiently(lambda: session.api.get(path)).get("status") or {}


def patiently(ask: Callable[[], Any]) -> Any:
    """Ask until the API server answers, as what is followed outlives one that is away."""
    while True:
        try:
            return ask()
        except CliError as error:
            if not may_pass(error):
                raise
        time.sleep(AGAIN)


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
        status = _status(session, path)
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
