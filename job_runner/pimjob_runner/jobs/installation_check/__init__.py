"""The smallest job: shows that a runner reaches its database and its files.

Run it after an installation or an upgrade, before anybody launches an import.
"""

import os
import uuid

import msgspec

from pimjob_runner.sdk import JobFailedError, JobType, StepContext, TaskletResult

__all__ = ["JOB_TYPE"]


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No parameters: the check is always the same."""


class CheckStorage:
    """Writes, reads and removes one file, and asks the database one question."""

    name = "check"
    label = "Check database and files"

    def run(self, context: StepContext) -> TaskletResult:
        """Check both. Raise JobFailedError naming the one that doesn't work."""
        _check_files(context)
        _check_database(context)
        return TaskletResult(counters={"checked": 2})


def _check_files(context: StepContext) -> None:
    # Two attempts may overlap on a lost node, so each has a probe of its own.
    probe = context.folder / f"probe-{uuid.uuid4()}"
    try:
        context.folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"pimjobs")
        with probe.open("rb") as written:
            os.fsync(written.fileno())
            found = written.read()
        probe.unlink()
    except OSError as error:
        raise JobFailedError(
            "FilesUnavailable",
            f"The files volume cannot be used: {error.strerror} ({error.filename}). Check that"
            " the claim is mounted and that the runner's user 65532 may write to it.",
        ) from error
    if found != b"pimjobs":
        raise JobFailedError(
            "FilesUnavailable", f"{probe} holds {found!r} instead of what was written to it."
        )


def _check_database(context: StepContext) -> None:
    with context.database.transaction() as transaction:
        answer = transaction.query("SELECT 1")
    if [tuple(row) for row in answer] != [(1,)]:
        raise JobFailedError(
            "DatabaseUnavailable", f"The database answered {answer!r} to SELECT 1."
        )


JOB_TYPE = JobType(
    name="installation_check",
    label="Installation check",
    kind="system",
    parameters=Parameters,
    steps=lambda _parameters: [CheckStorage()],
)
