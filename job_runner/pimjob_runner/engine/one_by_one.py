"""Suspected items, one by one: each try is written down before it is made."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

from pimjob_runner.engine.checkpoint import Checkpoint
from pimjob_runner.engine.control import Control, Intent
from pimjob_runner.engine.errors import SupersededError
from pimjob_runner.engine.open_step import OpenStep
from pimjob_runner.engine.progress import StepProgress
from pimjob_runner.engine.suspicion import MOST_SKIPPED, Suspicion
from pimjob_runner.sdk import Chunk, JobFailedError, SkippedItem
from pimjob_runner.stores.errors import DatabaseError


@dataclass(frozen=True, kw_only=True)
class OneByOne:
    """Goes through the suspected items. Nothing is read ahead: where it ends is the item."""

    checkpoint: Checkpoint
    control: Control
    step: OpenStep
    progress: StepProgress
    write: Callable[[Chunk[Any]], Intent | None]
    """Write a chunk and commit it; or return why to leave without it."""
    write_skipped: Callable[[SkippedItem, Suspicion], Intent | None]
    """Commit an item of which only the warning is written, and what is suspected then."""
    urgent: Callable[[], None]
    """Report now: the attempt may be dead before the next report."""

    def run(self) -> Intent | None:
        """Go on until nothing is suspected or the source ends: None. Else return why to leave.

        An item that was read but not committed is lost to the session, which then has to be left.
        """
        while (intent := self.control.intent()) is None:
            suspicion, before = self.progress.suspicion, self.progress.processed
            if suspicion is None or not suspicion.alone or not suspicion.covers(before):
                return None
            act = self._skip if suspicion.is_proven(before) else self._try
            intent = act(suspicion)
            if intent is not None or self.progress.processed == before:
                return intent
        return intent

    def _try(self, suspicion: Suspicion) -> Intent | None:
        self._remember(suspicion.tried(self.progress.processed, self.checkpoint.epoch))
        try:
            chunk = self.step.session.read(1)
            intent = None if chunk is None else self.write(chunk)
        except (DatabaseError, JobFailedError):
            # Not the item's fault. If the database is gone, the try stays: two lost
            # databases at the very same item are not told apart from a death.
            with suppress(DatabaseError, SupersededError):
                self._remember(suspicion)
            raise
        if intent is not None:
            self._remember(suspicion)
        return intent

    def _skip(self, suspicion: Suspicion) -> Intent | None:
        if suspicion.is_exhausted:
            self._give_up(suspicion)
        item = self.step.session.skip(f"It ended the runner {suspicion.tries} times: skipped.")
        if item is None:
            return None
        intent = self.write_skipped(item, suspicion.after_skip(item.warning.line))
        if intent is None:
            self.urgent()
        return intent

    def _give_up(self, suspicion: Suspicion) -> NoReturn:
        item = self.step.session.skip("")
        line = None if item is None else item.warning.line
        lines = suspicion.lines if line is None else (*suspicion.lines, line)
        self._remember(suspicion.anew())
        where = f", on lines {', '.join(map(str, lines))}" if lines else ""
        raise JobFailedError(
            "TooManyItemsEndTheRunner",
            f"{suspicion.skipped + 1} items of a step have ended the runner{where}; at most"
            f" {MOST_SKIPPED} are left out. It may be the job type that is broken; spec.retry"
            " tries the last one again.",
        )

    def _remember(self, suspicion: Suspicion) -> None:
        self.progress.suspicion = suspicion
        self.checkpoint.commit(
            lambda transaction: self.checkpoint.save_suspicion(transaction, self.progress)
        )
