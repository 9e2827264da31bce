"""Poison items, which end the runner: narrowed down to a few, to one, which is left out.

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
    epoch: int = 0
    """Of the attempt that tried it last."""
    skipped: int = 0
    """Items that were left out so far."""
    lines: tuple[int, ...] = ()
    """Where those are in the source, as far as that is known."""

    def covers(self, processed: int) -> bool:
        """Whether the next item is suspected."""
        return processed < self.until

    def is_proven(self, processed: int) -> bool:
        """Whether the next item has ended the runner so often that it is not tried again."""
        return self.item == processed and self.tries >= TRIES

    @property
    def is_exhausted(self) -> bool:
        """Whether no further item of the step may be left out."""
        return self.skipped >= MOST_SKIPPED

    def tried(self, processed: int, epoch: int) -> "Suspicion":
        """Return it for the moment before an attempt tries the next item alone."""
        tries = self.tries + 1 if self.item == processed else 1
        return msgspec.structs.replace(self, item=processed, tries=tries, epoch=epoch)

    def after_skip(self, line: int | None) -> "Suspicion":
        """Return it for the moment after the item on this line was left out."""
        lines = self.lines if line is None else (*self.lines, line)
        return msgspec.structs.replace(self, skipped=self.skipped + 1, lines=lines)

    def anew(self) -> "Suspicion":
        """Return it for a job that has failed: if people retry it, that is for them to say."""
        return Suspicion(alone=self.alone, until=self.until)


def after_death(before: Suspicion | None, processed: int) -> Suspicion:
    """Return what is suspected after an attempt that ended without an outcome at this item."""
    if before is None:
        return Suspicion(alone=False, until=processed + AHEAD * LARGEST)
    alone = before.covers(processed)
    until = processed + AHEAD * (FEW if alone else LARGEST)
    return msgspec.structs.replace(before, alone=alone, until=until)


def after_removal(before: Suspicion | None, processed: int, epoch: int) -> Suspicion | None:
    """Return what is suspected after somebody else has ended the attempt of an epoch at this item.

    Nothing is learnt, and the try it may have been in is none.
    """
    if before is None or (before.item, before.epoch) != (processed, epoch) or not before.tries:
        return before
    return msgspec.structs.replace(before, tries=before.tries - 1)


def stored(suspicion: Suspicion | None) -> str | None:
    """Return it as it is stored."""
    return None if suspicion is None else msgspec.json.encode(suspicion).decode()


def read(text: str | None) -> Suspicion | None:
    """Read what was stored."""
    return None if text is None else msgspec.json.decode(text, type=Suspicion)
