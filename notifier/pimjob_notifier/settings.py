"""What the notifier is told by its environment, parsed once."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field

from pimjob_kube import settings
from pimjob_kube.settings import ComponentSettings, Environment, SettingsError, component_settings
from pimjob_notifier.reach import Network, Reach

DOCUMENTATION = f"""\
environment:
  PIMJOB_ALLOWED_CIDRS           comma-separated: inside addresses that may be connected to
  PIMJOB_DENIED_CIDRS            comma-separated: outside addresses that may not
  PIMJOB_WEBHOOK_SECONDS         how long a webhook may take (default 15)
  PIMJOB_PEOPLE_SECONDS          how long a mail server or chat service may take (default 30)
  PIMJOB_GIVE_UP_SECONDS         how long a notification is tried (default 259200, three days)
  PIMJOB_KEEP_SENT_SECONDS       how long a sent one is kept (default 86400)
  PIMJOB_KEEP_DEAD_SECONDS       how long a dead one is kept (default 2592000, thirty days)
  PIMJOB_SWEEP_SECONDS           between two looks for what can be removed (default 60)
{settings.DOCUMENTATION}
examples:
  PIMJOB_WATCH_NAMESPACES=pim pimjob-notifier
  PIMJOB_ALLOWED_CIDRS=10.20.0.0/16 pimjob-notifier --kubeconfig ~/.kube/config
"""


@dataclass(frozen=True, kw_only=True)
class Settings(ComponentSettings):
    """Settings of the notifier. Durations are seconds."""

    reach: Reach = field(default_factory=Reach)
    webhook_seconds: float = 15.0
    people_seconds: float = 30.0
    give_up_seconds: float = 259_200.0
    keep_sent_seconds: float = 86_400.0
    keep_dead_seconds: float = 2_592_000.0
    sweep_seconds: float = 60.0


def read_settings(variables: Mapping[str, str]) -> Settings:
    """Parse the environment. Raises SettingsError."""
    found = Environment(variables)
    return Settings(
        **vars(component_settings(found)),
        reach=Reach(
            allowed=_networks(found, "PIMJOB_ALLOWED_CIDRS"),
            denied=_networks(found, "PIMJOB_DENIED_CIDRS"),
        ),
        webhook_seconds=found.number("PIMJOB_WEBHOOK_SECONDS", 15, least=0.1),
        people_seconds=found.number("PIMJOB_PEOPLE_SECONDS", 30, least=0.1),
        give_up_seconds=found.number("PIMJOB_GIVE_UP_SECONDS", 259_200, least=0),
        keep_sent_seconds=found.number("PIMJOB_KEEP_SENT_SECONDS", 86_400, least=0),
        keep_dead_seconds=found.number("PIMJOB_KEEP_DEAD_SECONDS", 2_592_000, least=0),
        sweep_seconds=found.number("PIMJOB_SWEEP_SECONDS", 60, least=0.1),
    )


def _networks(found: Environment, name: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(entry) for entry in found.listed(name))
    except ValueError as error:
        raise SettingsError(f"{name} must name networks like 10.20.0.0/16: {error}.") from None
