"""How many items the next chunk takes: bounded by time, not only by count."""

FIRST = 500
LARGEST = 5_000
SMALLEST = 10
TARGET_SECONDS = 0.4


class ChunkSize:
    """Adapts to the time that writing takes, by at most a factor of two at a time."""

    def __init__(self) -> None:
        self.limit = FIRST

    def took(self, items: int, seconds: float) -> None:
        """Learn from a chunk of `items` that took `seconds` to write."""
        if items == 0:
            return
        wanted = int(items * TARGET_SECONDS / max(seconds, 1e-6))
        wanted = min(max(wanted, self.limit // 2), self.limit * 2)
        self.limit = min(max(wanted, SMALLEST), LARGEST)
