"""The log of one attempt, and which of its lines belong to a step."""

import re
import time
from collections.abc import Iterable, Iterator
from typing import Any

from pimjob_api.names import LABEL_ATTEMPT, LABEL_JOB_UID, RUNNER_CONTAINER
from pimjob_api.phases import StepPhase
from pimjob_cli import paths
from pimjob_cli.errors import ServerError
from pimjob_cli.job import Job
from pimjob_cli.session import Session

# As the runner's engine writes them (pimjob_runner.engine.engine), after a time perhaps.
_PHASES = "|".join(map(str, StepPhase))
_BEGINS = re.compile(r"^(?:\S+ )?INFO (\S+): begins after \d+ items")
_ENDS = re.compile(rf"^(?:\S+ )?INFO (\S+): (?:{_PHASES}), ")
_AGAIN = 1.0
_NOT_YET = 400
"""The API server's answer while the container has not begun."""


def pod_of(session: Session, job: Job, attempt: int) -> str | None:
    """Return the pod of an attempt; None if it is gone."""
    labels = f"{LABEL_JOB_UID}={job.uid},{LABEL_ATTEMPT}={attempt}"
    found = session.api.items(paths.pods(job.namespace), labelSelector=labels)
    newest = sorted(found, key=lambda pod: str(pod["metadata"]["creationTimestamp"]))
    return str(newest[-1]["metadata"]["name"]) if newest else None


def lines(session: Session, job: Job, pod: str, query: dict[str, str]) -> Iterator[str]:
    """Yield a pod's log; following, wait for it to begin."""
    path = f"{paths.pods(job.namespace)}/{pod}/log"
    said: set[str] = set()
    while True:
        try:
            for line in session.api.lines(path, container=RUNNER_CONTAINER, **query):
                yield line.decode(errors="replace").rstrip("\n")
        except ServerError as error:
            if error.status != _NOT_YET or "follow" not in query:
                raise
            if str(error) not in said:
                session.terminal.say(str(error))
                said.add(str(error))
            time.sleep(_AGAIN)
            continue
        return


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
