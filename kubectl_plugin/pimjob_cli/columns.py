"""What a list says of each job. Pure."""

from collections.abc import Sequence
from datetime import datetime

from pimjob_cli import text
from pimjob_cli.job import Job
from pimjob_cli.paint import colour_of
from pimjob_cli.table import Cell, Row

_HEADERS = ("NAME", "LABEL", "TYPE", "PHASE", "STEP", "PROGRESS", "LEFT", "WARNINGS", "USER", "AGE")
_WIDE = ("PROFILE", "ATTEMPT", "ACTIVE", "REASON")
ELASTIC = "LABEL"


def headers(*, wide: bool = False, namespaces: bool = False) -> Sequence[str]:
    """Return the headers."""
    return (*(("NAMESPACE",) if namespaces else ()), *_HEADERS, *(_WIDE if wide else ()))


def row(job: Job, now: datetime, *, wide: bool = False, namespaces: bool = False) -> Row:
    """Return the cells."""
    colour = colour_of(job.phase, warnings=job.warnings)
    cells: list[Cell | str] = [
        job.name,
        job.said("label"),
        job.said("type"),
        Cell(job.phase, colour),
        str(job.status.get("step") or text.NOTHING),
        Cell(str(job.status.get("progress") or text.NOTHING), colour),
        text.NOTHING if job.seconds_left is None else text.duration(job.seconds_left),
        Cell(text.number(job.warnings), "yellow") if job.warnings else text.NOTHING,
        job.said("user"),
        age(job, now),
    ]
    further = [
        job.said("profile"),
        str(job.status.get("attemptCount") or text.NOTHING),
        _active(job),
        str(job.status.get("reason") or text.NOTHING),
    ]
    return [*([job.namespace] if namespaces else []), *cells, *(further if wide else [])]


def age(job: Job, now: datetime) -> str:
    """Return how long ago it was launched."""
    if job.created is None:
        return text.NOTHING
    return text.duration((now - job.created).total_seconds())


def _active(job: Job) -> str:
    seconds = job.status.get("activeSeconds")
    return text.NOTHING if seconds is None else text.duration(seconds)
