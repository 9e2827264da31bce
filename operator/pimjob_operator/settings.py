"""What the operator is told by its environment, parsed once."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from pimjob_api import bounds
from pimjob_api.names import ENV_FILES_URL
from pimjob_kube import settings
from pimjob_kube.settings import ComponentSettings, Environment, SettingsError, component_settings
from pimjob_operator.core.runner_pod import RunnerPod

MOST_ATTEMPTS_WITHOUT_PROGRESS = bounds.MAX_ATTEMPTS - 1
"""Of the first attempt that a status has, nobody knows how far the one before it was."""

DOCUMENTATION = f"""\
environment:
  PIMJOB_RUNNER_IMAGE            image of attempts whose type names none (required)
  PIMJOB_DATABASE_SECRET         Secret, key `url`: the database URL (default pimjob-database)
  PIMJOB_FILES_CLAIM             PersistentVolumeClaim mounted at /data (default pimjob-data)
  PIMJOB_RUNNER_POD              JSON: what every runner pod has besides, as `runner` of the chart
  PIMJOB_FILES_URL               files volume as seen by runners (default file:///data)
  PIMJOB_WORKERS                 reconciles at once (default 16)
  PIMJOB_SWEEP_SECONDS           time between full lists (default 300)
  PIMJOB_OBEY_SECONDS            how long a runner may take to stop or pause (default 30)
  PIMJOB_BACKOFF_SECONDS         wait after the first crash, doubled by each (default 5)
  PIMJOB_ATTEMPTS_LIMIT          attempts without progress before a job fails (default 5, at most
                                 9: a status has the last ten)
  PIMJOB_NOTIFICATIONS           true: put PimNotifications into the outbox (default false)
  PIMJOB_PROFILE_METRICS         true: a metric of the last success by profile (default false)
{settings.DOCUMENTATION}"""


@dataclass(frozen=True, kw_only=True)
class Settings(ComponentSettings):
    """Settings of the operator. Durations are seconds."""

    runner_image: str
    database_secret: str = "pimjob-database"  # noqa: S105 - a Secret's name
    files_claim: str = "pimjob-data"
    files_url: str = "file:///data"
    runner_pod: RunnerPod = field(default_factory=RunnerPod)
    workers: int = 16
    sweep_seconds: float = 300.0
    obey_seconds: float = 30.0
    backoff_seconds: float = 5.0
    attempts_limit: int = 5
    notifications: bool = False
    profile_metrics: bool = False


def read_settings(variables: Mapping[str, str]) -> Settings:
    """Parse the environment. Raises SettingsError."""
    found = Environment(variables)
    runner_image = found.text("PIMJOB_RUNNER_IMAGE", "")
    if not runner_image:
        raise SettingsError("PIMJOB_RUNNER_IMAGE is not set: the image that runs jobs.")
    return Settings(
        **vars(component_settings(found)),
        runner_image=runner_image,
        database_secret=found.text("PIMJOB_DATABASE_SECRET", "pimjob-database"),
        files_claim=found.text("PIMJOB_FILES_CLAIM", "pimjob-data"),
        files_url=found.text(ENV_FILES_URL, "file:///data"),
        runner_pod=_runner_pod(found.text("PIMJOB_RUNNER_POD", "{}")),
        workers=found.whole("PIMJOB_WORKERS", 16, least=1, most=256),
        sweep_seconds=found.number("PIMJOB_SWEEP_SECONDS", 300, least=0.1),
        obey_seconds=found.number("PIMJOB_OBEY_SECONDS", 30, least=0),
        backoff_seconds=found.number("PIMJOB_BACKOFF_SECONDS", 5, least=0),
        attempts_limit=found.whole(
            "PIMJOB_ATTEMPTS_LIMIT", 5, least=1, most=MOST_ATTEMPTS_WITHOUT_PROGRESS
        ),
        notifications=found.switch("PIMJOB_NOTIFICATIONS"),
        profile_metrics=found.switch("PIMJOB_PROFILE_METRICS"),
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
