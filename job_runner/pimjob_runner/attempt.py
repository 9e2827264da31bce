"""`pimjob-runner run-attempt`: one attempt of a PimJob, inside its pod."""

import logging
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from pimjob_api import logs, names
from pimjob_api.outcome import Outcome
from pimjob_api.phases import DATABASE_UNAVAILABLE, FROM_OUTSIDE, OutcomeKind
from pimjob_api.text import without_credentials
from pimjob_runner.engine.checkpoint import utc_now
from pimjob_runner.engine.control import Control
from pimjob_runner.launch import Launch, files_root, run
from pimjob_runner.reporting.kube import (
    NOT_FOUND,
    ApiRefusedError,
    ApiServer,
    ApiUnavailableError,
    PimJobClient,
)
from pimjob_runner.reporting.reporter import Reporter, obey
from pimjob_runner.sdk import JobFailedError
from pimjob_runner.stores.errors import DatabaseUnavailableError

START_SECONDS = 300.0
"""How long to wait for the API server before giving the attempt up."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What the operator tells a runner, parsed once."""

    namespace: str
    name: str
    uid: str
    attempt: int
    pod_uid: str
    database_url: str
    files_root: Path


def read_environment(environment: Mapping[str, str]) -> Environment:
    """Parse the environment. Raises JobFailedError naming a variable that is missing or wrong."""
    try:
        return Environment(
            namespace=environment[names.ENV_NAMESPACE],
            name=environment[names.ENV_NAME],
            uid=environment[names.ENV_UID],
            attempt=int(environment[names.ENV_ATTEMPT]),
            pod_uid=environment.get(names.ENV_POD_UID, ""),
            database_url=environment[names.ENV_DATABASE_URL],
            files_root=files_root(environment[names.ENV_FILES_URL]),
        )
    except KeyError as error:
        raise JobFailedError(
            "EnvironmentIncomplete",
            f"{error.args[0]} is not set. run-attempt is called by the operator; to run a job by"
            " hand use `pimjob-runner run FILE.yaml`.",
        ) from error
    except ValueError as error:
        raise JobFailedError("EnvironmentIncomplete", f"{names.ENV_ATTEMPT}: {error}.") from error


def run_attempt(environment: Mapping[str, str], server: Callable[[], ApiServer]) -> int:
    """Run, report, leave the outcome in the termination message. 0 unless it crashed."""
    # First of all: as a container's first process, a program without a handler
    # does not even get SIGTERM.
    control = Control()
    signal.signal(signal.SIGTERM, control.terminate)
    _configure_logs(environment)
    last_words = _LastWords(Path(environment.get(names.ENV_TERMINATION_LOG, names.TERMINATION_LOG)))
    try:
        _run(read_environment(environment), server, control, last_words)
    except JobFailedError as error:
        last_words.say(Outcome(kind=OutcomeKind.FAILED, reason=error.reason, message=str(error)))
    except Exception as error:
        log.exception("The attempt crashed; the next one goes on from the last commit.")
        last_words.crashed(error)
        return 1
    return 0


def _configure_logs(environment: Mapping[str, str]) -> None:
    keys = (("namespace", names.ENV_NAMESPACE), ("name", names.ENV_NAME), ("uid", names.ENV_UID))
    logs.configure(
        environment.get(names.ENV_LOG_FORMAT, "json"),
        environment.get(names.ENV_LOG_LEVEL, "info"),
        logs.reference_to(names.KIND_PIMJOB, {key: environment.get(name) for key, name in keys}),
    )


def _run(
    environment: Environment,
    server: Callable[[], ApiServer],
    control: Control,
    last_words: "_LastWords",
) -> None:
    client = PimJobClient(
        server(), namespace=environment.namespace, name=environment.name, uid=environment.uid
    )
    job = _read_job(client, control)
    if isinstance(job, Outcome):
        last_words.say(job)
        return
    _allow(control, job)
    obey(control, job, attempt=environment.attempt)
    reporter = Reporter(
        client,
        control,
        attempt=environment.attempt,
        files_root=environment.files_root,
        clock=utc_now,
    )
    reporter.start()
    try:
        outcome = run(
            _launch(environment, job),
            control,
            reporter.report,
            urgent=reporter.report_now,
        )
        # Before the last report: that may take as long as the pod still has.
        last_words.say(outcome)
    except BaseException:
        reporter.finish()
        raise
    if outcome.kind is OutcomeKind.SUPERSEDED:
        reporter.abandon()
    else:
        reporter.finish()


def _launch(environment: Environment, job: dict[str, Any]) -> Launch:
    return Launch(
        id=environment.uid,
        namespace=environment.namespace,
        name=environment.name,
        spec=job["spec"],
        attempt=environment.attempt,
        holder=environment.pod_uid,
        database_url=environment.database_url,
        files_root=environment.files_root,
        ended_from_outside=ended_from_outside(job),
    )


def ended_from_outside(job: dict[str, Any]) -> frozenset[int]:
    """Return the attempts of which the operator has seen that somebody else ended them.

    Of one whose end it has not written down yet nothing is known.
    """
    attempts = job.get("status", {}).get("attempts", [])
    return frozenset(a["number"] for a in attempts if a.get("reason") in FROM_OUTSIDE)


def _allow(control: Control, job: dict[str, Any]) -> None:
    status = job.get("status", {})
    control.allow(stoppable=status.get("stoppable", True), pausable=status.get("pausable", True))


def _read_job(client: PimJobClient, control: Control) -> dict[str, Any] | Outcome:
    """Read the PimJob, waiting for the API server; an outcome if there is nothing to run."""
    deadline, pause = monotonic() + START_SECONDS, 0.2
    while True:
        try:
            return client.get()
        except ApiRefusedError as error:
            if error.status != NOT_FOUND:
                raise
            return Outcome(kind=OutcomeKind.SUPERSEDED, reason="Deleted", message=str(error))
        except ApiUnavailableError as error:
            if monotonic() > deadline:
                raise
            log.warning("The API server does not answer, trying again: %s", error)
        if control.wait_terminated(pause):
            return Outcome(
                kind=OutcomeKind.INTERRUPTED,
                reason="Interrupted",
                message="The runner was asked to leave while it waited for the API server.",
            )
        pause = min(pause * 2, 5.0)


class _LastWords:
    """The termination message: an outcome, or plain text after a crash."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def say(self, outcome: Outcome) -> None:
        """Leave an outcome."""
        log.info("%s: %s", outcome.kind.value, outcome.message)
        self._write(outcome.to_json())

    def crashed(self, error: Exception) -> None:
        """Leave what is no outcome, so that the operator takes it for a crash."""
        away = isinstance(error, DatabaseUnavailableError)
        name = DATABASE_UNAVAILABLE if away else type(error).__name__
        self._write(without_credentials(f"{name}: {error}")[: names.TERMINATION_MESSAGE_BYTES // 4])

    def _write(self, text: str) -> None:
        try:
            # The kubelet makes the file; outside a pod there is none.
            with self._path.open("r+", encoding="utf-8") as file:
                file.truncate()
                file.write(text)
        except OSError as error:
            log.warning("No termination message could be left: %s", error)
