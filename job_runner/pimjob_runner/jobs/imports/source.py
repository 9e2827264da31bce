"""The source of an import: found in the files volume, copied once, never changed after."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import msgspec

from pimjob_runner.jobs.imports.failures import ends_the_job
from pimjob_runner.jobs.imports.leaving import LeavingError, go_on
from pimjob_runner.jobs.imports.parameters import MIB, CsvParameters
from pimjob_runner.sdk import ArtifactFile, JobFailedError, StepContext, TaskletResult
from pimjob_runner.storages.volume import VolumeFile, file_name, resolve
from pimjob_runner.stores.files import first_file, remove_unfinished, replaced_file

BLOCK = 1 << 20


class SourceFacts(msgspec.Struct, frozen=True):
    """What the validation found out about the copy."""

    sha256: str
    bytes: int
    records: int
    header: str


@dataclass(frozen=True)
class Copy:
    """Where a job keeps its copy of the source, and what is known of it."""

    folder: Path

    @property
    def file(self) -> Path:
        """The copy."""
        return self.folder / "input" / "source.csv"

    @property
    def facts_file(self) -> Path:
        """Written by the validation, read by the steps after it."""
        return self.folder / "input" / "facts.json"

    def facts(self) -> SourceFacts:
        """Read the facts. Raises JobFailedError if the copy is not what they are about."""
        try:
            facts = msgspec.json.decode(self.facts_file.read_bytes(), type=SourceFacts)
            status = self.file.stat()
        except FileNotFoundError as error:
            raise _changed(f"{error.filename} is gone") from error
        if status.st_size != facts.bytes:
            raise _changed(f"it has {status.st_size} bytes instead of {facts.bytes}")
        if self.digest() != facts.sha256:
            raise _changed("its content is another one")
        return facts

    def digest(self) -> str:
        """Return the copy's SHA-256, hexadecimal; computed once as long as nobody writes to it."""
        status = self.file.stat()
        return _digest(self.file, status.st_ino, status.st_size, status.st_mtime_ns)

    def save(self, facts: SourceFacts) -> None:
        """Write the facts at once or not at all."""
        with replaced_file(self.facts_file) as file:
            file.write(msgspec.json.encode(facts))


class Download:
    """Copies the source, so that it may change or vanish afterwards."""

    name = "download"
    label = "Fetch the file"

    @ends_the_job()
    def run(self, context: StepContext) -> TaskletResult:
        """Copy, unless there is a copy: once made it never changes, whatever the source does."""
        parameters: CsvParameters = context.parameters
        copy = Copy(context.folder)
        copy.file.parent.mkdir(parents=True, exist_ok=True)
        if not copy.file.exists():
            source = resolve(parameters.source, context.files_root)
            self._check(source, parameters)
            remove_unfinished(copy.file)
            try:
                with source.path.open("rb") as read, first_file(copy.file) as written:
                    _copy(read, written, source.size, context)
            except LeavingError:
                return TaskletResult(done=False)
        name = file_name(parameters.source)
        return TaskletResult(artifacts=(ArtifactFile("input", name, copy.file),))

    @staticmethod
    def _check(source: VolumeFile, parameters: CsvParameters) -> None:
        size = source.size
        if size > parameters.max_megabytes * MIB:
            raise JobFailedError(
                "SourceTooLarge",
                f"{parameters.source} has {size / MIB:.0f} MiB; at most"
                f" {parameters.max_megabytes} are taken. Split it, or raise maxMegabytes.",
            )


def _copy(read: BinaryIO, written: BinaryIO, size: int, context: StepContext) -> None:
    done = 0
    while block := read.read(BLOCK):
        # It may grow, or shrink to nothing, meanwhile.
        go_on(context, done / max(size, done, 1))
        written.write(block)
        done += len(block)


def _changed(what: str) -> JobFailedError:
    return JobFailedError(
        "CopyChanged",
        f"The job's copy of the file is no longer what was checked: {what}. Nothing may write to"
        " the folders of jobs in the files volume; start a new job.",
    )


@lru_cache(maxsize=2)
def _digest(path: Path, _inode: int, _size: int, _modified: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
