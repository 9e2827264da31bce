"""What the operator is told by its environment, parsed once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from pimjob_api.logs import FORMATS, LEVELS
from pimjob_api.names import ENV_FILES_URL, ENV_LOG_FORMAT, ENV_LOG_LEVEL
from pimjob_operator.core.runner_pod import RunnerPod

DOCUMENTATION = """\
environment:
  PIMJOB_RUNNER_IMAGE            image of attempts whose type names none (required)
  PIMJOB_WATCH_NAMESPACES        comma-separated; empty: all namespaces
  PIMJOB_DATABASE_SECRET         Secret, key `url`: the database URL (default pimjob-database)
  PIMJOB_FILES_CLAIM             PersistentVolumeClaim mounted at /data (default pimjob-data)
  PIMJOB_RUNNER_POD              JSON: what every runner pod has besides, as `runner` of the chart
  PIMJOB_FILES_URL               files volume as seen by runners (default file:///data)
  PIMJOB_NAMESPACE               the operator's own namespace, for its Lease (default pim)
  PIMJOB_IDENTITY                who holds the Lease; unique per replica (default: host name)
  PIMJOB_PORT                    port of /healthz, /readyz and /metrics (default 8080)
  PIMJOB_WORKERS                 reconciles at once (default 16)
  PIMJOB_SWEEP_SECONDS           time between full lists (default 300)
  PIMJOB_OBEY_SECONDS            how long a runner may take to stop or pause (default 30)
  PIMJOB_BACKOFF_SECONDS         wait after the first crash, doubled by each (default 5)
  PIMJOB_ATTEMPTS_LIMIT          attempts without progress before a job fails (default 5)
  PIMJOB_NOTIFICATIONS           true: put PimNotifications into the outbox (default false)
  PIMJOB_PROFILE_METRICS         true: a metric of the last success by profile (default false)
  PIMJOB_LOG_FORMAT              json or console (default json)
  PIMJOB_LOG_LEVEL               debug, info, warning or error (default info); SIGUSR1 makes it
                                 debug while it runs, SIGUSR2 what it was
"""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of the operator. Durations are seconds."""

    runner_image: str
    namespaces: tuple[str, ...] = ()
    database_secret: str = "pimjob-database"  # noqa: S105 - a Secret's name
    files_claim: str = "pimjob-data"
    files_url: str = "file:///data"
    runner_pod: RunnerPod = field(default_factory=RunnerPod)
    namespace: str = "pim"
    identity: str = ""
    port: int = 8080
    workers: int = 16
    sweep_seconds: float = 300.0
    obey_seconds: float = 30.0
    backoff_seconds: float = 5.0
    attempts_limit: int = 5
    notifications: bool = False
    profile_metrics: bool = False
    log_format: str = "json"
    log_level: str = "info"


class SettingsError(Exception):
    """A variable is missing or wrong; the message names it."""


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Parse the environment. Raises SettingsError."""

    def text(name: str, default: str) -> str:
        return environment.get(name) or default

    def number(name: str, default: float) -> float:
        try:
            return float(text(name, str(default)))
        except ValueError:
            raise SettingsError(f"{name} must be a number, not {environment[name]!r}.") from None

    def choice(name: str, *allowed: str) -> str:
        found = text(name, allowed[0])
        if found not in allowed:
            raise SettingsError(f"{name} must be one of {', '.join(allowed)}, not {found!r}.")
        return found

    if not environment.get("PIMJOB_RUNNER_IMAGE"):
        raise SettingsError("PIMJOB_RUNNER_IMAGE is not set: the image that runs jobs.")
    watched = text("PIMJOB_WATCH_NAMESPACES", "")
    return Settings(
        runner_image=environment["PIMJOB_RUNNER_IMAGE"],
        namespaces=tuple(part.strip() for part in watched.split(",") if part.strip()),
        database_secret=text("PIMJOB_DATABASE_SECRET", "pimjob-database"),
        files_claim=text("PIMJOB_FILES_CLAIM", "pimjob-data"),
        files_url=text(ENV_FILES_URL, "file:///data"),
        runner_pod=_runner_pod(text("PIMJOB_RUNNER_POD", "{}")),
        namespace=text("PIMJOB_NAMESPACE", "pim"),
        identity=text("PIMJOB_IDENTITY", os.uname().nodename),
        port=int(number("PIMJOB_PORT", 8080)),
        workers=int(number("PIMJOB_WORKERS", 16)),
        sweep_seconds=number("PIMJOB_SWEEP_SECONDS", 300),
        obey_seconds=number("PIMJOB_OBEY_SECONDS", 30),
        backoff_seconds=number("PIMJOB_BACKOFF_SECONDS", 5),
        attempts_limit=int(number("PIMJOB_ATTEMPTS_LIMIT", 5)),
        notifications=choice("PIMJOB_NOTIFICATIONS", "false", "true") == "true",
        profile_metrics=choice("PIMJOB_PROFILE_METRICS", "false", "true") == "true",
        log_format=choice(ENV_LOG_FORMAT, *FORMATS),
        log_level=choice(ENV_LOG_LEVEL, *LEVELS),
    )


def _runner_pod(text: str) -> RunnerPod:
    try:
        return RunnerPod.model_validate_json(text)
    except ValidationError as error:
        found = error.errors(include_url=False)[0]
        place = ".".join(map(str, found["loc"]))
        raise SettingsError(
            f"PIMJOB_RUNNER_POD (runner of the chart's values): {place}: {found['msg']}"
        ) from None
