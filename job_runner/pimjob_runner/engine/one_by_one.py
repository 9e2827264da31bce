"""Suspected items, one by one: each try is written down before it is made."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from pimjob_runner.engine.checkpoint import Checkpoint
from pimjob_runner.engine.control import Control
from pimjob_runner.engine.errors import SupersededError
from pimjob_runner.engine.progress import StepProgress
from pimjob_runner.engine.steps import Chunk, ItemSession, ItemWarning, JobFailedError
from pimjob_runner.engine.suspicion import Suspicion
from pimjob_runner.stores.database import Database, Transaction
from pimjob_runner.stores.errors import DatabaseError


@dataclass(frozen=True, kw_only=True)
class OneByOne:
    """Goes through the suspected items. Nothing is read ahead: where it ends is the item."""

    database: Database
    checkpoint: Checkpoint
    control: Control
    session: ItemSession
    progress: StepProgress
    write: Callable[[Chunk], None]
    """Write a chunk and commit it."""
    write_skipped: Callable[[Chunk, Callable[[Transaction], None]], None]
    """Commit a chunk of which nothing is written but its warnings; with what the caller adds."""
    urgent: Callable[[], None]
    """Report now: the attempt may be dead before the next report."""

    def run(self) -> None:
        """Go on until nothing is suspected, the source ends, or there is a reason to leave."""
        while self.control.intent() is None:
            suspicion, processed = self.progress.suspicion, self.progress.processed
            if suspicion is None or not suspicion.alone or not suspicion.covers(processed):
                return
            skip = suspicion.is_proven(processed)
            if not (self._skip(suspicion) if skip else self._try(suspicion)):
                return

    def _try(self, suspicion: Suspicion) -> bool:
        self._remember(suspicion.tried(self.progress.processed))
        try:
            chunk = self.session.read(1)
            if chunk is not None:
                self.write(chunk)
        except (DatabaseError, JobFailedError):
            # Not the item's fault. If the database is gone, the try stays: two lost
            # databases at the very same item are not told apart from a death.
            with suppress(DatabaseError, SupersededError):
                self._remember(suspicion)
            raise
        return chunk is not None

    def _skip(self, suspicion: Suspicion) -> bool:
        chunk = passed_by(self.session, f"It ended the runner {suspicion.tries} times: skipped.")
        if chunk is None:
            return False
        self.progress.suspicion = suspicion.after_skip()
        self.write_skipped(
            chunk, lambda transaction: self.checkpoint.save_suspicion(transaction, self.progress)
        )
        self.urgent()
        return True

    def _remember(self, suspicion: Suspicion) -> None:
        with self.database.transaction() as transaction:
            self.checkpoint.fence(transaction)
            self.progress.suspicion = suspicion
            self.checkpoint.save_suspicion(transaction, self.progress)


def passed_by(session: ItemSession, reason: str) -> Chunk | None:
    """Return the next item as one that is refused; None at the end."""
    skip = getattr(session, "skip", None)
    if skip is not None:
        passed: Chunk | None = skip(reason)
        return passed
    chunk = session.read(1)
    if chunk is None:
        return None
    warning = ItemWarning(reason)
    return Chunk([], chunk.read, chunk.position, [warning], {"invalid": chunk.read})
