"""What a job type is made of: the protocol between the engine and the steps.

A job type is a list of steps. An `ItemStep` reads items in chunks and writes
each chunk inside a transaction that the engine owns; a `Tasklet` does one thing
that is safe to repeat. Steps know nothing of attempts, checkpoints, Kubernetes
or who asked for a stop.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Generic, Literal, Protocol, Self, TypeVar, runtime_checkable

from pimjob_runner.stores.database import Database, Transaction

T = TypeVar("T")

Position = Mapping[str, Any]
"""Where a step is: small JSON that finds the next item by key (a byte offset of
an immutable file, the last key of a frozen selection), never by counting."""


@dataclass(frozen=True, slots=True)
class ItemWarning:
    """One thing wrong with one item.

    `record` is the source row as it was (without its line end) when the item was
    refused; None when the item was written in spite of it. Of several warnings
    about one row only the first carries the record. `more`: how many others there are
    about the same row that are only counted; see `of_one_row`.
    """

    reason: str
    line: int | None = None
    column: str | None = None
    value: str | None = None
    record: str | None = None
    more: int = 0


@dataclass(slots=True)
class Chunk(Generic[T]):
    """Items read and prepared, not yet written.

    `items` is whatever the session's `write` understands. `read` counts the source's
    items in this chunk, refused ones included; `position` is where the next chunk
    begins; `warnings` and `counters` are what reading already found out.
    """

    items: T
    read: int
    position: Position
    warnings: list[ItemWarning] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SkippedItem:
    """An item that was passed by. `warning` says why, and has its record if that is known."""

    position: Position
    """Where the next item begins."""
    warning: ItemWarning


@dataclass(slots=True)
class ChunkResult:
    """What writing a chunk did: counters to add (`created`, `updated`, …) and warnings."""

    counters: dict[str, int] = field(default_factory=dict)
    warnings: list[ItemWarning] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class StepContext:
    """What a step may use.

    `folder` is the job's own folder in the files volume, the same for every
    attempt; `files_root` is the volume's root.
    `parameters` is the job type's parameters struct. `interrupted` says that the
    engine wants to leave soon; long tasklets look at it and return early.
    """

    job_id: str
    step: str
    parameters: Any
    files_root: Path
    folder: Path
    database: Database
    interrupted: Callable[[], bool]
    progress: Callable[[int, int | None], None]
    """Tasklets call it with (processed, total), total None if unknown, outside any transaction.

    Now and then it commits that number under the epoch: it raises SupersededError
    in an attempt that was replaced.
    """


class ItemSession(Protocol[T]):
    """An open ItemStep. `read` runs on another thread than `write`, ahead of it.

    One that is made of functions: `SessionFrom`.
    """

    @property
    def total(self) -> int | None:
        """Items in the whole source, None if unknown."""

    @property
    def preamble(self) -> str | None:
        """What the step needs besides the records to write the refused ones; None: it doesn't.

        It is stored with the step: they are also written when it is not open.
        """

    @property
    def reads_apart(self) -> bool:
        """Whether `read` runs in another process, forked when the session is open.

        That pays where reading is much Python. What `read` changes is then unknown to
        `write`, but for the chunk; its items must be picklable.
        """

    @property
    def fails_early(self) -> bool:
        """Whether the job fails if all of its first items are refused for one same reason."""

    def read(self, limit: int, /) -> Chunk[T] | None:
        """Return the next chunk of at most `limit` items, None at the end. No database."""

    def skip(self, reason: str, /) -> SkippedItem | None:
        """Pass the next item by, best without looking into it; None at the end.

        It is called for an item that has ended the runner several times; `reason` says so.
        """

    def write(self, transaction: Transaction, chunk: Chunk[T], /) -> ChunkResult:
        """Write the chunk. The engine commits; on any error it rolls back.

        After a ConflictError it is called again with the same chunk, in a new transaction.
        So what it remembers beyond the chunk must not count on the commit. Raise
        StaleReadError if `read` would find something else by now.
        """


@dataclass(frozen=True, slots=True)
class RefusedRecords:
    """How the records that a step has refused are written, in the form they came in.

    The file is called `invalid-STEP` and ends in `suffix`. It is written when the step has
    ended, however it did: `write` is called with the open file, the session's preamble, and
    the records of the warnings, one after the other, in the order of the source. The same
    arguments must give the same bytes.
    """

    suffix: str
    write: Callable[[BinaryIO, str, Iterable[str]], None]


class ItemStep(Protocol):
    """A step that walks over items."""

    @property
    def name(self) -> str:
        """One word, unique in the job."""

    @property
    def label(self) -> str:
        """Shown to people."""

    @property
    def refused(self) -> RefusedRecords | None:
        """How refused records are written; None where there are none to be had."""

    def open(
        self, context: StepContext, position: Position | None
    ) -> AbstractContextManager[ItemSession[Any]]:
        """Open at `position` (None: the beginning).

        Raise JobFailedError if the source can't be used, CheckpointUnreadableError
        if `position` was written in a way that this version does not know.
        """


ArtifactKind = Literal["input", "output", "invalid", "log"]


@dataclass(frozen=True, slots=True)
class TaskletResult:
    """What a tasklet did. `done` is False only if it returned early because of `interrupted`."""

    counters: dict[str, int] = field(default_factory=dict)
    warnings: list[ItemWarning] = field(default_factory=list)
    artifacts: tuple["ArtifactFile", ...] = ()
    done: bool = True


@dataclass(frozen=True, slots=True)
class ArtifactFile:
    """A file to show to people, below the files volume's root. `name` is unique in the job."""

    kind: ArtifactKind
    name: str
    path: Path


@runtime_checkable
class Tasklet(Protocol):
    """A step that does one thing and may safely do it again."""

    @property
    def name(self) -> str:
        """One word, unique in the job."""

    @property
    def label(self) -> str:
        """Shown to people."""

    def run(self, context: StepContext) -> TaskletResult:
        """Do it. Raise `JobFailedError` if trying again can't help."""


class JobFailedError(Exception):
    """The job cannot succeed by being tried again: wrong file, wrong parameters.

    `reason` is one CamelCase word for machines; the message is for people and
    says what is wrong, where, and how to mend it.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        return type(self), (self.reason, str(self))


class StaleReadError(Exception):
    """What was read ahead rests on a picture of the database that is out of date by now.

    Raised by `write`. The engine rolls back, closes the session with all that was read
    ahead, and opens the step again where it was committed last.
    """


def _nothing_to_prepare(_database: Database) -> None:
    """Prepare nothing: the type has no tables of its own."""


@dataclass(frozen=True, slots=True)
class JobType:
    """A type of job, as registered under the entry point group `pimjob_runner.job_types`.

    `parameters` is a msgspec Struct class: it decodes and checks `spec.parameters`
    and yields the JSON Schema of the generated PimJobType. `steps` makes the plan
    for given parameters; its names and order must not depend on anything else.
    """

    name: str
    label: str
    kind: str
    parameters: type[Any]
    steps: Callable[[Any], Sequence[ItemStep | Tasklet]]
    stoppable: bool = True
    pausable: bool = True
    version: int = 1
    prepare: Callable[[Database], None] = _nothing_to_prepare
    """Called once when a runner starts: creates or migrates the type's own tables."""
