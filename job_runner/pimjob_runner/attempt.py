"""`pimjob-runner run-attempt`: one attempt of a PimJob, inside its pod."""

import logging
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from pimjob_api import names
from pimjob_api.outcome import Outcome
from pimjob_api.phases import OutcomeKind
from pimjob_runner.engine.checkpoint import utc_now
from pimjob_runner.engine.control import Control
from pimjob_runner.engine.progress import JobProgress
from pimjob_runner.engine.steps import JobFailedError, JobType
from pimjob_runner.launch import Launch, files_root, run
from pimjob_runner.reporting.kube import (
    ApiRefusedError,
    ApiUnavailableError,
    PimJobClient,
    in_cluster,
)
from pimjob_runner.reporting.reporter import Reporter

START_SECONDS = 300.0
"""How long to wait for the API server before giving the attempt up."""

log = logging.getLogger("pimjob_runner")


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
    termination_log: Path


def read_environment(environment: Mapping[str, str]) -> Environment:
    """Parse the environment. Raises JobFailedError naming a variable that is missing."""
    try:
        return Environment(
            namespace=environment[names.ENV_NAMESPACE],
            name=environment[names.ENV_NAME],
            uid=environment[names.ENV_UID],
            attempt=int(environment[names.ENV_ATTEMPT]),
            pod_uid=environment.get(names.ENV_POD_UID, ""),
            database_url=environment[names.ENV_DATABASE_URL],
            files_root=files_root(environment[names.ENV_FILES_URL]),
            termination_log=Path(environment.get("PIMJOB_TERMINATION_LOG", names.TERMINATION_LOG)),
        )
    except KeyError as error:
        raise JobFailedError(
            "EnvironmentIncomplete",
            f"{error.args[0]} is not set. run-attempt is called by the operator; to run a job by"
            " hand use `pimjob-runner run FILE.yaml`.",
        ) from error


def run_attempt() -> int:
    """Run, report, leave the outcome in the termination message. 0 unless it crashed."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(message)s")
    environment = read_environment(os.environ)
    client = PimJobClient(in_cluster(), namespace=environment.namespace, name=environment.name)
    outcome = _run(environment, client)
    log.info("%s: %s", outcome.kind.value, outcome.message)
    environment.termination_log.write_text(outcome.to_json(), encoding="ascii")
    return 0


def _run(environment: Environment, client: PimJobClient) -> Outcome:
    try:
        spec = _read_spec(client, environment.uid)
    except ApiRefusedError as error:
        # Deleted, or replaced by another PimJob of the same name.
        return Outcome(kind=OutcomeKind.SUPERSEDED, reason="Superseded", message=str(error))
    launch = Launch(
        id=environment.uid,
        namespace=environment.namespace,
        name=environment.name,
        spec=spec,
        attempt=environment.attempt,
        holder=environment.pod_uid,
        database_url=environment.database_url,
        files_root=environment.files_root,
    )
    reporters: list[Reporter] = []

    def begin(job_type: JobType) -> Control:
        control = Control(stoppable=job_type.stoppable, pausable=job_type.pausable)
        control.desire(str(spec.get("desiredState", "Running")))
        signal.signal(signal.SIGTERM, control.terminate)
        reporter = Reporter(
            client,
            control,
            namespace=environment.namespace,
            name=environment.name,
            uid=environment.uid,
            files_root=environment.files_root,
            clock=utc_now,
        )
        reporters.append(reporter)
        reporter.start()
        return control

    def report(progress: JobProgress) -> None:
        reporters[0].report(progress)

    try:
        return run(launch, begin, report)
    finally:
        for reporter in reporters:
            reporter.finish()


def _read_spec(client: PimJobClient, uid: str) -> dict[str, Any]:
    deadline = monotonic() + START_SECONDS
    pause = 0.2
    while True:
        try:
            found = client.get()
        except ApiUnavailableError as error:
            if monotonic() > deadline:
                raise
            log.warning("The API server does not answer (%s); trying again.", error)
            sleep(pause)
            pause = min(pause * 2, 5.0)
            continue
        if found["metadata"]["uid"] != uid:
            raise ApiRefusedError(409, "The PimJob was deleted; another one has its name.")
        return dict(found["spec"])
