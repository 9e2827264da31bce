"""Narrowing down what ends the runner: from a chunk to a few items, to one, which is left out.

Computed from how many items were committed when attempts ended without an outcome.
See docs/decisions/0038.
"""

from typing import Final

import msgspec

from pimjob_runner.engine.chunk_size import LARGEST

FEW: Final = 50
AHEAD: Final = 3
"""Chunks that may be in the runner at once: one is written, one waits, one is read."""
TRIES: Final = 2
MOST_SKIPPED: Final = 10
"""Of one step. If more items end the runner, it is the job type that is broken."""


class Suspicion(msgspec.Struct, frozen=True):
    """What is suspected of a step, as stored. Items are counted from the step's beginning."""

    alone: bool
    """Whether items are tried one by one; else a few to a chunk."""
    until: int
    """The item before which it ends."""
    item: int = -1
    """The item that was tried alone last."""
    tries: int = 0
    """How often it was."""
    skipped: int = 0
    """Items that were left out so far."""

    def covers(self, processed: int) -> bool:
        """Whether the next item is suspected."""
        return processed < self.until

    def is_proven(self, processed: int) -> bool:
        """Whether the next item has ended the runner so often that it is to be left out."""
        many = self.item == processed and self.tries >= TRIES
        return many and self.skipped < MOST_SKIPPED

    def tried(self, processed: int) -> "Suspicion":
        """Return it for the moment before the next item is tried alone."""
        tries = self.tries + 1 if self.item == processed else 1
        return msgspec.structs.replace(self, item=processed, tries=tries)

    def after_skip(self) -> "Suspicion":
        """Return it for the moment after an item was left out."""
        return msgspec.structs.replace(self, skipped=self.skipped + 1)


def after_death(before: Suspicion | None, processed: int) -> Suspicion:
    """Return what is suspected after an attempt that ended without an outcome at this item."""
    if before is None:
        return Suspicion(alone=False, until=processed + AHEAD * LARGEST)
    alone = before.covers(processed)
    until = processed + AHEAD * (FEW if alone else LARGEST)
    return msgspec.structs.replace(before, alone=alone, until=until)


def stored(suspicion: Suspicion | None) -> str | None:
    """Return it as it is stored."""
    return None if suspicion is None else msgspec.json.encode(suspicion).decode()


def read(text: str | None) -> Suspicion | None:
    """Read what was stored."""
    return None if text is None else msgspec.json.decode(text, type=Suspicion)
