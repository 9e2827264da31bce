"""Steps and sessions made of functions: a simple job type needs no class of its own."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pimjob_runner.sdk.items import (
    Chunk,
    ChunkResult,
    ItemSession,
    ItemWarning,
    Position,
    SkippedItem,
)
from pimjob_runner.sdk.steps import RefusedRecords, StepContext, TaskletResult
from pimjob_runner.stores.database import Transaction

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class SessionFrom(Generic[T]):
    """An ItemSession that reads and writes with two functions; the rest has usual answers."""

    read: Callable[[int], Chunk[T] | None]
    write: Callable[[Transaction, Chunk[T]], ChunkResult]
    total: int | None = None
    preamble: str | None = None
    reads_apart: bool = False
    fails_early: bool = False

    def skip(self, reason: str) -> SkippedItem | None:
        """Read the next item, and drop it."""
        chunk = self.read(1)
        return None if chunk is None else SkippedItem(chunk.position, ItemWarning(reason))


@dataclass(frozen=True, kw_only=True)
class ItemStepFrom:
    """An ItemStep that a function opens: mostly one with `@contextmanager`."""

    name: str
    label: str
    open: Callable[[StepContext, Position | None], AbstractContextManager[ItemSession[Any]]]
    refused: RefusedRecords | None = None


@dataclass(frozen=True, kw_only=True)
class TaskletFrom:
    """A Tasklet that is one function."""

    name: str
    label: str
    run: Callable[[StepContext], TaskletResult]
