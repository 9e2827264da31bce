"""A PimJob as it is shown. Everything is read from what is stored; no phase is derived here."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from pimjob_api.names import GROUP
from pimjob_api.phases import ENDED, Phase
from pimjob_cli.text import NOTHING, clean, parse_time

_ENDED = frozenset(str(phase) for phase in ENDED)


@dataclass(frozen=True)
class Job:
    """A PimJob."""

    body: dict[str, Any]

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.body["metadata"]["name"])

    @property
    def namespace(self) -> str:
        """Its namespace."""
        return str(self.body["metadata"]["namespace"])

    @property
    def uid(self) -> str:
        """What tells it from another of its name."""
        return str(self.body["metadata"]["uid"])

    @property
    def reference(self) -> str:
        """How kubectl names it."""
        return f"pimjob.{GROUP}/{clean(self.name)}"

    @cached_property
    def spec(self) -> dict[str, Any]:
        """What is asked for."""
        return self.body.get("spec") or {}

    @cached_property
    def status(self) -> dict[str, Any]:
        """What is the case; empty until the operator has seen it."""
        return self.body.get("status") or {}

    def said(self, field: str) -> str:
        """Return a text of the spec."""
        return str(self.spec.get(field) or NOTHING)

    @property
    def label(self) -> str:
        """What people see it named."""
        return str(self.spec.get("label") or self.name)

    @property
    def phase(self) -> str:
        """Its stored phase; a dash until there is one."""
        return clean(self.status.get("phase") or NOTHING)

    @property
    def ended(self) -> bool:
        """Whether it is at an end."""
        return self.phase in _ENDED

    @property
    def warnings(self) -> int:
        """Warnings of all steps."""
        return int(self.status.get("warnings") or 0)

    @property
    def created(self) -> datetime | None:
        """When it was launched."""
        return parse_time(self.body["metadata"].get("creationTimestamp"))

    @property
    def seconds_left(self) -> int | None:
        """Time left in its step, while it is running."""
        found = self.status.get("etaSeconds")
        return found if self.phase == Phase.RUNNING else None

    @property
    def share(self) -> float | None:
        """How much of its step is done, from 0 to 1; None if that cannot be told."""
        found = clean(self.status.get("progress") or "").removesuffix("%")
        return int(found) / 100 if found.isdecimal() else None

    @property
    def processed(self) -> int:
        """Items done by all steps."""
        return sum(int(step.get("processed") or 0) for step in self.steps)

    @property
    def steps(self) -> list[dict[str, Any]]:
        """Its steps, in order."""
        return list(self.status.get("steps") or ())

    @property
    def attempts(self) -> list[dict[str, Any]]:
        """Its last attempts, oldest first."""
        return list(self.status.get("attempts") or ())

    @property
    def artifacts(self) -> list[dict[str, Any]]:
        """The files that it read and wrote."""
        return list(self.status.get("artifacts") or ())
