"""How long, and how often, what others get in the way of is tried again."""

import random
from collections.abc import Callable
from time import monotonic, sleep
from typing import Final, TypeVar

from pimjob_runner.stores.errors import ConflictError

SECONDS = 300.0
"""How long it is tried: then it is something else than two that meet by chance."""
FIRST_PAUSE: Final = 0.01
LONGEST_PAUSE: Final = 1.0

_R = TypeVar("_R")


class Retries:
    """The tries of one thing: pauses that grow, and differ from those of the other one."""

    def __init__(
        self,
        *,
        longest: float = LONGEST_PAUSE,
        clock: Callable[[], float] = monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._longest = longest
        self._clock = clock
        self._chance = chance
        self._began = clock()
        self._tries = 0

    def pause(self, error: Exception) -> float:
        """Return the seconds until the next try; raise ConflictError if there is to be none."""
        self._tries += 1
        passed = self._clock() - self._began
        if passed >= SECONDS:
            raise ConflictError(
                f"Other jobs got in the way of this one {self._tries} times in {passed:.0f} s;"
                f" the last time: {error}"
            ) from error
        longest: float = min(FIRST_PAUSE * 2 ** min(self._tries - 1, 16), self._longest)
        return longest * (0.5 + self._chance() / 2)


def retried(transact: Callable[[], _R]) -> _R:
    """Call what makes one transaction, again if it meets another one. Raises ConflictError."""
    retries = Retries()
    while True:
        try:
            return transact()
        except ConflictError as error:
            seconds = retries.pause(error)
        sleep(seconds)
