"""Time spent working."""

from time import monotonic


class Stopwatch:
    """Runs from its making; each lap begins where the one before ended."""

    def __init__(self) -> None:
        self._mark = monotonic()

    def lap(self) -> float:
        """Return the seconds since the last lap, and begin the next."""
        before, self._mark = self._mark, monotonic()
        return self._mark - before
