"""Job types by name, from the entry points of what is installed."""

from importlib.metadata import entry_points

from pimjob_runner.sdk import JobFailedError, JobType

ENTRY_POINT_GROUP = "pimjob_runner.job_types"


def job_type(name: str) -> JobType:
    """Find one type. Only its own module is imported."""
    for point in entry_points(group=ENTRY_POINT_GROUP, name=name):
        found: JobType = point.load()
        return found
    known = ", ".join(sorted(point.name for point in entry_points(group=ENTRY_POINT_GROUP)))
    raise JobFailedError("UnknownType", f"This runner has no job type {name!r}; it has: {known}.")


def all_job_types() -> list[JobType]:
    """Return every type, by name."""
    points = entry_points(group=ENTRY_POINT_GROUP)
    return [point.load() for point in sorted(points, key=lambda point: point.name)]
