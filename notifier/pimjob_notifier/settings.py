"""What the notifier is told by its environment, parsed once."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from pimjob_api.logs import FORMATS, LEVELS
from pimjob_api.names import ENV_LOG_FORMAT, ENV_LOG_LEVEL
from pimjob_notifier.reach import Network, Reach

DOCUMENTATION = """\
environment:
  PIMJOB_WATCH_NAMESPACES      comma-separated; empty: all namespaces
  PIMJOB_NAMESPACE             the notifier's own namespace, for its Lease (default pim)
  PIMJOB_IDENTITY              who holds the Lease; unique per replica (default: host name)
  PIMJOB_PORT                  port of /healthz, /readyz and /metrics (default 8080)
  PIMJOB_ALLOWED_CIDRS         comma-separated: inside addresses that may be connected to
  PIMJOB_DENIED_CIDRS          comma-separated: outside addresses that may not
  PIMJOB_WEBHOOK_SECONDS       how long a webhook may take (default 15)
  PIMJOB_PEOPLE_SECONDS        how long a mail server or chat service may take (default 30)
  PIMJOB_GIVE_UP_SECONDS       how long a notification is tried (default 259200, three days)
  PIMJOB_KEEP_SENT_SECONDS     how long a sent one is kept (default 86400)
  PIMJOB_KEEP_DEAD_SECONDS     how long a dead one is kept (default 2592000, thirty days)
  PIMJOB_SWEEP_SECONDS         between two looks for what can be removed (default 60)
  PIMJOB_LOG_FORMAT            json or console (default json)
  PIMJOB_LOG_LEVEL             debug, info, warning or error (default info); SIGUSR1 makes it
                               debug while it runs, SIGUSR2 what it was

examples:
  PIMJOB_WATCH_NAMESPACES=pim pimjob-notifier
  PIMJOB_ALLOWED_CIDRS=10.20.0.0/16 pimjob-notifier --kubeconfig ~/.kube/config
"""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of the notifier. Durations are seconds."""

    namespaces: tuple[str, ...] = ()
    namespace: str = "pim"
    identity: str = ""
    port: int = 8080
    reach: Reach = field(default_factory=Reach)
    webhook_seconds: float = 15.0
    people_seconds: float = 30.0
    give_up_seconds: float = 259_200.0
    keep_sent_seconds: float = 86_400.0
    keep_dead_seconds: float = 2_592_000.0
    sweep_seconds: float = 60.0
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

    def choice(name: str, *known: str) -> str:
        value = text(name, known[0])
        if value not in known:
            raise SettingsError(f"{name} must be one of {', '.join(known)}, not {value!r}.")
        return value

    def networks(name: str) -> tuple[Network, ...]:
        try:
            return tuple(ipaddress.ip_network(part) for part in _parts(text(name, "")))
        except ValueError as error:
            raise SettingsError(f"{name} must name networks like 10.20.0.0/16: {error}.") from None

    return Settings(
        namespaces=_parts(text("PIMJOB_WATCH_NAMESPACES", "")),
        namespace=text("PIMJOB_NAMESPACE", "pim"),
        identity=text("PIMJOB_IDENTITY", os.uname().nodename),
        port=int(number("PIMJOB_PORT", 8080)),
        reach=Reach(
            allowed=networks("PIMJOB_ALLOWED_CIDRS"), denied=networks("PIMJOB_DENIED_CIDRS")
        ),
        webhook_seconds=number("PIMJOB_WEBHOOK_SECONDS", 15),
        people_seconds=number("PIMJOB_PEOPLE_SECONDS", 30),
        give_up_seconds=number("PIMJOB_GIVE_UP_SECONDS", 259_200),
        keep_sent_seconds=number("PIMJOB_KEEP_SENT_SECONDS", 86_400),
        keep_dead_seconds=number("PIMJOB_KEEP_DEAD_SECONDS", 2_592_000),
        sweep_seconds=number("PIMJOB_SWEEP_SECONDS", 60),
        log_format=choice(ENV_LOG_FORMAT, *FORMATS),
        log_level=choice(ENV_LOG_LEVEL, *LEVELS),
    )


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
