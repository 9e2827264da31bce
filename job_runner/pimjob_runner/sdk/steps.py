"""What a job type is made of: the protocol between the engine and the steps.

A job type is a list of steps. An `ItemStep` reads items in chunks and writes
each chunk inside a transaction that the engine owns; a `Tasklet` does one thing
that is safe to repeat. Steps know nothing of attempts, checkpoints, Kubernetes
or who asked for a stop.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol, runtime_checkable

from pimjob_runner.sdk.items import ItemSession, ItemWarning, Position
from pimjob_runner.sdk.output import OutputPart
from pimjob_runner.stores.database import Database, Transaction

RefusedLines = Callable[[Transaction, Sequence[str], int, int], set[int]]
PartsOf = Callable[[str], Sequence[OutputPart]]


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
    share: Callable[[float], None] = lambda _done: None
    """Tasklets that count no items call it instead, with how much of their work is done, from 0
    to 1: people see a percentage and the time left. It raises what `progress` raises.
    """
    refused_lines: RefusedLines = lambda *_: set()
    """Tells which lines of the source earlier steps of the job have refused: for a step that
    goes through the same source again. Called with the transaction, the names of the steps,
    and the first and last line that are asked about.
    """
    parts_of: PartsOf = lambda _step: ()
    """Returns what an item step of the job, called by its name, has handed over so far."""
    epoch: int = 0
    """Which attempt this is: each that takes the job over has a higher one."""
    contended: bool = False
    """Whether another transaction got in the way of the one that the step is opened in: what is
    else locked only when it is written had better be locked when it is read."""

    @property
    def own_folder(self) -> Path:
        """The attempt's own folder: one that was replaced and wakes up late writes elsewhere."""
        return self.folder / f"epoch-{self.epoch}"


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

        After a StaleReadError that is part of the next chunk's transaction: transactions of
        `context.database` join it, so that what is locked here stays as it is until the commit.
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
