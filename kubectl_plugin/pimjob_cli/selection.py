"""Which PimJobs a command is about: as far as possible the API server chooses. Pure."""

from dataclasses import dataclass
from datetime import datetime

from pimjob_api.names import type_object_name
from pimjob_api.phases import Phase
from pimjob_cli.job import Job

_UNSEEN = ""
"""The phase of a job that the operator has not seen."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Filters; all that are given must hold. Of several values in one, any."""

    words: tuple[str, ...] = ()
    """All of them are in the label or the name, whatever their case."""
    types: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    phases: tuple[Phase, ...] = ()
    profiles: tuple[str, ...] = ()
    since: int | None = None
    """Launched at most so many seconds ago."""
    labels: str = ""

    def query(self) -> dict[str, str]:
        """Return the selectors of a request."""
        fields = ",".join(self._fields())
        found = {"fieldSelector": fields, "labelSelector": self.labels}
        return {name: value for name, value in found.items() if value}

    def flags(self) -> list[str]:
        """Return the same for kubectl."""
        names = {"fieldSelector": "--field-selector", "labelSelector": "--selector"}
        return [f"{names[name]}={value}" for name, value in self.query().items()]

    @property
    def is_exact(self) -> bool:
        """Whether the selectors say all."""
        several = any(len(values) > 1 for values in (self.types, self.users, self.profiles))
        return not (self.words or several or self.since is not None or self._loose_types())

    def keeps(self, job: Job, now: datetime) -> bool:
        """Return whether a job that the selectors have let through is meant."""
        return (
            self._in_time(job, now)
            and _any(self.users, job.said("user"))
            and _any(self.profiles, job.said("profile"))
            and _any(self.phases, job.phase)
            and _any(tuple(map(type_object_name, self.types)), type_object_name(job.said("type")))
            and self._has_words(job)
        )

    def _fields(self) -> list[str]:
        exact = {"spec.user": self.users, "spec.profile": self.profiles}
        if not self._loose_types():
            exact["spec.type"] = self.types
        found = [f"{name}={_escape(v[0])}" for name, v in exact.items() if len(v) == 1]
        if len(self.phases) == 1:
            return [*found, f"status.phase={self.phases[0]}"]
        # There is no "or" in a field selector, but "none of the others".
        others = [p for p in (*Phase, _UNSEEN) if p not in self.phases] if self.phases else ()
        return [*found, *(f"status.phase!={phase}" for phase in others)]

    def _loose_types(self) -> bool:
        """Whether a type is written as its PimJobType is named, with dashes for underscores."""
        return any("-" in name for name in self.types)

    def _in_time(self, job: Job, now: datetime) -> bool:
        if self.since is None:
            return True
        return job.created is not None and (now - job.created).total_seconds() <= self.since

    def _has_words(self, job: Job) -> bool:
        text = f"{job.label} {job.name}".casefold()
        return all(word.casefold() in text for word in self.words)


def _any(wanted: tuple[str, ...], found: str) -> bool:
    return not wanted or found in wanted


def _escape(value: str) -> str:
    for special in "\\,=":
        value = value.replace(special, "\\" + special)
    return value


def ordered(jobs: list[Job], key: str | None, *, reverse: bool = False) -> list[Job]:
    """Sort: by `started` the newest first, everything else from the smallest to the largest.

    Without a key it is `started`.
    """
    jobs = sorted(jobs, key=lambda job: (job.namespace, job.name))
    if key in {None, "started"}:
        return sorted(jobs, key=_started, reverse=not reverse)
    return sorted(jobs, key=lambda job: _value(job, str(key)), reverse=reverse)


def _started(job: Job) -> str:
    return str(job.body["metadata"].get("creationTimestamp", ""))


def _value(job: Job, key: str) -> tuple[float, str]:
    phases = [*map(str, Phase)]
    numbers = {
        "phase": phases.index(job.phase) if job.phase in phases else -1,
        "progress": int(str(job.status.get("progress", "0%")).rstrip("%") or 0),
        "left": job.seconds_left if job.seconds_left is not None else float("inf"),
        "warnings": job.warnings,
    }
    texts = {"name": job.name, "label": job.label.casefold()}
    return (numbers.get(key, 0), texts.get(key) or job.said(key))
