"""What the formats, the storages and the catalogue refuse, as what it means to a job: its end."""

from collections.abc import Iterator
from contextlib import contextmanager

from pimjob_runner.catalogue.header_error import HeaderError
from pimjob_runner.formats.errors import UnreadableFileError
from pimjob_runner.sdk import JobFailedError
from pimjob_runner.storages.volume import NoSuchFileError


@contextmanager
def ends_the_job() -> Iterator[None]:
    """Turn an error that no repetition mends into JobFailedError; also a decorator."""
    try:
        yield
    except (UnreadableFileError, NoSuchFileError) as error:
        raise JobFailedError(error.reason, str(error)) from error
    except HeaderError as error:
        raise JobFailedError("InvalidHeader", str(error)) from error
