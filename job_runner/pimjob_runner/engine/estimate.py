"""Time left, from the smoothed rate of active time."""

import math

WARM_UP_SECONDS = 3.0
WARM_UP_CHUNKS = 3
TIME_CONSTANT_SECONDS = 15.0


class Estimate:
    """Smooths items per second over the last quarter of a minute of active time.

    `rate` is kept in the checkpoint, so that the estimate survives a restart. An
    estimate is given only after enough data, is never negative, and knows no
    pauses: only the time spent in chunks counts.
    """

    def __init__(self, rate: float | None = None) -> None:
        self.rate = rate
        self._warm = rate is not None
        self._chunks = 0
        self._seconds = 0.0

    def learn(self, items: float, seconds: float) -> None:
        """Learn from a chunk of `items` that took `seconds`, reading and waiting included."""
        if seconds <= 0:
            return
        now = items / seconds
        if self.rate is None:
            self.rate = now
        else:
            weight = 1 - math.exp(-seconds / TIME_CONSTANT_SECONDS)
            self.rate += weight * (now - self.rate)
        self._chunks += 1
        self._seconds += seconds
        if self._chunks >= WARM_UP_CHUNKS and self._seconds >= WARM_UP_SECONDS:
            self._warm = True

    def seconds_left(self, processed: float, total: float | None) -> int | None:
        """Whole seconds until `total`, None if that can't be said."""
        if total is None or not self._warm or not self.rate:
            return None
        return math.ceil(max(total - processed, 0) / self.rate)
