"""Reads settings from environment variables, and those that every component has."""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass

from pimjob_api.logs import FORMATS, LEVELS
from pimjob_api.names import ENV_LOG_FORMAT, ENV_LOG_LEVEL

DOCUMENTATION = """\
  PIMJOB_WATCH_NAMESPACES        comma-separated; empty: all namespaces
  PIMJOB_NAMESPACE               its own namespace, for its Lease (default pim)
  PIMJOB_IDENTITY                who holds the Lease; unique per replica (default: host name)
  PIMJOB_PORT                    port of /healthz, /readyz and /metrics (default 8080)
  PIMJOB_LOG_FORMAT              json or console (default json)
  PIMJOB_LOG_LEVEL               debug, info, warning or error (default info); SIGUSR1 makes it
                                 debug while it runs, SIGUSR2 what it was
"""

LARGEST = 1e9
"""As seconds thirty years: who says more has slipped."""


@dataclass(frozen=True, kw_only=True)
class ComponentSettings:
    """What every component is told. No `namespaces`: all are watched."""

    namespaces: tuple[str, ...] = ()
    namespace: str = "pim"
    identity: str = ""
    port: int = 8080
    log_format: str = "json"
    log_level: str = "info"


class SettingsError(Exception):
    """A variable is missing or wrong; the message names it."""


class Environment:
    """Environment variables. One that is empty counts as not set.

    What is read raises SettingsError if it is not what it should be.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def text(self, name: str, default: str) -> str:
        """Read a text."""
        return self._variables.get(name) or default

    def number(self, name: str, default: float, *, least: float, most: float = LARGEST) -> float:
        """Read a number within bounds."""
        text = self.text(name, str(default))
        try:
            found = float(text)
        except ValueError:
            found = math.nan
        if not math.isfinite(found):
            raise SettingsError(f"{name} must be a number, not {text!r}.")
        if not least <= found <= most:
            raise SettingsError(f"{name} must be from {least:g} to {most:g}, not {text!r}.")
        return found

    def whole(self, name: str, default: int, *, least: int, most: float = LARGEST) -> int:
        """Read a whole number within bounds."""
        found = self.number(name, default, least=least, most=most)
        if not found.is_integer():
            raise SettingsError(f"{name} must be a whole number, not {found:g}.")
        return int(found)

    def choice(self, name: str, *allowed: str) -> str:
        """Read one of these; the first is the default."""
        found = self.text(name, allowed[0])
        if found not in allowed:
            raise SettingsError(f"{name} must be one of {', '.join(allowed)}, not {found!r}.")
        return found

    def switch(self, name: str) -> bool:
        """Read `true` or `false`, the default."""
        return self.choice(name, "false", "true") == "true"

    def listed(self, name: str) -> tuple[str, ...]:
        """Read what commas separate."""
        entries = (entry.strip() for entry in self.text(name, "").split(","))
        return tuple(entry for entry in entries if entry)


def component_settings(environment: Environment) -> ComponentSettings:
    """Read what every component is told. Raises SettingsError."""
    return ComponentSettings(
        namespaces=environment.listed("PIMJOB_WATCH_NAMESPACES"),
        namespace=environment.text("PIMJOB_NAMESPACE", "pim"),
        identity=environment.text("PIMJOB_IDENTITY", os.uname().nodename),
        port=environment.whole("PIMJOB_PORT", 8080, least=1, most=65_535),
        log_format=environment.choice(ENV_LOG_FORMAT, *FORMATS),
        log_level=environment.choice(ENV_LOG_LEVEL, *LEVELS),
    )
