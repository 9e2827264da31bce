"""An item step that is open: its session, and what is read ahead of it."""

from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from pimjob_runner.engine.first_items import FirstItems
from pimjob_runner.engine.progress import StepProgress
from pimjob_runner.engine.read_ahead import Next, Read, read_ahead
from pimjob_runner.sdk import Chunk, ChunkResult, ItemSession, ItemStep, StepContext
from pimjob_runner.stores.conflicts import retried
from pimjob_runner.stores.database import Transaction
from pimjob_runner.stores.joined import joined


class OpenStep:
    """A step that was opened where it was committed last; it is closed with `close`.

    Its making raises what the step's `open` raises, and ConflictError.
    """

    session: ItemSession[Any]

    def __init__(self, step: ItemStep, context: StepContext, progress: StepProgress) -> None:
        self._step = step
        self._context = context
        self._progress = progress
        self._open = ExitStack()
        self._ahead = ExitStack()
        self._next: Next | None = None
        retried(lambda: self._enter(context))
        self.describe(progress)

    def open_within(self, transaction: Transaction, *, contended: bool) -> None:
        """Open it anew as part of a transaction: what it locks stays as it is until that ends."""
        self.close()
        with joined(self._context.database, transaction) as database:
            self._enter(replace(self._context, database=database, contended=contended))

    def _enter(self, context: StepContext) -> None:
        opening = self._step.open(context, self._progress.position)
        self.session = self._open.enter_context(opening)

    def describe(self, progress: StepProgress) -> None:
        """Say in a step's progress what its session knows of the whole source."""
        progress.total, progress.preamble = self.session.total, self.session.preamble

    def next(self, limit: int) -> Read:
        """Return the next chunk, and read further ones meanwhile."""
        if self._next is None:
            reader = read_ahead(FirstItems(self.session, self._progress.processed))
            self._next = self._ahead.enter_context(reader)
        return self._next(limit)

    def write(self, transaction: Transaction, chunk: Chunk[Any]) -> ChunkResult:
        """Write a chunk, in the session of the moment."""
        return self.session.write(transaction, chunk)

    def close(self) -> None:
        """Close the session, and drop it with all that was read ahead: a picture may be large."""
        self._next = None
        self._ahead.close()
        self._open.close()
        self.__dict__.pop("session", None)
