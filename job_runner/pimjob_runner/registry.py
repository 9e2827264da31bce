"""Job types by name, from the entry points of what is installed.

An entry point is a JobType, several of them, or a function that returns several. Its name is
the type's name, or, of several, a pattern that matches theirs and no others' (`csv_*`): so a
type is found without importing the modules of all others.
"""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from importlib.metadata import EntryPoint, entry_points

from pimjob_runner.sdk import JobFailedError, JobType

ENTRY_POINT_GROUP = "pimjob_runner.job_types"


def job_type(name: str) -> JobType:
    """Find one type. Only modules of entry points whose names match are imported.

    Raises JobFailedError if there is none.
    """
    points = entry_points(group=ENTRY_POINT_GROUP)
    for point in sorted(points, key=lambda point: (point.name != name, point.name)):
        if fnmatchcase(name, point.name):
            for found in types_of(point):
                if found.name == name:
                    return found
    known = ", ".join(sorted(point.name for point in points))
    raise JobFailedError("UnknownType", f"This runner has no job type {name!r}; it has: {known}.")


def all_job_types() -> list[JobType]:
    """Return every type, by name. Raises TypeError if two have the same name."""
    found: dict[str, JobType] = {}
    for point in entry_points(group=ENTRY_POINT_GROUP):
        for one in types_of(point):
            if one.name in found:
                raise TypeError(f"There are two job types {one.name!r}; entry point {point.name}.")
            found[one.name] = one
    return [found[name] for name in sorted(found)]


def types_of(point: EntryPoint) -> Iterator[JobType]:
    """Load what an entry point stands for.

    Raises TypeError for one that its name does not match: nobody would ever find it.
    """
    for found in _several(point.load()):
        if not isinstance(found, JobType) or not fnmatchcase(found.name, point.name):
            raise TypeError(
                f"Entry point {point.name} = {point.value} gives {found!r}: it has to give job"
                f" types whose names match {point.name!r}."
            )
        yield found


def _several(loaded: object) -> Iterable[object]:
    if isinstance(loaded, JobType):
        return (loaded,)
    made = loaded() if callable(loaded) else loaded
    if isinstance(made, JobType):
        return (made,)
    return made if isinstance(made, Iterable) else (made,)
